"""POST /functions/v1/gen-shots: a request becomes a run, and the response streams the run's log."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from server.auth import User, current_user
from server.bodies import parse, read_json
from server.hub import Admission
from server.routes.runs import last_event_id, stream_run
from wzrd.contracts.dialects import DIALECTS
from wzrd.contracts.gen_shots import GenShotsRequest
from wzrd.domain.errors import Forbidden
from wzrd.runs.gen_shots import KIND, Wanted, open_gen_shots
from wzrd.runtime import Runtime

router = APIRouter()

STREAM_DISABLED = (
    "The shot stream is switched off on this server (WZRD_ENABLE_SHOT_STREAM / VITE_ENABLE_SHOT_STREAM is false). "
    "Create shots by CRUD on the shots table instead."
)


@router.post("/functions/v1/gen-shots")
async def gen_shots(request: Request, user: Annotated[User, Depends(current_user)]) -> Response:
    """Write shots for a scene and stream them as they are written; the run goes on if the client goes away."""
    received = time.perf_counter()
    runtime: Runtime = request.app.state.runtime
    if not runtime.settings.shot_stream:
        raise Forbidden(STREAM_DISABLED, code="shot_stream_disabled")
    body = parse(GenShotsRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    wanted = Wanted(
        user_id=user.user_id,
        project_id=body.project_id,
        scene_id=body.scene_id,
        shot_count=body.shot_count,
        request_id=body.request_id,
        numbers_after=body.highest_number,
    )
    admission: Admission = request.app.state.hub.admit(user.user_id)
    try:
        opened = await open_gen_shots(runtime, wanted, latency=lambda: round((time.perf_counter() - received) * 1000))
    except BaseException:
        admission.close()
        raise
    started = opened.started
    if started.created:
        request.app.state.dispatcher.send_soon(started.run_id)
    after = 0 if started.created else last_event_id(request)
    return stream_run(request, started.run_id, admission, after, DIALECTS[KIND], first=started.first_event)
