"""POST /functions/v1/generate-shot-audio: one shot's words, spoken, answered when the sound is there."""

from contextlib import closing

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, options_of, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.envelopes import body_of, in_envelope, name_run, shared
from server.api.services import Services, ServicesOf
from server.api.shot_answers import FAILURES, SHOT_ERRORS, ShotAnswerFailed, finish_shot
from wzrd.contracts.shot_functions import ShotAudioRequest, shot_audio
from wzrd.domain.errors import BadRequest
from wzrd.models.sounds import SoundKeyMissing
from wzrd.operations.shots.audio import FUNCTION, ShotAudioCall, SpokenShot, start_shot_audio

router = APIRouter(tags=["film"], dependencies=[in_envelope(shared)])

MISSING = "shot_id is required"
MADE, CACHED, SILENT = "Audio generated successfully", "Audio retrieved from cache", "No text found for TTS."


@router.post(f"/functions/v1/{FUNCTION}")
@described(
    body=ShotAudioRequest, answers={200: shot_audio}, raises=SHOT_ERRORS, failures=FAILURES, names_run=True, waits=True
)
async def generate_shot_audio(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Speak a shot's dialogue, or what it shows; the same words by the same voice are spoken once, and then free."""
    body = parse(ShotAudioRequest, await read_json(request, max_bytes=services.runtime.settings.max_body))
    if not body.shot_id:
        raise BadRequest(MISSING, field="shot_id")
    call = ShotAudioCall(
        user_id=user.user_id,
        shot_id=body.shot_id,
        settings=body.settings,
        request_id=body.request_id or None,
        **options_of(body),
    )
    try:
        return json_response(await _speak(request, services, call))
    except (ShotAnswerFailed, SoundKeyMissing) as error:
        return json_response(body_of(error, error.message, request.scope), 500)


async def _speak(request: Request, services: Services, call: ShotAudioCall) -> dict[str, object]:
    with closing(services.hub.admit(call.user_id)):
        work = await start_shot_audio(services.runtime, call)
        if isinstance(work, SpokenShot):
            message = SILENT if work.url is None else CACHED
            return shot_audio(message, str(work.shot_id), work.url, from_cache=work.url is not None)
        name_run(request, work.run_id)
        made = await finish_shot(request, services, work, named=False)
        return shot_audio(MADE, str(work.shot_id), made.url, from_cache=False)
