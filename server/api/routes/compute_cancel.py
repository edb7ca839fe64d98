"""POST /functions/v1/compute-cancel: a graph's run is to stop. Its client does not wait for the answer."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.auth import AuthUser
from server.api.bodies import BodyTooLarge, BodyTooSlow, parse, read_json
from server.api.callers import PlainUser
from server.api.described import described
from server.api.services import ServicesOf
from wzrd.contracts.compute import ComputeCancelRequest
from wzrd.db.projects import find_own_projects
from wzrd.db.runs import find_run
from wzrd.domain.errors import BadRequest, Forbidden
from wzrd.domain.ids import parse_uuid
from wzrd.operations.compute.kind import KIND
from wzrd.runs.finish import cancel
from wzrd.runtime.process import Runtime

router = APIRouter(tags=["film"])


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
