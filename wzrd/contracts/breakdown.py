"""A screenplay's breakdown: its people, places and props, and what happens in each scene, beat by beat.

One structure for the file that people and tools bring, the answer of a model that reads, and all code between text and
board. Ids are short texts in any script; everything names people, places and props by them.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypedDict
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import Unpack

from wzrd.contracts.acts import Act
from wzrd.contracts.money import MoneyLimits
from wzrd.contracts.wire import NUMBER, WireModel

VERSION: Literal[1] = 1

Feeling = Literal["joy", "grief", "anger", "fear", "surprise", "tenderness"]
Weight = Literal["decisive", "carrying", "passing"]
"""`decisive`: without it the scene is not understood; `carrying`: leads from one to the next; `passing`: colour."""

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
    """A thing that recurs, stands in capitals, or decides something.

    `name`: the script's word, and behind it in brackets the English noun that it is drawn by: "halsduken (shawl)".
    """

    id: Id
    name: Words

    @property
    def noun(self) -> str:
        """The English noun of its name; '' where none is told."""
        return self.name.partition(" (")[2].removesuffix(")")


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

    version: Annotated[int, NUMBER] = Field(ge=0, lt=2**31)
    breakdown: Breakdown


class ReadingRequest(MoneyLimits):
    """The body of a reading by a model: its id, the server's own if absent.

    `maxCredits` refuses what costs more; `dryRun` only tells what would be read, and for how much.
    """

    model: str | None = Field(None, max_length=200)
    max_credits: Annotated[int | None, NUMBER] = Field(default=None, ge=0, lt=2**31)
    dry_run: bool = Field(default=False, strict=True)
    request_id: str | None = Field(None, max_length=200)


class ReadingPlan(WireModel):
    """The answer to `dryRun`: scenes in all, and those that the model has not read as they are now.

    `credits`: what a scene costs; `estimatedCost`: what its vendor may ask for all of them, in dollars.
    """

    dry_run: bool = True
    model: str
    total: int
    queued: int
    credits: int
    estimated_credits: int
    available_credits: int
    estimated_cost: dict[str, Any]


class ReadingAnswer(WireModel):
    """202: the run, the model, how many scenes there are and how many are read, and what that costs at most."""

    run_id: UUID
    model: str
    total: int
    queued: int
    estimated_credits: int


def meta(answer: ReadingAnswer, *, project_id: UUID, request_id: str) -> dict[str, Any]:
    """The first event: the fields of the answer."""
    return {**answer.wire(), "projectId": str(project_id), "requestId": request_id}


class SceneFacts(TypedDict, total=False):
    """Facts in a scene's event beside its status; `faults`: what of the answer was mended by rule, in words."""

    beats: int
    faults: list[str]
    reused: bool
    error: str


def scene(
    *,
    scene_id: UUID | None,
    status: Annotated[str, ("reading", "completed", "failed")],
    scene_number: int | None = None,
    **more: Unpack[SceneFacts],
) -> dict[str, Any]:
    """One scene's event: `reading`, then `completed` (with `beats`, `faults`, `reused`) or `failed` (with `error`)."""
    return {"sceneId": str(scene_id) if scene_id else None, "sceneNumber": scene_number, "status": status, **more}


class ReadingResult(TypedDict, total=False):
    """Result of a reading, as its run keeps it."""

    total: int
    failed: int
    mended: int
    spent: int


def complete(
    run_id: str,
    *,
    status: str,
    completed: int,
    result: Annotated[Mapping[str, Any], ReadingResult],
    error: str | None = None,
) -> dict[str, Any]:
    """The last event: scenes read, those that failed (the rules read them), and those with a fault mended."""
    head = {"runId": run_id, "status": status, "completed": completed}
    return {**head, **result, **({"error": error} if error else {})}


EVENTS: Mapping[str, Callable[..., object]] = {"meta": meta, "scene": scene, "complete": complete}
"""Functions that make the stream's events, by the event's name."""
