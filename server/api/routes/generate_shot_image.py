"""POST /functions/v1/generate-shot-image, generate-video-from-image: a shot's picture or clip, once it is there."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, options_of, parse, read_json
from server.api.callers import BearingUser, SignedInUser
from server.api.described import Description
from server.api.envelopes import flagged, in_envelope
from server.api.services import ServicesOf
from server.api.shot_answers import FAILURES, MAX_BODY, SHOT_ERRORS, ShotAnswerFailed, failed, make_shot
from wzrd.contracts.shot_functions import ShotImageRequest, ShotVideoRequest, shot_image, shot_video
from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.operations.shots.generation import ShotCall

router = APIRouter(tags=["film"], dependencies=[in_envelope(flagged)])

FAILED = "Image generation failed. Please try again."
_described = partial(Description, raises=SHOT_ERRORS, failures=FAILURES, names_run=True, waits=True)


@router.post("/functions/v1/generate-shot-image")
@_described(body=ShotImageRequest, answers={200: shot_image})
async def generate_shot_image(request: Request, services: ServicesOf, user: BearingUser) -> Response:
    """Make the picture of a shot, or wait for the one that is being made; it is made if the client goes away too."""
    body = parse(ShotImageRequest, await read_json(request, max_bytes=MAX_BODY))
    if not body.shot_id:
        raise BadRequest("Missing shot ID", field="shot_id")
    call = ShotCall(
        user_id=user.user_id,
        shot_id=body.shot_id,
        media="image",
        model=body.image_model or None,
        request_id=body.request_id or None,
        reference=body.style_reference_url or None,
        **options_of(body),
    )
    try:
        made = await make_shot(request, services, call)
    except ShotAnswerFailed as error:
        return failed(error, FAILED)
    except NotConfigured as error:
        return failed(error, error.message)
    return json_response(shot_image(made.url, resolved=made.resolved, fallback_reason=made.fallback_reason))


@router.post("/functions/v1/generate-video-from-image")
@_described(body=ShotVideoRequest, answers={200: shot_video})
async def generate_video_from_image(request: Request, services: ServicesOf, user: SignedInUser) -> Response:
    """Make the clip of a shot, or wait for the one that is being made; it is made if the client goes away too."""
    body = parse(ShotVideoRequest, await read_json(request, max_bytes=MAX_BODY))
    if not body.shot_id or not body.image_url:
        raise BadRequest("Missing shot ID or image URL", field="image_url" if body.shot_id else "shot_id")
    call = ShotCall(
        user_id=user.user_id,
        shot_id=body.shot_id,
        media="video",
        model=body.model_id or None,
        request_id=body.request_id or None,
        image_url=body.image_url,
        prompt=body.prompt,
        wishes=body.wishes,
        **options_of(body),
    )
    try:
        made = await make_shot(request, services, call)
    except (ShotAnswerFailed, NotConfigured) as error:
        return failed(error, error.message)
    payload = shot_video(
        made.url, requested=made.requested, resolved=made.resolved, fallback_reason=made.fallback_reason
    )
    return json_response(payload)
