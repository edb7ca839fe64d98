"""POST /functions/v1/elevenlabs-tts, -sfx and -music: words, an effect, a piece of music, as `audio/mpeg`."""

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import SoundCaller
from server.api.described import Description
from server.api.envelopes import bare
from server.api.services import Services, ServicesOf
from server.api.sounds import FAILURES, MAX_BODY, SOUND, answer_by_flow, answer_inline, order_sound
from server.api.texts import TEXT_ERRORS
from wzrd.contracts.sounds import SpeechRequest, TimedRequest
from wzrd.models.sounds import EFFECTS, MUSIC, SPEECH, SoundKeyMissing
from wzrd.operations.generate import GenerateParams
from wzrd.operations.sound_generation import make_offline

router = APIRouter(tags=["generation"])


def _described(body: type[SpeechRequest | TimedRequest]) -> Description:
    return Description(
        body=body,
        answers={200: SOUND},
        raises=TEXT_ERRORS,
        failures=FAILURES,
        refusals=("4XX", "5XX"),
        names_run=True,
        waits=True,
    )


@router.post(f"/functions/v1/{SPEECH}")
@_described(SpeechRequest)
async def elevenlabs_tts(request: Request, services: ServicesOf, caller: SoundCaller) -> Response:
    """Speak a text, and answer with the sound; its words and their times are in the run."""
    body = parse(SpeechRequest, await read_json(request, max_bytes=MAX_BODY))
    settings = {"voiceId": body.voice_id, "modelId": body.model_id}
    return await _answer(request, services, partial(order_sound, services, caller, SPEECH, body, settings), "TTS")


@router.post(f"/functions/v1/{EFFECTS}")
@_described(TimedRequest)
async def elevenlabs_sfx(request: Request, services: ServicesOf, caller: SoundCaller) -> Response:
    """Make a sound effect, and answer with it."""
    body = parse(TimedRequest, await read_json(request, max_bytes=MAX_BODY))
    ordered = partial(order_sound, services, caller, EFFECTS, body, {"duration": body.duration})
    return await _answer(request, services, ordered, "SFX")


@router.post(f"/functions/v1/{MUSIC}")
@_described(TimedRequest)
async def elevenlabs_music(request: Request, services: ServicesOf, caller: SoundCaller) -> Response:
    """Compose a piece of music, and answer with it once it is there."""
    body = parse(TimedRequest, await read_json(request, max_bytes=MAX_BODY))
    ordered = partial(order_sound, services, caller, MUSIC, body, {"duration": body.duration})
    return await _answer(request, services, ordered, "Music")


async def _answer(request: Request, services: Services, order: Callable[[], GenerateParams], what: str) -> Response:
    """Speech and effects come while one waits, music from a flow run."""
    try:
        params = order()
    except SoundKeyMissing as error:
        return json_response(bare(error.message, {}), 500)
    if params.function == MUSIC:
        return await answer_by_flow(request, services, params, what)
    offline = partial(make_offline, services.runtime, params.function, params)
    return await answer_inline(request, services, params, what, offline)
