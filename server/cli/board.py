"""A storyboard while it is written, as a terminal knows it: scenes, their shots and phases. State only, no drawing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from wzrd.client import Event
from wzrd.contracts.runs import FramingView
from wzrd.domain.shown import shown, shown_line

LONGEST_ERROR = 200
_KNOWN_SECONDS, _KNOWN_PIECES = 2.0, 2
"""From when on the pace so far says something of the rest."""
State = Literal["waiting", "writing", "done", "failed"]


@dataclass(slots=True)
class BoardShot:
    """One shot as far as its stream has told."""

    shot_id: str
    number: int
    phase: str = "creating"
    title: str = ""
    idea: str = ""
    framing: FramingView | None = None


@dataclass(slots=True)
class SceneBoard:
    """One scene and its run."""

    scene_id: UUID
    number: int
    title: str
    count: int = 3
    """Number of shots to be written."""
    state: State = "waiting"
    shots: dict[str, BoardShot] = field(default_factory=dict[str, BoardShot])
    run_id: UUID | None = None
    runs: list[UUID] = field(default_factory=list[UUID])
    charged: int = 0
    error: str = ""
    note: str = ""
    fallback: str = ""

    @property
    def ended(self) -> bool:
        """Nothing more will come."""
        return self.state in {"done", "failed"}

    @property
    def ready(self) -> int:
        """Number of shots that lack nothing."""
        return sum(shot.phase == "ready" for shot in self.shots.values())

    @property
    def ordered(self) -> list[BoardShot]:
        """The shots by number."""
        return sorted(self.shots.values(), key=lambda shot: shot.number)

    def take(self, event: Event) -> BoardShot | None:
        """Merge one event of the stream; the shot that it tells about, if it does."""
        self.run_id = event.run_id or self.run_id
        if self.run_id is not None and self.run_id not in self.runs:
            self.runs.append(self.run_id)
        data = event.data
        match event.name:
            case "shot":
                return self._take_shot(data)
            case "progress":
                attempt = data.get("attempt")
                self.note = f"attempt {attempt}" if attempt else str(data.get("status") or "")
            case "done":
                self.state, self.note = "done", ""
                self.fallback = str(data.get("fallbackReason") or "") if data.get("fallbackUsed") else ""
            case "error":
                self.fail(str(data.get("error") or "the stream failed"))
            case _:
                pass
        return None

    def _take_shot(self, data: Mapping[str, Any]) -> BoardShot:
        shot_id = str(data.get("id"))
        shot = self.shots.setdefault(shot_id, BoardShot(shot_id, int(data.get("shot_number") or 0)))
        shot.phase = str(data.get("status") or shot.phase)
        shot.title = shown_line(str(data.get("title") or shot.title))
        shot.idea = shown(str(data.get("description") or shot.idea))
        return shot

    def fail(self, why: str) -> None:
        """The scene's run ended badly, or never began. Shots that were written stay, blank ones went with it.

        The first line of the reason is kept; `wzrd events RUN` has it whole.
        """
        self.state, self.error = "failed", first_line(why)
        self.shots = {key: shot for key, shot in self.shots.items() if shot.phase != "creating"}


@dataclass(slots=True)
class Board:
    """The scenes that are asked for, in order."""

    scenes: list[SceneBoard]

    @property
    def wanted(self) -> int:
        """Shots that are to be written, over all scenes."""
        return sum(scene.count for scene in self.scenes)

    @property
    def ready(self) -> int:
        """Shots that are ready, over all scenes."""
        return sum(scene.ready for scene in self.scenes)

    @property
    def charged(self) -> int:
        """Credits charged so far."""
        return sum(scene.charged for scene in self.scenes)

    @property
    def failed(self) -> list[SceneBoard]:
        """The scenes that failed."""
        return [scene for scene in self.scenes if scene.state == "failed"]

    @property
    def fallback(self) -> str:
        """Why the offline writer stood in, where it did."""
        return next((scene.fallback for scene in self.scenes if scene.fallback), "")


def first_line(text: object) -> str:
    """The first line of what somebody says, at a bearable length."""
    first = next(iter(str(text).strip().splitlines()), "")
    return first if len(first) <= LONGEST_ERROR else first[:LONGEST_ERROR] + "…"


def plural(number: int, noun: str) -> str:
    """A number and its noun: 1 shot, 12 shots."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def seconds_left(passed: float, made: int, rest: int) -> int | None:
    """Seconds for `rest` pieces at the pace of those made so far; None while too little is known."""
    return round(passed / made * rest) if passed >= _KNOWN_SECONDS and made >= _KNOWN_PIECES and rest > 0 else None


def left_words(seconds: int | None) -> str:
    """The time that is left, as a person says it; nothing when nobody knows."""
    return "" if seconds is None else f"about {seconds // 60}:{seconds % 60:02d} min left"
