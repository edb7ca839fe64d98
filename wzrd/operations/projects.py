"""Projects of a user: a screenplay imported once, and what a client reads of a project."""

import uuid
from contextlib import suppress
from dataclasses import asdict, replace
from uuid import UUID

from wzrd.assets.breakdowns import keep_edits, open_breakdown
from wzrd.contracts.projects import GraphAnswer, ProjectAnswer, ProjectRequest, SceneEntry, SceneList, StoryboardAnswer
from wzrd.db.compute_graphs import read_saved_graph
from wzrd.db.projects import find_scene, find_title, list_scenes, lock_project
from wzrd.db.screenplays import carry_shots_over, insert_screenplay
from wzrd.db.storyboards import read_storyboard, write_delivery
from wzrd.domain.errors import BadRequest, Conflict
from wzrd.domain.ids import derive
from wzrd.domain.project_choice import found_in_project, project_id_of
from wzrd.domain.shown import shown_line
from wzrd.domain.wanted_format import read_wanted
from wzrd.language.breakdown.checks import check_breakdown
from wzrd.media.pdf import is_pdf, laid_out
from wzrd.runtime.process import Runtime
from wzrd.screenplay.model import Screenplay, briefs_of
from wzrd.screenplay.parse import parse
from wzrd.threads import in_reading_thread, in_thread


async def import_project(runtime: Runtime, user_id: UUID, asked: ProjectRequest) -> ProjectAnswer:
    """Make the project, whole or not at all; one of this request id stays, and is given what it lacks.

    Raises:
        ScreenplayError: the file cannot be read; line and column are named.
        BadRequest: there is neither file nor title; the format is none, or the breakdown does not fit the text.
        Conflict: the project of this request id was deleted.
    """
    if is_pdf(asked.file):
        asked = asked.model_copy(update={"file": await in_thread(laid_out, asked.file)})
    screenplay = await in_reading_thread(_read, asked)
    delivery = asked.delivery.model_dump(exclude_none=True)
    project_id = derive(user_id, asked.request_id) if asked.request_id else uuid.uuid4()
    created = True
    async with runtime.begin() as tx:
        try:
            await insert_screenplay(tx, user_id=user_id, project_id=project_id, screenplay=screenplay)
        except Conflict:
            created = False
            if await lock_project(tx, project_id, user_id=user_id) is None:
                raise Conflict("the project of this requestId was deleted: import it under another one") from None
        if delivery:
            await write_delivery(tx, project_id, delivery)
    if asked.breakdown is not None:
        now = await open_breakdown(runtime, project_id)
        with suppress(Conflict):  # somebody has edited it since, or the same import at the same time
            async with runtime.begin() as tx:
                await keep_edits(tx, now, asked.breakdown, version=0)
    async with runtime.begin() as tx:
        kept = await carry_shots_over(tx, user_id, project_id, count=asked.shot_count) if asked.keep_shots else 0
        known = await find_title(tx, project_id)
    title = known.title if known else screenplay.title
    return ProjectAnswer(project_id=project_id, title=title, created=created, kept_scenes=kept)


def _read(asked: ProjectRequest) -> Screenplay:
    """The screenplay that is asked for, checked with all that comes with it. Pure."""
    read_wanted(asked.delivery.model_dump(), None, where="delivery.")
    title = shown_line(asked.title)
    if not asked.file:
        if not title or asked.breakdown is not None:
            why = "send file, a screenplay as base64, or title, for a project without scenes; breakdown needs a file"
            raise BadRequest(why, field="file")
        return Screenplay(title, "", ())
    screenplay = parse(asked.file, asked.file_name)
    if asked.breakdown is not None:
        check_breakdown(asked.breakdown, briefs_of(screenplay))
    return replace(screenplay, title=title) if title else screenplay


async def show_scenes(runtime: Runtime, user_id: UUID, project_id: str) -> SceneList:
    """The scenes of a project of the user's, with their shots.

    Raises:
        NotFound: no such project of the user's.
    """
    own = project_id_of(project_id)
    async with runtime.begin() as tx:
        found = found_in_project(await find_scene(tx, own, None, user_id=user_id))
        scenes = await list_scenes(tx, found.project_id)
    entries = [SceneEntry.model_validate({"id": one.scene_id, **asdict(one)}) for one in scenes]
    return SceneList(project_id=found.project_id, title=found.title, scenes=entries)


async def show_storyboard(runtime: Runtime, user_id: UUID, project_id: str) -> StoryboardAnswer:
    """A project of the user's as a film is made of it.

    Raises:
        NotFound: no such project of the user's.
    """
    own = project_id_of(project_id)
    async with runtime.begin() as tx:
        found = found_in_project(await read_storyboard(tx, own, user_id=user_id))
    return await in_reading_thread(StoryboardAnswer.model_validate, found)


async def show_graph(runtime: Runtime, user_id: UUID, project_id: str) -> GraphAnswer:
    """The compute graph of a project of the user's.

    Raises:
        NotFound: no such project of the user's.
    """
    own = project_id_of(project_id)
    async with runtime.begin() as tx:
        found = found_in_project(await read_saved_graph(tx, own, user_id=user_id))
    return GraphAnswer.model_validate(found, from_attributes=True)
