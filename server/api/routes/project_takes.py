"""/functions/v1/projects/{id}/takes and …/approvals: what was made of shots, what counts, what may become a clip."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.envelopes import name_run
from server.api.services import ServicesOf
from wzrd.contracts.takes import ApprovalAnswer, ApprovalRequest, TakeList, TakeView
from wzrd.domain.errors import BadRequest, NotFound
from wzrd.operations.takes import Judgement, choose, judge, show_takes

router = APIRouter(prefix="/functions/v1/projects/{project_id}", tags=["film"])


@router.get("/takes")
@described(answers={200: TakeList}, raises=(BadRequest, NotFound))
async def get_takes(services: ServicesOf, project_id: str, me: CurrentUser, shot: UUID | None = None) -> Response:
    """The takes of a project's shots, in film order: pictures, clips and voices, chosen or not."""
    takes = await show_takes(services.runtime, me.user_id, project_id, shot)
    return json_response(TakeList(takes=takes).wire())


@router.post("/takes/{take_id}/choose")
@described(answers={200: TakeView}, raises=(NotFound,))
async def post_choose(services: ServicesOf, project_id: str, take_id: str, me: CurrentUser) -> Response:
    """Make a take the shot's own. To undo it, choose the former one; a still that changes is to be approved anew."""
    return json_response((await choose(services.runtime, me.user_id, project_id, take_id)).wire())


@router.post("/approvals")
@described(body=ApprovalRequest, answers={200: ApprovalAnswer}, raises=(NotFound,), names_run=True)
async def post_approvals(request: Request, services: ServicesOf, project_id: str, me: CurrentUser) -> Response:
    """Approve or reject stills; clips that wait for them begin, as far as they are approved now."""
    runtime = services.runtime
    body = parse(ApprovalRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    if bool(body.shots) == body.all:
        raise BadRequest("name shots, or say all: true", field="shots")
    wanted = Judgement(me.user_id, project_id, body.verdict, None if body.all else body.shots, body.lock)
    answer, started = await judge(runtime, wanted)
    if started is not None:
        name_run(request, started.run_id)
        services.dispatcher.send_soon(started.run_id, started.row)
    return json_response(answer.wire())
