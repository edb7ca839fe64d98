"""POST /functions/v1/elevenlabs-tts: words, spoken, as `audio/mpeg`."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import parse, read_json
from server.api.callers import SoundCaller
from server.api.described import described
from server.api.services import ServicesOf
from server.api.sounds import FAILURES, MAX_BODY, SOUND, answer_inline, key_missing, order_sound
from server.api.texts import TEXT_ERRORS
from wzrd.contracts.sounds import SpeechRequest
from wzrd.operations.offline_sounds import make_offline
from wzrd.operations.sound_generation import KeyMissing

router = APIRouter(tags=["generation"])

FUNCTION, WHAT = "elevenlabs-tts", "TTS"


@router.post(f"/functions/v1/{FUNCTION}")
@described(
    body=SpeechRequest,
    answers={200: SOUND},
    raises=TEXT_ERRORS,
    failures=FAILURES,
    refusals=("4XX", "5XX"),
    names_run=True,
    waits=True,
)
async def elevenlabs_tts(request: Request, services: ServicesOf, caller: SoundCaller) -> Response:
    """Speak a text, and answer with the sound; its words and their times are in the run."""
    runtime, body = services.runtime, parse(SpeechRequest, await read_json(request, max_bytes=MAX_BODY))
    settings = {"voiceId": body.voice_id, "modelId": body.model_id}
    try:
        params = order_sound(services, caller, FUNCTION, body, settings)
    except KeyMissing as error:
        return key_missing(error.message)
    return await answer_inline(request, services, params, WHAT, partial(make_offline, runtime, FUNCTION, params))
