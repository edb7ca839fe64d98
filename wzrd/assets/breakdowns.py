"""A project's breakdown as it counts: as it is read, with what somebody has edited over it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from wzrd.assets.content_cache import cache_key
from wzrd.contracts.breakdown import Breakdown, SceneBreakdown, SceneReading
from wzrd.db.breakdowns import SceneEdit, StoredEdits, find_edits, write_edits
from wzrd.db.engine import Tx
from wzrd.db.node_outputs import find_outputs
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.errors import Conflict
from wzrd.domain.project_choice import found_in_project
from wzrd.domain.shots import SceneBrief
from wzrd.domain.storyboard import Storyboard
from wzrd.language.beats.pages import scene_page
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.language.breakdown.checks import check_breakdown
from wzrd.language.breakdown.edits import edits_of, lay_over, stamp_of
from wzrd.language.breakdown.readings import join_readings
from wzrd.runtime.process import Runtime
from wzrd.slots import LoopSlots
from wzrd.threads import in_thread

READER = 1
"""Version of what is asked of a model, and of how its answers are checked: another one is another reading."""
_readings = LoopSlots(1)


@dataclass(frozen=True, slots=True)
class ProjectBreakdown:
    """A breakdown as it is `read`, and as it counts (`whole`), both with their scenes in the storyboard's order.

    `by_model`: the scenes that a model has read.
    """

    storyboard: Storyboard
    edits: StoredEdits
    read: Breakdown
    whole: Breakdown
    by_model: frozenset[UUID] = frozenset()

    def is_kept(self, scene_id: UUID) -> bool:
        """True if a model has read the scene, or somebody has edited it: its shots are written from that."""
        return scene_id in self.by_model or scene_id in self.edits.scenes

    @property
    def scenes(self) -> Mapping[UUID, SceneBreakdown]:
        """The scenes by their ids."""
        found = zip(self.storyboard.scenes, self.whole.scenes, strict=True)
        return {scene.scene_id: breakdown for scene, breakdown in found}

    @property
    def edited(self) -> list[int]:
        """Numbers of the scenes that somebody has edited."""
        return [scene.brief.number for scene in self.storyboard.scenes if scene.scene_id in self.edits.scenes]


def reading_key(user_id: UUID, model: str, brief: SceneBrief) -> str:
    """The name under which a model's reading of a scene is found again: by its text and the model."""
    parts = [part if isinstance(part, str) else [part.character, part.text] for _, part in scene_page(brief).parts]
    return cache_key(user_id, {"reader": READER, "model": model, "scene": parts})


@dataclass(frozen=True, slots=True)
class StoredBreakdown:
    """All that a project's breakdown is read from."""

    storyboard: Storyboard
    edits: StoredEdits
    readings: Mapping[str, SceneReading]

    def assemble(self) -> ProjectBreakdown:
        """The breakdown; reading a long screenplay takes a moment. Pure."""
        storyboard, edits = self.storyboard, self.edits
        briefs = [scene.brief for scene in storyboard.scenes]
        read, found = read_breakdown(briefs), list[SceneReading | None]()
        if self.readings:
            found = [self.readings.get(reading_key(storyboard.user_id, edits.reader, brief)) for brief in briefs]
            read = join_readings(read, found, briefs)
        by_model = frozenset(scene.scene_id for scene, one in zip(storyboard.scenes, found, strict=False) if one)
        own = [edits.scenes.get(scene.scene_id) for scene in storyboard.scenes]
        return ProjectBreakdown(storyboard, edits, read, lay_over(read, edits.listed, own, briefs), by_model)

    async def read(self) -> ProjectBreakdown:
        """Assemble the breakdown in a thread, one at a time: who asks for the same meanwhile finds it read."""
        async with _readings.slot():
            return await in_thread(self.assemble)


async def find_stored(
    tx: Tx, project_id: UUID, *, user_id: UUID | None = None, reader: str | None = None
) -> StoredBreakdown | None:
    """The stored parts of a project's breakdown (of this user's, or anybody's); None where there is none.

    `reader`: as if this model had read it.
    """
    storyboard = await read_storyboard(tx, project_id, user_id=user_id)
    if storyboard is None:
        return None
    edits = await find_edits(tx, project_id)
    edits = edits if reader is None else replace(edits, reader=reader)
    keys = [reading_key(storyboard.user_id, edits.reader, scene.brief) for scene in storyboard.scenes]
    found = await find_outputs(tx, keys) if edits.reader else {}
    return StoredBreakdown(storyboard, edits, {key: SceneReading.model_validate(one) for key, one in found.items()})


async def open_breakdown(
    runtime: Runtime, project_id: UUID, *, user_id: UUID | None = None, reader: str | None = None
) -> ProjectBreakdown:
    """The breakdown of a project, read when its transaction has been given back; arguments as `find_stored`.

    Raises:
        NotFound: there is no such project, or it is somebody else's.
    """
    async with runtime.begin() as tx:
        found = found_in_project(await find_stored(tx, project_id, user_id=user_id, reader=reader))
    return await found.read()


async def keep_reader(runtime: Runtime, project_id: UUID, reader: str) -> int:
    """Have a model's readings count from now on, with what somebody has edited over them; returns the version."""
    while True:
        now = await open_breakdown(runtime, project_id, reader=reader)
        scenes = {
            scene.scene_id: SceneEdit(own, stamp)
            for scene, read in zip(now.storyboard.scenes, now.read.scenes, strict=True)
            for own in [now.edits.scenes.get(scene.scene_id)]
            if (stamp := stamp_of(own or read, now.edits.listed, reader, edited=own is not None))
        }
        async with runtime.begin() as tx:
            written = await write_edits(
                tx, project_id, now.edits.listed, scenes, reader=reader, expected=now.edits.version
            )
        if written is not None:  # else somebody has edited it meanwhile
            return written


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
