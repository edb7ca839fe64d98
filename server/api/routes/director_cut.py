"""POST /functions/v1/director-cut: sync, create, retry, status, plan. Only fal's rendering and voices are paid."""

from typing import Any, cast

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.auth import AuthUser
from server.api.bodies import json_response, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.services import Services, ServicesOf
from wzrd.contracts.director_cut import DirectorCutRequest, JobView, VoicesPlan, created, refused, synced
from wzrd.domain.errors import BadRequest, Conflict, NotConfigured, NotFound, TooMany
from wzrd.operations.director_cut.kind import DirectorCutParams, NotReady, read_job, start_director_cut, sync_timeline
from wzrd.operations.director_cut.voices import plan_voices

router = APIRouter(tags=["film"])


@router.post("/functions/v1/director-cut")
@described(
    body=DirectorCutRequest,
    answers={200: (created, synced, JobView, VoicesPlan), 409: refused},
    raises=(NotFound, Conflict, TooMany, NotConfigured),
)
async def director_cut(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """One endpoint, four actions, and `plan`: what the voices of `settings` have yet to speak, and for how much."""
    runtime = services.runtime
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
    if body.action == "plan":
        plan = await plan_voices(runtime, body.project_id, body.settings, user_id=user.user_id)
        return json_response(plan.wire())
    if body.action not in {"create", "retry"}:
        raise BadRequest(f"Unsupported action: {body.action}")
    return await _create(services, user, body, cast("dict[str, Any]", raw.get("settings") or {}))


async def _create(
    services: Services, user: AuthUser, body: DirectorCutRequest, raw_settings: dict[str, Any]
) -> Response:
    """Start the film, or answer what keeps it from being made."""
    params = DirectorCutParams(
        user_id=user.user_id,
        project_id=body.project_id or "",
        settings=body.settings,
        raw_settings=raw_settings,
        sync=body.action == "create",
    )
    try:
        started = await start_director_cut(services.runtime, params)
    except NotReady as error:
        return json_response(refused(error.summary), 409)
    if started.created:
        services.dispatcher.send_soon(started.run_id, started.row)
    view = started.answer
    body_of_job = created(started.run_id, view, view.provider_payload)
    return json_response(body_of_job, headers={"x-run-id": str(started.run_id)})
