"""A project's storyboard as a run works through it, shot by shot; read once, cast and lines too.

What changes while the run goes on is the shot itself; its row is read anew for each. So a shot costs the same in a
film of twelve and in one of a thousand.
"""

import asyncio
from collections.abc import Mapping
from functools import cached_property
from uuid import UUID

from wzrd.animatic.provider import FilmDesign, design_of
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.film import DeliveryFormat
from wzrd.domain.runs import Lease
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot
from wzrd.language.sound.dialogue import Dialogue, dialogue_of
from wzrd.runtime.process import Runtime


class StoryboardSnapshot:
    """A storyboard as it stood when the run's process first looked."""

    def __init__(self, storyboard: Storyboard) -> None:
        self.storyboard = storyboard

    @cached_property
    def _by_id(self) -> Mapping[UUID, tuple[StoryboardScene, StoryboardShot]]:
        return {shot.shot_id: (scene, shot) for scene, shot in self.storyboard}

    @cached_property
    def design(self) -> FilmDesign:
        """Who is in the film and where it plays, for panels of animatic mode."""
        return design_of(scene.brief for scene in self.storyboard.scenes)

    @cached_property
    def dialogue(self) -> Dialogue:
        """Who says what in which shot, with whose voice."""
        return dialogue_of(self.storyboard)

    @property
    def delivery(self) -> DeliveryFormat:
        """The format of what is drawn here for the film."""
        return self.storyboard.wanted.delivery()

    def find(self, shot_id: UUID) -> tuple[StoryboardScene, StoryboardShot] | None:
        """A shot with its scene, as they stood."""
        return self._by_id.get(shot_id)

    def before(self, scene: StoryboardScene, shot: StoryboardShot) -> StoryboardShot | None:
        """The shot before this one in its scene."""
        at = self._places.get(shot.shot_id, 0)
        return scene.shots[at - 1] if at else None

    @cached_property
    def _places(self) -> Mapping[UUID, int]:
        return {shot.shot_id: at for scene in self.storyboard.scenes for at, shot in enumerate(scene.shots)}

    def describes(self, shot: StoryboardShot) -> bool:
        """True if the shot's words are unedited, so that what was worked out for it still holds."""
        known = self.find(shot.shot_id)
        return known is not None and _words(known[1]) == _words(shot)


def _words(shot: StoryboardShot) -> tuple[object, ...]:
    return shot.scene_id, shot.number, shot.prompt_idea, shot.dialogue


class FilmReader:
    """Reads the film that a run works on, once, and again where it is out of date; who comes meanwhile waits."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._film: StoryboardSnapshot | None = None

    async def read(
        self, runtime: Runtime, project_id: UUID, *, instead_of: StoryboardSnapshot | None = None
    ) -> StoryboardSnapshot | None:
        """The film as it was read; None when the project is gone. `instead_of`: one that is out of date."""
        async with self._lock:
            if self._film is instead_of:
                async with runtime.begin() as tx:
                    storyboard = await read_storyboard(tx, project_id)
                self._film = StoryboardSnapshot(storyboard) if storyboard is not None else None
            return self._film


async def open_film(
    runtime: Runtime, lease: Lease, project_id: UUID, *, instead_of: StoryboardSnapshot | None = None
) -> StoryboardSnapshot | None:
    """The film that the claimed run works on; None when the project is gone.

    `instead_of`: the one that was read is out of date, and it is wanted as it stands at this moment.
    """
    objects = runtime.leases.objects(lease.run_id)
    reader = objects.find(FilmReader) or objects.keep(FilmReader())
    return await reader.read(runtime, project_id, instead_of=instead_of)
