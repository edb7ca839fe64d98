"""The service's calls about projects: import one, find it, read scenes, breakdown, storyboard and graph; costs."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from wzrd.client.connection import Connection
from wzrd.client.errors import ask_as, read_as
from wzrd.contracts.breakdown import (
    Breakdown,
    BreakdownAnswer,
    BreakdownEdit,
    ReadingAnswer,
    ReadingPlan,
    ReadingRequest,
)
from wzrd.contracts.director_cut import VoicesPlan
from wzrd.contracts.money import Dollars
from wzrd.contracts.projects import (
    GraphAnswer,
    ProjectAnswer,
    ProjectEntry,
    ProjectList,
    ProjectRequest,
    SceneList,
    StoryboardAnswer,
)
from wzrd.contracts.shot_brief import ShotBriefAnswer
from wzrd.contracts.spending import CostReport, SpendingLine, SpendingReport

_PROJECTS = "/functions/v1/projects"


class ProjectCalls:
    """The calls of the service about projects; `_connection` is there while it is open."""

    _connection: Connection

    async def import_project(self, **asked: Any) -> ProjectAnswer:
        """Make a project of a screenplay's file, or an empty one; the arguments are the fields of `ProjectRequest`.

        `file`: its bytes. With a `request_id` a second call finds the project of the first; only then it is repeated.

        Raises:
            GenerationError: the screenplay cannot be read (status 400; line and column are named), or is refused.
        """
        request = ask_as(ProjectRequest, **asked)
        call = self._connection.call_again if request.request_id else self._connection.call
        return read_as(ProjectAnswer, await call("POST", _PROJECTS, request.wire()))

    async def projects(self, named: str = "") -> list[ProjectEntry]:
        """The caller's projects, newest first (50 of them); or those that may be meant by an id or a title."""
        path = f"{_PROJECTS}?{urlencode({'named': named})}"
        return (await self._connection.ask(ProjectList, "GET", path)).projects

    async def scenes(self, project_id: UUID | str) -> SceneList:
        """The project's scenes in order, with ids and numbers of their shots.

        Raises:
            GenerationError: no such project (status 404).
        """
        return await self._connection.ask(SceneList, "GET", f"{_PROJECTS}/{project_id}/scenes")

    async def breakdown(self, project_id: UUID | str) -> BreakdownAnswer:
        """The breakdown of a project, beat by beat, and the version that an edit of it names."""
        return await self._connection.ask(BreakdownAnswer, "GET", _breakdown_of(project_id))

    async def edit_breakdown(self, project_id: UUID | str, breakdown: Breakdown, *, version: int) -> BreakdownAnswer:
        """Have an edited breakdown count; what it leaves out is as it is read. Answers with what counts now.

        Raises:
            GenerationError: it does not fit the text (status 400), or was edited since `version` (status 409).
        """
        body = BreakdownEdit(version=version, breakdown=breakdown).wire()
        return read_as(BreakdownAnswer, await self._connection.call("PUT", _breakdown_of(project_id), body))

    async def plan_reading(self, project_id: UUID | str, *, model: str | None = None) -> ReadingPlan:
        """Plan what `read_breakdown` would read, and its price; nothing is started or held.

        Raises:
            GenerationError: the model cannot be asked (status 501), or is none.
        """
        request = ask_as(ReadingRequest, model=model, dry_run=True)
        return await self._connection.ask(ReadingPlan, "POST", _breakdown_of(project_id), request.wire())

    async def read_breakdown(
        self,
        project_id: UUID | str,
        *,
        model: str | None = None,
        max_credits: int | None = None,
        max_usd: Dollars | None = None,
        allow_unpriced: Sequence[str] = (),
        request_id: str | None = None,
    ) -> ReadingAnswer:
        """Have a model read the project's scenes; `follow` the run that is answered.

        Raises:
            GenerationError: refused.
        """
        request = ask_as(
            ReadingRequest,
            model=model,
            max_credits=max_credits,
            max_usd=max_usd,
            allow_unpriced=list(allow_unpriced),
            request_id=request_id,
        )
        return await self._connection.ask(ReadingAnswer, "POST", _breakdown_of(project_id), request.wire())

    async def shot_brief(self, shot_id: UUID | str) -> ShotBriefAnswer:
        """The brief of a shot: who does what with what, its lines, its camera."""
        return await self._connection.ask(ShotBriefAnswer, "GET", f"/functions/v1/shots/{shot_id}/brief")

    async def storyboard(self, project_id: UUID | str) -> StoryboardAnswer:
        """The project as a film is made of it: all of its scenes and shots.

        Raises:
            GenerationError: no such project (status 404).
        """
        path = f"{_PROJECTS}/{project_id}/storyboard"
        return await self._connection.ask(StoryboardAnswer, "GET", path)

    async def graph(self, project_id: UUID | str) -> GraphAnswer:
        """The project's saved compute graph.

        Raises:
            GenerationError: no such project (status 404).
        """
        return await self._connection.ask(GraphAnswer, "GET", f"{_PROJECTS}/{project_id}/graph")

    async def plan_voices(self, project_id: UUID | str, voices: dict[str, str]) -> VoicesPlan:
        """Lines that these voices have yet to speak in the project's film, and their price; nothing is started.

        Raises:
            GenerationError: somebody is named who does not speak in it, or they cannot be asked (status 501).
        """
        body = {"action": "plan", "projectId": str(project_id), "settings": {"voices": voices}}
        return await self._connection.ask(VoicesPlan, "POST", "/functions/v1/director-cut", body)

    async def costs(self, *, by: str = "model", since: str = "30d") -> CostReport:
        """The caller's costs by model, project, day or run: planned and billed dollars, charged credits.

        Raises:
            GenerationError: `since` is no moment (status 400).
        """
        path = f"/functions/v1/costs?{urlencode({'by': by, 'since': since})}"
        return await self._connection.ask(CostReport, "GET", path)

    async def spending(self, project_id: UUID | str, runs: Sequence[UUID]) -> list[SpendingLine]:
        """Spending of these runs of a project (100 at most) by scene: planned, charged and billed.

        Raises:
            GenerationError: no such project (status 404).
        """
        asked = urlencode([("run", str(one)) for one in runs])
        return (await self._connection.ask(SpendingReport, "GET", f"{_PROJECTS}/{project_id}/spending?{asked}")).lines


def _breakdown_of(project_id: UUID | str) -> str:
    return f"{_PROJECTS}/{project_id}/breakdown"
