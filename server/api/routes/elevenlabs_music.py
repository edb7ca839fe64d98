"""POST /functions/v1/elevenlabs-music: a piece of music, as `audio/mpeg`."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import parse, read_json
from server.api.callers import SoundCaller
from server.api.described import described
from server.api.services import ServicesOf
from server.api.sounds import FAILURES, MAX_BODY, SOUND, answer_by_flow, key_missing, order_sound
from server.api.texts import TEXT_ERRORS
from wzrd.contracts.sounds import TimedRequest
from wzrd.operations.sound_generation import KeyMissing

router = APIRouter(tags=["generation"])

FUNCTION, WHAT = "elevenlabs-music", "Music"


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
async def elevenlabs_music(request: Request, services: ServicesOf, caller: SoundCaller) -> Response:
    """Compose a piece of music, and answer with it once it is there."""
    body = parse(TimedRequest, await read_json(request, max_bytes=MAX_BODY))
    settings = {"duration": body.duration}
    try:
        params = order_sound(services, caller, FUNCTION, body, settings)
    except KeyMissing as error:
        return key_missing(error.message)
    return await answer_by_flow(request, services, params, WHAT)
