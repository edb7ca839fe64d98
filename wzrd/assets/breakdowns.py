"""A project's breakdown as it counts: as it is read, with what somebody has edited over it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from wzrd.contracts.breakdown import Breakdown, SceneBreakdown
from wzrd.db.breakdowns import SceneEdit, StoredEdits, find_edits, write_edits
from wzrd.db.engine import Tx
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.errors import Conflict, NotFound
from wzrd.domain.storyboard import Storyboard
from wzrd.language.breakdown import read_breakdown
from wzrd.language.breakdown_checks import check_breakdown
from wzrd.language.breakdown_edits import edits_of, lay_over, stamp_of
from wzrd.runtime.process import Runtime
from wzrd.threads import in_thread


@dataclass(frozen=True, slots=True)
class ProjectBreakdown:
    """A breakdown as it is `read`, and as it counts (`whole`), both with their scenes in the storyboard's order."""

    storyboard: Storyboard
    edits: StoredEdits
    read: Breakdown
    whole: Breakdown

    @property
    def scenes(self) -> Mapping[UUID, SceneBreakdown]:
        """The scenes by their ids."""
        found = zip(self.storyboard.scenes, self.whole.scenes, strict=True)
        return {scene.scene_id: breakdown for scene, breakdown in found}

    @property
    def edited(self) -> list[int]:
        """Numbers of the scenes that somebody has edited."""
        return [scene.brief.number for scene in self.storyboard.scenes if scene.scene_id in self.edits.scenes]


def assemble(storyboard: Storyboard, edits: StoredEdits) -> ProjectBreakdown:
    """The breakdown of what is stored; reading a long screenplay takes a moment. Pure."""
    briefs = [scene.brief for scene in storyboard.scenes]
    read = read_breakdown(briefs)
    own = [edits.scenes.get(scene.scene_id) for scene in storyboard.scenes]
    return ProjectBreakdown(storyboard, edits, read, lay_over(read, edits.listed, own, briefs))


async def gather_breakdown(tx: Tx, project_id: UUID, *, user_id: UUID | None = None) -> ProjectBreakdown | None:
    """The breakdown of a project (of this user's, or anybody's); None where there is none."""
    storyboard = await read_storyboard(tx, project_id, user_id=user_id)
    edits = await find_edits(tx, project_id)
    return await in_thread(assemble, storyboard, edits) if storyboard is not None else None


async def open_breakdown(runtime: Runtime, project_id: UUID, *, user_id: UUID | None = None) -> ProjectBreakdown:
    """As `gather_breakdown`, read when its transaction has been given back.

    Raises:
        NotFound: there is no such project, or it is somebody else's.
    """
    async with runtime.begin() as tx:
        storyboard = await read_storyboard(tx, project_id, user_id=user_id)
        edits = await find_edits(tx, project_id)
    if storyboard is None:
        raise NotFound("Project not found or access denied")
    return await in_thread(assemble, storyboard, edits)


def edit(now: ProjectBreakdown, brought: Breakdown) -> tuple[Breakdown, dict[UUID, SceneEdit]]:
    """Edits that are in a breakdown which somebody brings: all that is otherwise than it is read. Pure.

    What it leaves out is as it is read.

    Raises:
        BadRequest: it does not fit the text; the field is named.
    """
    scenes = now.storyboard.scenes
    listed, edited = edits_of(check_breakdown(brought, [scene.brief for scene in scenes]), now.read)
    found: dict[UUID, SceneEdit] = {}
    for scene, read in zip(scenes, now.read.scenes, strict=True):
        body = edited.pop(scene.brief.number, None)  # of two scenes of one number the first has it
        if stamp := stamp_of(body or read, listed, now.edits.reader, edited=body is not None):
            found[scene.scene_id] = SceneEdit(body, stamp)
    return listed, found


async def keep_edits(tx: Tx, now: ProjectBreakdown, brought: Breakdown, *, version: int) -> int:
    """Keep what somebody has edited in the breakdown of this version; returns the next version.

    Raises:
        BadRequest: as `edit`.
        Conflict: it is at another version by now.
    """
    listed, scenes = edit(now, brought)
    project_id = now.storyboard.project_id
    written = await write_edits(tx, project_id, listed, scenes, reader=now.edits.reader, expected=version)
    if written is None:
        found = (await find_edits(tx, project_id)).version
        raise Conflict(
            f"the breakdown is at version {found} by now, not {version}: read it again, and edit that", field="version"
        )
    return written
