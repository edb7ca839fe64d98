"""POST /functions/v1/project-auto-generate: a phase becomes a run, answered at once; and the stream that follows it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from server.api.auth import User, current_user
from server.api.bodies import json_response, parse, read_json
from server.api.routes.runs import last_event_id, reader_of, stream_run
from wzrd.contracts.auto_generate import AutoGenerateRequest
from wzrd.contracts.encoders import DIALECTS
from wzrd.db.runs import find_latest_run
from wzrd.domain.errors import BadRequest, NotFound
from wzrd.domain.ids import parse_uuid
from wzrd.runtime.kind import AUTO_GENERATE
from wzrd.runtime.process import Runtime

router = APIRouter(prefix="/functions/v1/project-auto-generate")


@router.post("")
async def post_auto_generate(request: Request, user: Annotated[User, Depends(current_user)]) -> Response:
    """Have every shot's picture or clip made; answers 202 with the run. A batch under way is joined, not doubled."""
    from wzrd.domain.auto_generate import MEDIA, read_phase  # noqa: PLC0415 - 30 ms that the API's start need not wait
    from wzrd.operations.auto_generate import Wanted, open_auto_generate  # noqa: PLC0415 - the same

    runtime: Runtime = request.app.state.runtime
    body = parse(AutoGenerateRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    if not body.project_id:
        raise BadRequest("project_id is required", field="project_id")
    phase = read_phase(body.phase)
    wanted = Wanted(
        user_id=user.user_id,
        project_id=body.project_id,
        phase=phase,
        model=body.image_model if MEDIA[phase] == "image" else body.video_model,
        request_id=body.request_id,
    )
    opened = await open_auto_generate(runtime, wanted)
    if opened.started.created:
        request.app.state.dispatcher.send_soon(opened.started.run_id, opened.started.row)
    return json_response(opened.answer.wire(), 202)


@router.get("/stream")
async def get_stream(request: Request, project_id: str = "", ticket: str | None = None) -> Response:
    """The latest batch of the project as a stream: replay beyond `Last-Event-ID` or `?after=`, then what comes."""
    if not project_id:
        raise BadRequest("project_id is required", field="project_id")
    runtime: Runtime = request.app.state.runtime
    run_id, user_id = await _latest(runtime, request, project_id, ticket)
    admission = request.app.state.hub.admit(user_id)
    return stream_run(request, run_id, admission, last_event_id(request), DIALECTS[AUTO_GENERATE])


async def _latest(runtime: Runtime, request: Request, project_id: str, ticket: str | None) -> tuple[UUID, UUID]:
    """The run and its reader.

    Raises:
        NotFound: the project has had no batch, or is not the caller's.
        Unauthenticated: no token, and no ticket for this run.
    """
    project = parse_uuid(project_id)
    async with runtime.begin() as tx:
        run = await find_latest_run(tx, AUTO_GENERATE, project) if project is not None else None
    if run is None:
        await request.app.state.authenticator.authenticate(request.headers.get("authorization"))
        raise NotFound("No generation has been started for this project")
    user_id = await reader_of(runtime, request, run.run_id, ticket)
    if user_id != run.user_id:
        raise NotFound("No generation has been started for this project")
    return run.run_id, user_id
