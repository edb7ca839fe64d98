"""POST /functions/v1/generate-shot-image: one shot's picture, answered when it is there."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import BearingUser
from server.api.described import described
from server.api.envelopes import flagged, in_envelope
from server.api.services import ServicesOf
from server.api.shot_answers import FAILURES, MAX_BODY, SHOT_ERRORS, ShotAnswerFailed, failed, make_shot
from wzrd.contracts.shot_functions import ShotImageRequest, shot_image
from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.operations.shots.generation import ShotCall

router = APIRouter(tags=["film"], dependencies=[in_envelope(flagged)])

MISSING = "Missing shot ID"
FAILED = "Image generation failed. Please try again."


@router.post("/functions/v1/generate-shot-image")
@described(
    body=ShotImageRequest, answers={200: shot_image}, raises=SHOT_ERRORS, failures=FAILURES, names_run=True, waits=True
)
async def generate_shot_image(request: Request, services: ServicesOf, user: BearingUser) -> Response:
    """Make the picture of a shot, or wait for the one that is being made; it is made if the client goes away too."""
    body = parse(ShotImageRequest, await read_json(request, max_bytes=MAX_BODY))
    if not body.shot_id:
        raise BadRequest(MISSING, field="shot_id")
    call = ShotCall(
        user_id=user.user_id,
        shot_id=body.shot_id,
        media="image",
        model=body.image_model or None,
        request_id=body.request_id or None,
        reference=body.style_reference_url or None,
        output=body.output_config,
        metadata=body.metadata,
        max_credits=body.max_credits,
    )
    try:
        made = await make_shot(request, services, call)
    except ShotAnswerFailed as error:
        return failed(error, FAILED)
    except NotConfigured as error:
        return failed(error, error.message)
    return json_response(shot_image(made.url, resolved=made.resolved, fallback_reason=made.fallback_reason))
