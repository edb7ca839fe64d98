"""The values of a storyboard that every floor shares: what a writer is given, and what a shot is.

Vocabulary as on set: a size (how much of the subject fills the frame), a lens, a camera move, a side of the line.
"""

from dataclasses import dataclass, field
from typing import Literal

ShotSize = Literal[
    "extreme_wide", "wide", "full", "medium", "medium_close_up", "close_up", "extreme_close_up", "insert"
]
Angle = Literal["eye_level", "low", "high", "overhead", "dutch", "pov", "over_the_shoulder", "two_shot"]
Move = Literal[
    "static",
    "pan_left",
    "pan_right",
    "tilt_up",
    "tilt_down",
    "dolly_in",
    "dolly_out",
    "truck_left",
    "truck_right",
    "crane_up",
    "crane_down",
    "handheld",
    "tracking",
    "rack_focus",
]


@dataclass(frozen=True, slots=True)
class Line:
    """One spoken line."""

    character: str
    text: str
    parenthetical: str | None = None
    extension: str = ""  # what stands beside the name: V.O., O.S.
    dual: bool = False  # spoken together with the line before it


@dataclass(frozen=True, slots=True)
class SceneBrief:
    """All that a writer may know of a scene; absent facts are empty strings."""

    number: int
    title: str = ""
    description: str = ""
    location: str = ""
    lighting: str = ""
    weather: str = ""
    tone: str = ""  # the project's
    genre: str = ""  # the project's
    style: str = ""  # the project's video style
    actions: tuple[str, ...] = ()  # the screenplay's action paragraphs, in order
    dialogue: tuple[Line, ...] = ()
    characters: tuple[str, ...] = ()
    script: tuple[str | Line, ...] = ()  # action paragraphs and lines in the page's order; wins over the two above
    cast: str = field(default="", repr=False)  # the screenplay's own list of its people, a line each; the project's


Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class ShotSubject:
    """Somebody in a shot: what they do (`Act` of `wzrd.contracts.breakdown`) and feel, what they hold, their side.

    `gender` and `age` are those of the breakdown's `Character`; empty where it does not say.
    """

    name: str
    side: Side = "left"
    act: str = ""
    feeling: str = ""
    holds: tuple[str, ...] = ()
    speaks: bool = False
    gender: str = ""
    age: str = ""


MOST_TITLES = 3
"""Titles of one picture: of more the last ones."""


@dataclass(frozen=True, slots=True)
class ShotBrief:
    """Contents of one shot, as data: panel, prompt and caption are made from it.

    `beats` are indices in the scene's breakdown, `lines` in its spoken lines. `over`: who is seen from behind. `focus`:
    the thing that it is of. `contact`: the first two subjects touch. `aboard`: its people are in a car. `seconds`: how
    long it lasts by what happens. `titles`: words that stand on the screen, `MOST_TITLES` at most.
    """

    kind: str = ""
    beats: tuple[int, ...] = ()
    subjects: tuple[ShotSubject, ...] = ()
    over: ShotSubject | None = None
    focus: str = ""
    props: tuple[str, ...] = ()
    contact: bool = False
    lines: tuple[int, ...] = ()
    seconds: float = 0.0
    titles: tuple[str, ...] = ()
    aboard: bool = False


@dataclass(frozen=True, slots=True)
class ShotIdea:
    """One shot as a writer conceives it. `idea` is one or two sentences; the rest may be guessed from it.

    `brief` is None for a shot that was not written from beats: what it shows is derived from its words.
    """

    idea: str
    size: ShotSize = "medium"
    angle: Angle = "eye_level"
    move: Move = "static"
    lens_mm: int = 35
    subject: str = ""
    dialogue: str = ""
    title: str = ""
    extra: dict[str, str] = field(default_factory=dict[str, str])
    brief: ShotBrief | None = None

    @property
    def shot_type(self) -> str:
        """The documented column's vocabulary: wide, medium or close_up."""
        wide = {"extreme_wide", "wide", "full"}
        close = {"close_up", "extreme_close_up", "insert", "medium_close_up"}
        return "wide" if self.size in wide else "close_up" if self.size in close else "medium"


def shot_label(scene: int | None, shot: int | None) -> str:
    """Label of a shot for people."""
    return f"scene {scene or 0}, shot {shot or 0}"
