"""POST /functions/v1/elevenlabs-sfx: a sound effect, as `audio/mpeg`."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import parse, read_json
from server.api.callers import SoundCaller
from server.api.described import described
from server.api.services import ServicesOf
from server.api.sounds import FAILURES, MAX_BODY, SOUND, answer_inline, key_missing, order_sound
from server.api.texts import TEXT_ERRORS
from wzrd.contracts.sounds import TimedRequest
from wzrd.operations.offline_sounds import make_offline
from wzrd.operations.sound_generation import KeyMissing

router = APIRouter(tags=["generation"])

FUNCTION, WHAT = "elevenlabs-sfx", "SFX"


@router.post(f"/functions/v1/{FUNCTION}")
@described(
    body=TimedRequest,
    answers={200: SOUND},
    raises=TEXT_ERRORS,
    failures=FAILURES,
    refusals=("4XX", "5XX"),
    names_run=True,
    waits=True,
)
async def elevenlabs_sfx(request: Request, services: ServicesOf, caller: SoundCaller) -> Response:
    """Make a sound effect, and answer with it."""
    runtime, body = services.runtime, parse(TimedRequest, await read_json(request, max_bytes=MAX_BODY))
    settings = {"duration": body.duration}
    try:
        params = order_sound(services, caller, FUNCTION, body, settings)
    except KeyMissing as error:
        return key_missing(error.message)
    return await answer_inline(request, services, params, WHAT, partial(make_offline, runtime, FUNCTION, params))
