"""POST /functions/v1/compute-execute: a saved graph becomes a run, and the response streams the run's log.

The original client sends `{projectId, nodeIds?}` alone: no Accept, no requestId. It knows no end of a stream but
`complete` and `error`.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.auth import AuthUser
from server.api.bodies import parse, read_json
from server.api.callers import PlainUser
from server.api.described import Stream, described
from server.api.envelopes import about_node, in_envelope
from server.api.routes.runs import ResumeHeaders, last_event_id, stream_run
from server.api.services import ServicesOf
from wzrd.contracts import encoders
from wzrd.contracts.compute import EVENTS, ComputeRequest, interrupted
from wzrd.domain.errors import BadRequest, Conflict, InsufficientCredits, NotConfigured, NotFound, TooMany
from wzrd.operations.compute.kind import COMPUTE, ComputeParams, start_compute

router = APIRouter(tags=["film"], dependencies=[in_envelope(about_node)])


@router.post("/functions/v1/compute-execute")
@described(
    body=ComputeRequest,
    headers=ResumeHeaders,
    answers={200: Stream(EVENTS, encoders.compute)},
    raises=(NotFound, Conflict, InsufficientCredits, TooMany, NotConfigured),
    names_run=True,
)
async def compute_execute(request: Request, services: ServicesOf, user: PlainUser) -> Response:
    """Execute a project's saved graph and stream what its nodes make; the run goes on if the client goes away."""
    runtime = services.runtime
    params = read_params(parse(ComputeRequest, await read_json(request, max_bytes=runtime.settings.max_body)), user)
    admission = services.hub.admit(user.user_id)
    try:
        started = await start_compute(runtime, params)
    except BaseException:
        admission.close()
        raise
    if started.created:
        services.dispatcher.send_soon(started.run_id, started.row)
    return stream_run(
        services,
        started.run_id,
        admission,
        0 if started.created else last_event_id(request),
        COMPUTE.encoder,
        first=started.first_event,
        closing_frame=interrupted(started.run_id),
    )


def read_params(body: ComputeRequest, user: AuthUser) -> ComputeParams:
    """Parameters that a body of compute-execute or compute-plan asks for.

    Raises:
        BadRequest: it names no project.
    """
    if not body.project_id:
        raise BadRequest("projectId is required")
    return ComputeParams(
        user_id=user.user_id,
        project_id=body.project_id,
        request_id=body.request_id,
        node_ids=tuple(body.node_ids or ()),
        use_cache=body.use_cache,
        max_credits=body.max_credits,
    )
