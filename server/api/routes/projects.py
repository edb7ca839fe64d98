"""/functions/v1/projects: a screenplay becomes a project; the caller's projects, and what is read of one."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, large_json_response, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.services import ServicesOf
from wzrd.contracts.projects import (
    GraphAnswer,
    ProjectAnswer,
    ProjectEntry,
    ProjectList,
    ProjectRequest,
    SceneList,
    StoryboardAnswer,
)
from wzrd.db.projects import find_meant_projects, list_projects
from wzrd.domain.errors import BadRequest, Conflict, NotFound, ScreenplayError, storable
from wzrd.domain.ids import parse_uuid
from wzrd.domain.shown import shown_line
from wzrd.net.json_scan import Bounds
from wzrd.operations.projects import import_project, show_graph, show_scenes, show_storyboard
from wzrd.threads import in_reading_thread

router = APIRouter(prefix="/functions/v1/projects", tags=["film"])

MAX_BODY = 32 << 20
"""A file of 16 MiB as base64, and a breakdown of 8."""
BOUNDS = Bounds(structure=1_000_000)
MOST = 500


@router.get("")
@described(answers={200: ProjectList})
async def get_projects(services: ServicesOf, me: CurrentUser, named: str = "", limit: int = 50) -> Response:
    """The caller's projects, newest first; `named`: those of this id, beginning of an id, or title."""
    wanted = str(parse_uuid(named) or shown_line(storable(named)))
    async with services.runtime.begin() as tx:
        if wanted:
            found = await find_meant_projects(tx, wanted, user_id=me.user_id)
        else:
            found = await list_projects(tx, me.user_id, limit=max(1, min(limit, MOST)))
    return json_response(ProjectList(projects=[ProjectEntry(id=one, title=title) for one, title in found]).wire())


@router.post("")
@described(
    body=ProjectRequest,
    answers={200: ProjectAnswer, 201: ProjectAnswer},
    raises=(BadRequest, ScreenplayError, Conflict),
)
async def post_project(request: Request, services: ServicesOf, me: CurrentUser) -> Response:
    """Import a screenplay as a project of the caller's; answers 200 where its `requestId` has one already."""
    raw = await read_json(request, max_bytes=MAX_BODY, bounds=BOUNDS)
    asked = await in_reading_thread(lambda: parse(ProjectRequest, raw))  # a breakdown has thousands of beats
    made = await import_project(services.runtime, me.user_id, asked)
    return json_response(made.wire(), 201 if made.created else 200)


@router.get("/{project_id}/scenes")
@described(answers={200: SceneList}, raises=(NotFound,))
async def get_scenes(services: ServicesOf, project_id: str, me: CurrentUser) -> Response:
    """The project's scenes in order, with ids and numbers of their shots."""
    return await large_json_response(await show_scenes(services.runtime, me.user_id, project_id))


@router.get("/{project_id}/storyboard")
@described(answers={200: StoryboardAnswer}, raises=(NotFound,))
async def get_storyboard(services: ServicesOf, project_id: str, me: CurrentUser) -> Response:
    """The project as a film is made of it: scenes with what happens in them, shots with what was made of them."""
    return await large_json_response(await show_storyboard(services.runtime, me.user_id, project_id))


@router.get("/{project_id}/graph")
@described(answers={200: GraphAnswer}, raises=(NotFound,))
async def get_graph(services: ServicesOf, project_id: str, me: CurrentUser) -> Response:
    """The project's saved compute graph, as `compute-save-graph` keeps it."""
    return await large_json_response(await show_graph(services.runtime, me.user_id, project_id))
