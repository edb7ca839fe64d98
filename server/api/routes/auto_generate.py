"""POST /functions/v1/project-auto-generate: a phase becomes a run, answered at once; and the stream that follows it."""

from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import TICKET, USER, CurrentUser
from server.api.described import Stream, described
from server.api.routes.runs import ResumeHeaders, ResumeQuery, last_event_id, reader_of, stream_run
from server.api.services import Services, ServicesOf
from wzrd.contracts.auto_generate import EVENTS, AutoGenerateAnswer, AutoGeneratePlan, AutoGenerateRequest
from wzrd.contracts.encoders import plain
from wzrd.db.runs import find_latest_run
from wzrd.domain.auto_generate import MEDIA, read_phase
from wzrd.domain.errors import BadRequest, Conflict, NotConfigured, NotFound, TooMany
from wzrd.domain.ids import parse_uuid
from wzrd.domain.money import read_money
from wzrd.operations.auto_generate.kind import AUTO_GENERATE, AutoGenerateParams, start_auto_generate
from wzrd.operations.auto_generate.plan import plan_auto_generate

router = APIRouter(prefix="/functions/v1/project-auto-generate", tags=["film"])

STREAM = Stream(EVENTS, plain)


class BatchQuery(ResumeQuery):
    """Whose batch is followed."""

    project_id: str = Field(min_length=1)


@router.post("")
@described(
    body=AutoGenerateRequest,
    answers={200: AutoGeneratePlan, 202: AutoGenerateAnswer},
    raises=(NotFound, Conflict, TooMany, NotConfigured),
)
async def post_auto_generate(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Have every shot's picture or clip made; answers 202 with the run. A batch under way is joined, not doubled.

    With `dryRun` nothing is begun: it answers 200 with the shots and what they would cost.
    """
    runtime = services.runtime
    body = parse(AutoGenerateRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    if not body.project_id:
        raise BadRequest("project_id is required", field="project_id")
    phase = read_phase(body.phase)
    params = AutoGenerateParams(
        user_id=user.user_id,
        project_id=body.project_id,
        phase=phase,
        model=body.image_model if MEDIA[phase] == "image" else body.video_model,
        max_credits=body.max_credits,
        money=read_money(body.max_usd, body.allow_unpriced),
        only_failed=body.only_failed,
        resubmit_unknown=body.resubmit_unknown,
        require_approval=body.require_approval,
        shots=tuple(body.shots or ()),
        note=body.note.strip(),
        sheets=body.sheets,
        voices=body.voices or {},
        voice_model=body.voice_model,
        lips=tuple(body.lips),
        native_sound=body.native_sound,
        soften=body.soften,
        request_id=body.request_id,
    )
    if body.dry_run:
        return json_response((await plan_auto_generate(runtime, params)).wire())
    started = await start_auto_generate(runtime, params)
    if started.created:
        services.dispatcher.send_soon(started.run_id, started.row)
    return json_response(started.answer.wire(), 202)


@router.get("/stream")
@described(
    answers={200: STREAM},
    query=BatchQuery,
    headers=ResumeHeaders,
    raises=(BadRequest, NotFound, TooMany),
    security=(USER, TICKET),
    names_run=True,
)
async def get_auto_generate_stream(
    request: Request, services: ServicesOf, project_id: str = "", ticket: str | None = None
) -> Response:
    """The latest batch of the project as a stream: replay beyond `Last-Event-ID` or `?after=`, then what comes."""
    if not project_id:
        raise BadRequest("project_id is required", field="project_id")
    run_id, user_id = await _latest(services, request, project_id, ticket)
    admission = services.hub.admit(user_id)
    return stream_run(services, run_id, admission, last_event_id(request), AUTO_GENERATE.encoder)


async def _latest(services: Services, request: Request, project_id: str, ticket: str | None) -> tuple[UUID, UUID]:
    """The run and its reader.

    Raises:
        NotFound: the project has had no batch, or is not the caller's.
        Unauthenticated: no token, and no ticket for this run.
    """
    project = parse_uuid(project_id)
    async with services.runtime.begin() as tx:
        run = await find_latest_run(tx, AUTO_GENERATE.name, project) if project is not None else None
    if run is None:
        await services.authenticator.authenticate(request.headers.get("authorization"))
        raise NotFound("No generation has been started for this project")
    user_id = await reader_of(services, request, run.run_id, ticket)
    if user_id != run.user_id:
        raise NotFound("No generation has been started for this project")
    return run.run_id, user_id
