"""POST /functions/v1/fal-stream: any model of the catalog, streamed as unnamed frames with `type` inside."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.auth import AuthUser
from server.api.bodies import json_response, options_of, parse, read_json
from server.api.callers import BearingUser
from server.api.described import Stream, described
from server.api.routes.runs import ResumeHeaders, last_event_id, stream_run
from server.api.services import Services, ServicesOf
from wzrd.contracts import encoders
from wzrd.contracts.fal_stream import FalStreamRequest, no_key
from wzrd.contracts.generate import EVENTS
from wzrd.domain.errors import BadRequest, Conflict, InsufficientCredits, NotConfigured, NotFound, TooMany
from wzrd.operations.generate import GENERATE, GenerateParams, start_generate

router = APIRouter(tags=["generation"])

PATH = "/functions/v1/fal-stream"
FUNCTION = "fal-stream"
MAX_BODY = 32 << 20
"""Bytes of a request: pictures may come as `data:` URIs."""


@router.post(PATH)
@described(
    body=FalStreamRequest,
    headers=ResumeHeaders,
    answers={200: Stream(EVENTS, encoders.fal_stream), 500: no_key},
    raises=(NotFound, Conflict, InsufficientCredits, TooMany),
    names_run=True,
)
async def fal_stream(request: Request, services: ServicesOf, user: BearingUser) -> Response:
    """Run a model and stream its progress and result; the run goes on if the client goes away."""
    body = parse(FalStreamRequest, await read_json(request, max_bytes=MAX_BODY))
    if not (model := body.model_id.strip()):
        raise BadRequest("modelId is required")
    params = GenerateParams(
        user_id=user.user_id,
        project_id=body.project_id,
        request_id=body.request_id,
        function=FUNCTION,
        model=model,
        media_type="json" if body.media_type == "utility" else body.media_type,
        inputs=body.inputs,
        references=tuple(body.reference_assets),
        **options_of(body),
        reference_id=body.project_id or body.scene_id or body.node_id,
    )
    try:
        return await _start(request, services, user, params)
    except NotConfigured as error:
        return json_response(no_key(error.message), 500)


async def _start(request: Request, services: Services, user: AuthUser, params: GenerateParams) -> Response:
    with services.hub.admit(user.user_id).held() as admission:
        started = await start_generate(services.runtime, params)
    if not started.created:
        return stream_run(services, started.run_id, admission, last_event_id(request), GENERATE.encoder)
    services.dispatcher.send_soon(started.run_id, started.row)
    return stream_run(services, started.run_id, admission, 0, GENERATE.encoder, first=started.first_event)
