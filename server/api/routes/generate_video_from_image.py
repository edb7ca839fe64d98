"""POST /functions/v1/generate-video-from-image: one shot's clip from its picture, answered when it is there."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import SignedInUser
from server.api.described import described
from server.api.envelopes import flagged, in_envelope
from server.api.services import ServicesOf
from server.api.shot_answers import FAILURES, MAX_BODY, SHOT_ERRORS, ShotAnswerFailed, failed, make_shot
from wzrd.contracts.shot_functions import ShotVideoRequest, shot_video
from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.operations.shots.generation import ShotCall

router = APIRouter(tags=["film"], dependencies=[in_envelope(flagged)])

MISSING = "Missing shot ID or image URL"


@router.post("/functions/v1/generate-video-from-image")
@described(
    body=ShotVideoRequest, answers={200: shot_video}, raises=SHOT_ERRORS, failures=FAILURES, names_run=True, waits=True
)
async def generate_video_from_image(request: Request, services: ServicesOf, user: SignedInUser) -> Response:
    """Make the clip of a shot, or wait for the one that is being made; it is made if the client goes away too."""
    body = parse(ShotVideoRequest, await read_json(request, max_bytes=MAX_BODY))
    if not body.shot_id or not body.image_url:
        raise BadRequest(MISSING, field="image_url" if body.shot_id else "shot_id")
    call = ShotCall(
        user_id=user.user_id,
        shot_id=body.shot_id,
        media="video",
        model=body.model_id or None,
        request_id=body.request_id or None,
        image_url=body.image_url,
        prompt=body.prompt,
        wishes=body.wishes,
        output=body.output_config,
        metadata=body.metadata,
        max_credits=body.max_credits,
    )
    try:
        made = await make_shot(request, services, call)
    except (ShotAnswerFailed, NotConfigured) as error:
        return failed(error, error.message)
    payload = shot_video(
        made.url, requested=made.requested, resolved=made.resolved, fallback_reason=made.fallback_reason
    )
    return json_response(payload)
