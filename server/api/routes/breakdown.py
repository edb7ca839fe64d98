"""/functions/v1/projects/{id}/breakdown and shots/{id}/brief: what happens in a film, read, edited, and of one shot."""

from dataclasses import asdict
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, large_json_response, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.services import ServicesOf
from wzrd.assets.breakdowns import ProjectBreakdown, keep_edits, open_breakdown
from wzrd.contracts.breakdown import BreakdownAnswer, BreakdownEdit, ReadingAnswer, ReadingPlan, ReadingRequest
from wzrd.contracts.shot_brief import ShotBriefAnswer
from wzrd.db.shots import find_project_of_shot
from wzrd.domain.errors import BadRequest, Conflict, NotConfigured, NotFound, TooMany
from wzrd.domain.ids import parse_uuid
from wzrd.domain.money import read_money
from wzrd.domain.project_choice import project_id_of
from wzrd.domain.storyboard import idea_of
from wzrd.language.breakdown.checks import MAX_BYTES
from wzrd.language.shots.briefs import derive_brief
from wzrd.net.json_scan import Bounds
from wzrd.operations.breakdown import ReadingParams, plan_reading, start_reading

router = APIRouter(prefix="/functions/v1", tags=["film"])

BOUNDS = Bounds(structure=1_000_000)
"""A beat as the rules write it has about thirty brackets, commas and colons; a feature has a few thousand beats."""


@router.get("/projects/{project_id}/breakdown")
@described(answers={200: BreakdownAnswer}, raises=(NotFound,))
async def get_breakdown(services: ServicesOf, project_id: str, me: CurrentUser) -> Response:
    """The project's people, places, props and beats: as they are read, with what somebody has edited over it."""
    found = await open_breakdown(services.runtime, project_id_of(project_id), user_id=me.user_id)
    return await large_json_response(_answer(found))


@router.put("/projects/{project_id}/breakdown")
@described(body=BreakdownEdit, answers={200: BreakdownAnswer}, raises=(BadRequest, NotFound, Conflict))
async def put_breakdown(request: Request, services: ServicesOf, project_id: str, me: CurrentUser) -> Response:
    """Keep an edited breakdown; only if nobody has edited it since `version`. What it leaves out is as it is read."""
    runtime, wanted = services.runtime, project_id_of(project_id)
    body = parse(BreakdownEdit, await read_json(request, max_bytes=MAX_BYTES, bounds=BOUNDS))
    now = await open_breakdown(runtime, wanted, user_id=me.user_id)
    async with runtime.begin() as tx:
        await keep_edits(tx, now, body.breakdown, version=body.version)
    return await large_json_response(_answer(await open_breakdown(runtime, wanted, user_id=me.user_id)))


@router.post("/projects/{project_id}/breakdown")
@described(
    body=ReadingRequest,
    answers={200: ReadingPlan, 202: ReadingAnswer},
    raises=(NotFound, Conflict, TooMany, NotConfigured),
)
async def post_breakdown(request: Request, services: ServicesOf, project_id: str, me: CurrentUser) -> Response:
    """Have a model read the scenes that it has not read as they are now; answers 202 with the run.

    With `dryRun` nothing is begun: it answers 200 with the scenes and what they would cost.
    """
    runtime = services.runtime
    body = parse(ReadingRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    params = ReadingParams(
        user_id=me.user_id,
        project_id=project_id,
        model=body.model or None,
        max_credits=body.max_credits,
        money=read_money(body.max_usd, body.allow_unpriced),
        request_id=body.request_id,
    )
    if body.dry_run:
        return json_response((await plan_reading(runtime, params)).wire())
    started = await start_reading(runtime, params)
    if started.created:
        services.dispatcher.send_soon(started.run_id, started.row)
    return json_response(started.answer.wire(), 202)


@router.get("/shots/{shot_id}/brief")
@described(answers={200: ShotBriefAnswer}, raises=(NotFound,))
async def get_shot_brief(services: ServicesOf, shot_id: str, me: CurrentUser) -> Response:
    """The shot's brief as data: who does what with what, its lines, its camera; `derived` if read from its words."""
    shot_key = parse_uuid(shot_id)
    async with services.runtime.begin() as tx:
        project_id = await find_project_of_shot(tx, shot_key, user_id=me.user_id) if shot_key else None
    if shot_key is None or project_id is None:
        raise NotFound("Shot not found")
    return json_response(
        _brief(await open_breakdown(services.runtime, project_id, user_id=me.user_id), shot_key).wire()
    )


def _answer(found: ProjectBreakdown) -> BreakdownAnswer:
    return BreakdownAnswer(
        project_id=found.storyboard.project_id,
        version=found.edits.version,
        edited_scenes=tuple(found.edited),
        breakdown=found.whole,
    )


def _brief(found: ProjectBreakdown, shot_id: UUID) -> ShotBriefAnswer:
    placed = found.storyboard.find(shot_id)
    if placed is None:
        raise NotFound("Shot not found")
    scene, shot = placed
    idea = idea_of(shot)
    brief = idea.brief or derive_brief(idea, scene.brief, found.scenes[scene.scene_id])
    return ShotBriefAnswer(
        shot_id=shot_id,
        scene_id=scene.scene_id,
        derived=idea.brief is None,
        **asdict(brief),
        size=idea.size,
        angle=idea.angle,
        lens_mm=idea.lens_mm,
        move=idea.move,
        place=scene.brief.location or scene.brief.title,
        time=scene.brief.lighting,
        weather=scene.brief.weather,
    )
