"""POST /functions/v1/compute-execute, -plan and -cancel: a saved graph becomes a run, whose log is streamed.

The original client sends `{projectId, nodeIds?}` alone: no Accept, no requestId. It knows no end of a stream but
`complete` and `error`; it does not wait for the answer to a cancel. GET compute-schema: the JSON schema of a graph
file, for editors and for whoever writes graphs.
"""

from functools import cache
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.auth import AuthUser
from server.api.bodies import BodyTooLarge, BodyTooSlow, json_response, parse, read_json
from server.api.callers import NOBODY, PlainUser
from server.api.described import Stream, described
from server.api.envelopes import about_node, in_envelope
from server.api.routes.runs import ResumeHeaders, last_event_id, stream_run
from server.api.services import ServicesOf
from wzrd.contracts import encoders
from wzrd.contracts.compute import EVENTS, ComputeCancelRequest, ComputePlan, ComputeRequest, file_schema, interrupted
from wzrd.contracts.wire import dumps
from wzrd.db.projects import find_own_projects
from wzrd.db.runs import find_run
from wzrd.domain.errors import BadRequest, Conflict, Forbidden, InsufficientCredits, NotConfigured, NotFound, TooMany
from wzrd.domain.ids import parse_uuid
from wzrd.domain.money import read_money
from wzrd.graph.file_format import graph_file_schema
from wzrd.operations.compute.kind import COMPUTE, KIND, ComputeParams, start_compute
from wzrd.operations.compute.plan import plan_compute
from wzrd.runs.finish import cancel
from wzrd.runtime.process import Runtime

router = APIRouter(tags=["film"])
_ABOUT_NODE = [in_envelope(about_node)]


@router.post("/functions/v1/compute-execute", dependencies=_ABOUT_NODE)
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
    with services.hub.admit(user.user_id).held() as admission:
        started = await start_compute(runtime, params)
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
        money=read_money(body.max_usd, body.allow_unpriced),
    )


@router.post("/functions/v1/compute-plan", dependencies=_ABOUT_NODE)
@described(body=ComputeRequest, answers={200: ComputePlan}, raises=(NotFound,))
async def compute_plan(request: Request, services: ServicesOf, user: PlainUser) -> Response:
    """Plan of executing a project's graph: what it would run, find and cost; nothing is started or held."""
    runtime = services.runtime
    params = read_params(parse(ComputeRequest, await read_json(request, max_bytes=runtime.settings.max_body)), user)
    return json_response((await plan_compute(runtime, params)).wire())


@router.post("/functions/v1/compute-cancel", status_code=204)
@described(body=ComputeCancelRequest, answers={204: None}, raises=(Forbidden,))
async def compute_cancel(request: Request, services: ServicesOf, user: PlainUser) -> Response:
    """Ask a graph's run to stop; nothing is submitted after the answer, and what was made is kept and charged.

    Also 204 where the project has no such run, or it has ended.
    """
    runtime = services.runtime
    try:
        body = parse(ComputeCancelRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    except (BodyTooLarge, BodyTooSlow):
        raise
    except BadRequest:  # what cannot be read says nothing, as documented
        body = ComputeCancelRequest(run_id=None, project_id=None)
    if not body.run_id or not body.project_id:
        raise BadRequest("runId and projectId are required")
    run_id = await _find(runtime, user, parse_uuid(body.run_id), parse_uuid(body.project_id))
    if run_id is not None:
        await cancel(runtime, run_id, user.user_id)
    return Response(status_code=204)


async def _find(runtime: Runtime, user: AuthUser, run_id: UUID | None, project_id: UUID | None) -> UUID | None:
    """The caller's run of the project; None if there is none, though the project is theirs.

    Raises:
        Forbidden: it is not.
    """
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id, user_id=user.user_id) if run_id is not None else None
        if run is not None and run.kind == KIND and run.project_id == project_id:
            return run.run_id
        if project_id is None or not await find_own_projects(tx, user.user_id, [project_id]):
            raise Forbidden("Forbidden")
    return None


@router.get("/functions/v1/compute-schema")
@described(answers={200: file_schema}, security=(NOBODY,))
async def compute_schema() -> Response:
    """The JSON schema of a graph file, as `docs/graph.schema.json` has it; for anybody."""
    return Response(_schema(), media_type="application/json", headers={"cache-control": "public, max-age=3600"})


@cache
def _schema() -> bytes:
    return dumps(file_schema(graph_file_schema()))
