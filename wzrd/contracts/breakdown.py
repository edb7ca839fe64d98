"""A screenplay's breakdown: its people, places and props, and what happens in each scene, beat by beat.

One structure for the file that people and tools bring, the answer of a model that reads, and all code between text and
board. Ids are short texts in any script; everything names people, places and props by them.
"""

from typing import Annotated, Literal, TypeAlias, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from wzrd.contracts.wire import WireModel

VERSION: Literal[1] = 1

Act: TypeAlias = Literal[
    "stand", "sit", "lie", "kneel", "lean",
    "walk", "run", "enter", "leave", "climb", "crawl", "fall", "jump", "ride", "drive", "swim", "dance",
    "look", "listen", "speak", "point", "wave",
    "hug", "kiss", "hold_hands", "touch", "strike", "fight", "dodge", "push", "drag", "aim", "shoot", "stab",
    "kneel_beside", "bend_over", "photograph", "hand_over", "take", "catch",
    "hold", "carry", "lift", "put_down", "throw", "open", "close", "break", "cut", "dig", "play", "write", "read",
    "drink", "eat", "smoke", "cook", "phone", "type", "search", "show", "hide", "use",
    "laugh", "weep", "scream", "tremble", "sleep", "wake", "die",
    "appear", "vanish", "burn", "explode", "move", "other",
]  # fmt: skip
"""Kinds of what is done, whatever the script's language."""
ACTS: tuple[str, ...] = get_args(Act)
Feeling = Literal["joy", "grief", "anger", "fear", "surprise", "tenderness"]
Weight = Literal["decisive", "carrying", "passing"]
"""`decisive`: without it the scene is not understood; `carrying`: leads from one to the next; `passing`: colour."""
CONTACT: frozenset[str] = frozenset({
    "hug", "kiss", "hold_hands", "touch", "strike", "fight", "push", "drag", "stab", "kneel_beside", "bend_over",
    "hand_over", "take", "catch", "dance", "carry",
})  # fmt: skip
"""Acts that bring two people together, where they have a `whom`."""

Id = Annotated[str, Field(min_length=1, max_length=80)]
Words = Annotated[str, Field(max_length=400)]
Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]


class _Value(BaseModel):
    """Base of the format's values: an unknown key is an error, since a slip in a file must not be lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class CharacterLook(_Value):
    """Clothes of one period of the story, from the scene of this number on; empty if the text says nothing."""

    from_scene: int = Field(default=1, ge=1)
    clothes: Words = ""


class Character(_Value):
    """Somebody of the film. Absent facts are empty; `years` None if untold."""

    id: Id
    name: Words
    aliases: tuple[Words, ...] = ()
    gender: Literal["man", "woman", ""] = ""
    age: Literal["child", "teen", "young", "adult", "old", ""] = ""
    years: int | None = Field(default=None, ge=0, le=5_000)
    build: Literal["heavy", "slim", ""] = ""
    hair: Words = ""
    trade: Words = ""
    voice: Words = ""
    looks: tuple[CharacterLook, ...] = ()


class Place(_Value):
    """Where scenes play."""

    id: Id
    name: Words
    looks: Words = ""


class Prop(_Value):
    """A thing that recurs, stands in capitals, or decides something."""

    id: Id
    name: Words


class Beat(_Value):
    """One moment: `who` does what (`act`) to `whom`, with which `props`; `span` are the scene's own words for it.

    `seen` is false for what is only heard or told. `lines` are the spoken lines that belong to it, counted in the scene
    from 0. `start`: where the span stands in the scene's text (see `scene_text`), -1 until that is looked up.
    """

    span: str = Field(min_length=1, max_length=4_000)
    start: int = Field(default=-1, ge=-1)
    act: Act = "other"
    who: tuple[Id, ...] = ()
    whom: tuple[Id, ...] = ()
    props: tuple[Id, ...] = ()
    feelings: dict[Id, Feeling] = Field(default_factory=dict[str, Feeling])
    weight: Weight = "carrying"
    seen: bool = True
    lines: tuple[int, ...] = ()
    seconds: Seconds = 3.0

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody in it, who acts first."""
        return tuple(dict.fromkeys((*self.who, *self.whom)))


class SceneBreakdown(_Value):
    """One scene: where, when, who is there, and its beats in the order of the text. Numbers count from 1."""

    number: int
    place: str = Field(default="", max_length=80)
    time: Words = ""
    present: tuple[Id, ...] = ()
    beats: tuple[Beat, ...] = ()


class Breakdown(_Value):
    """A whole screenplay."""

    version: Literal[1] = VERSION
    people: tuple[Character, ...] = ()
    places: tuple[Place, ...] = ()
    props: tuple[Prop, ...] = ()
    scenes: tuple[SceneBreakdown, ...] = ()

    def scene(self, number: int) -> SceneBreakdown | None:
        """The scene of this number."""
        return next((scene for scene in self.scenes if scene.number == number), None)

    def person(self, key: str) -> Character | None:
        """The person of this id."""
        return next((person for person in self.people if person.id == key), None)


class SceneReading(_Value):
    """One scene as a model read it, with whom and what it brings in. `faults`: what was mended by rule, in words."""

    people: tuple[Character, ...] = ()
    places: tuple[Place, ...] = ()
    props: tuple[Prop, ...] = ()
    scene: SceneBreakdown
    faults: tuple[str, ...] = ()


class BreakdownAnswer(WireModel):
    """A project's breakdown as it counts: its `version` (0: nobody has edited it) and the scenes that are edited."""

    project_id: UUID
    version: int
    edited_scenes: tuple[int, ...]
    breakdown: Breakdown


class BreakdownEdit(WireModel):
    """A breakdown that somebody brings, edited from `version`; what it leaves out is as it is read."""

    version: int = Field(ge=0, strict=True)
    breakdown: Breakdown
