"""POST /functions/v1/director-cut: sync, create, retry, status (behaviour.md 2.6). No credits are charged."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from server.api.auth import User, current_user
from server.api.bodies import json_response, parse, read_json
from wzrd.contracts.director_cut import DirectorCutRequest, created, refused, synced
from wzrd.domain.errors import BadRequest
from wzrd.runtime.process import Runtime

router = APIRouter()


@router.post("/functions/v1/director-cut")
async def director_cut(request: Request, user: Annotated[User, Depends(current_user)]) -> Response:
    """One endpoint, four actions."""
    from wzrd.operations.director_cut import read_job, sync_timeline  # noqa: PLC0415 - 30 ms that the API's start need not wait

    runtime: Runtime = request.app.state.runtime
    raw = await read_json(request, max_bytes=runtime.settings.max_body)
    body = parse(DirectorCutRequest, raw)
    if not body.action:
        raise BadRequest("action is required")
    if body.action == "status":
        if not body.job_id:
            raise BadRequest("jobId is required for status")
        return json_response((await read_job(runtime, body.job_id, user_id=user.user_id)).wire())
    if not body.project_id:
        raise BadRequest("projectId is required")
    if body.action == "sync":
        return json_response(synced(await sync_timeline(runtime, body.project_id, user_id=user.user_id)))
    if body.action not in {"create", "retry"}:
        raise BadRequest(f"Unsupported action: {body.action}")
    return await _create(request, runtime, user, body, cast("dict[str, Any]", raw.get("settings") or {}))


async def _create(
    request: Request, runtime: Runtime, user: User, body: DirectorCutRequest, told: dict[str, Any]
) -> Response:
    """Start the film, or answer what keeps it from being made."""
    from wzrd.operations.director_cut import Wanted, open_director_cut  # noqa: PLC0415 - as above

    wanted = Wanted(
        user_id=user.user_id,
        project_id=body.project_id or "",
        settings=body.settings,
        told=told,
        sync=body.action == "create",
    )
    opened = await open_director_cut(runtime, wanted)
    if opened.started is None or opened.job is None:
        assert opened.summary is not None, "without a run there is a reason"
        return json_response(refused(opened.summary), 409)
    if opened.started.created:
        request.app.state.dispatcher.send_soon(opened.started.run_id, opened.started.row)
    return json_response(created(opened.started.run_id, opened.job), headers={"x-run-id": str(opened.started.run_id)})
