"""POST /functions/v1/project-auto-generate: its request, its answers and its events. Requests are in snake_case."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias, TypedDict
from uuid import UUID

from pydantic import Field
from typing_extensions import Unpack

from wzrd.contracts.director_cut import CastVoice
from wzrd.contracts.money import MoneyLimits
from wzrd.contracts.spending import SpendingLine
from wzrd.contracts.wire import NUMBER, Needed, WireModel

Phase = Literal["images", "videos"]
PHASES: tuple[Phase, ...] = ("images", "videos")


class AutoGenerateRequest(MoneyLimits):
    """The body. `request_id` is an idempotency key of the caller's; `image_model`, `video_model`: a model's id.

    `maxCredits` refuses what costs more; `onlyFailed` works on nothing but what was tried and failed; `dryRun` only
    tells what would be done; `resubmitUnknown` sends once more what a provider may have accepted before;
    `requireApproval` makes clips of approved stills alone. These five are read in snake_case too. `shots` (ids): these
    alone, and one more take where they have one; `note`: what they are to show besides. `sheets`: whose sheets are made
    before the pictures, where the model takes references: of nobody, of recurring people, of places and props too.
    `voices` (phase videos): voice ids by character, `*` for everybody else, `auto` for a voice that suits: each line is
    spoken first, and the clip is as long as that. `lips`: models that may make mouths move, by id, `auto` or `native`.
    `nativeSound`: clips are bought with their own sound, where their model has any. `soften`: a prompt that is refused
    by its words is sent once more in milder ones.
    """

    project_id: Annotated[str, Needed()] = Field("", max_length=200, alias="project_id")
    phase: Annotated[Any, Needed(*PHASES)] = None
    request_id: str | None = Field(None, max_length=200, alias="request_id")
    image_model: str | None = Field(None, max_length=200, alias="image_model")
    video_model: str | None = Field(None, max_length=200, alias="video_model")
    max_credits: Annotated[int | None, NUMBER] = Field(default=None, ge=0, lt=2**31)
    only_failed: bool = Field(default=False, strict=True)
    dry_run: bool = Field(default=False, strict=True)
    resubmit_unknown: bool = Field(default=False, strict=True)
    require_approval: bool = Field(default=False, strict=True)
    shots: list[UUID] | None = Field(None, min_length=1, max_length=500)
    sheets: Literal["none", "people", "all"] = "none"
    note: str = Field("", max_length=300)
    voices: dict[str, str] | None = None
    voice_model: str | None = Field(None, max_length=200)
    lips: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list[str], max_length=20)
    native_sound: bool = Field(default=False, strict=True)
    soften: bool = Field(default=False, strict=True)


class AutoGenerateAnswer(WireModel):
    """202: the run, how many shots the project has, how many are worked on, and what that may cost at most.

    `awaitingApproval`: of the skipped, those whose still is to be approved first; absent: nobody asks for that.
    """

    success: bool = True
    run_id: UUID
    phase: str
    total: int
    queued: int
    skipped: int
    estimated_credits: int
    awaiting_approval: int | None = None

    def wire(self) -> dict[str, Any]:
        """As the documentation has it, where nobody asks for approval."""
        fields = super().wire()
        if self.awaiting_approval is None:
            del fields["awaitingApproval"]
        return fields


class PlannedSheet(WireModel):
    """One sheet that would be made before the pictures; `key` as the bible spells it, `credits`: its price."""

    key: str
    name: str
    model: str
    credits: int


class PlannedLine(WireModel):
    """A spoken line and its way: `voice` (heard alone), `lips`, `talking`, `pair`, `native`.

    `reason`: why it is only heard.
    """

    character: str
    route: str
    reason: str = ""


class PlannedSpeech(WireModel):
    """Lines that go one way by one model: shots, lines, about how many seconds, and the price at most.

    Of the way `voice` the credits are those of lines that have yet to be paid, by their model; of the others those of
    the model that makes them be seen.
    """

    route: str
    model: str
    shots: int
    lines: int
    seconds: float
    credits: int
    estimated_cost: dict[str, Any]


class PlannedShot(WireModel):
    """One shot that would be worked on, and what it would cost at most.

    `sheets`: the keys of those that its model is sent, in order; `leftOut`: what it would have besides, and why not.
    `lines`: its spoken lines where voices are paid, and `speechModel` who makes them be seen. `clips`: of how many
    consecutive clips its clip is made at most, since its lines outlast one; left out where it is one. `endsIn`: the
    shot whose picture its clip ends with, since its action goes on in it. `model`: who makes its picture of words,
    where the plan's model needs a picture and there is none.
    """

    shot_id: UUID
    scene_id: UUID
    scene_number: int | None
    shot_number: int | None
    credits: int
    sheets: list[str] = Field(default_factory=list[str])
    left_out: list[str] = Field(default_factory=list[str])
    lines: list[PlannedLine] = Field(default_factory=list[PlannedLine])
    speech_model: str = ""
    clips: int = 1
    ends_in: UUID | None = None
    model: str = ""


_USUAL: Mapping[str, Any] = {
    "sheets": [], "leftOut": [], "lines": [], "speechModel": "", "clips": 1, "endsIn": None, "model": ""
}  # fmt: skip
"""Facts of a planned shot that are left out where they are as they were before there were any."""


class AutoGeneratePlan(WireModel):
    """The answer to `dryRun`: nothing was started or held.

    `skipped` is `done` (they have it), `waiting` (their picture comes first, or they are not asked for), `unknown` (a
    provider may have accepted them, and nobody knows how that ended), `awaitingApproval` (their still is to be
    approved first; null: nobody asks for that) and `locked` (batches leave them as they are). `credits`: what one
    costs with this model; `prompt_credits`: what is to be added for the words of one that has none. `verified`: its
    vendor's own words of the model's inputs are at hand. `ignored`: what a shot wishes and the model does not take as
    it is, and why. `estimatedCost`: what all of it may cost at its vendors, in dollars (`most` null: nobody knows),
    and why that is a range; `usualCost`: the same of one shot like any other. `ownSound`: clips have their own sound;
    null: there is no choice. `sheets`: those that would be made first; `moreSheets`: how many scenes without shots may
    need besides, each for `sheetCredits` and `sheetCost`. `speech`: every spoken line of the shots, by its way and
    model; `speechFallbackReason`: why nobody is paid for it. `moreLips`: shots that are yet to be drawn or written, and
    may be seen speaking, for `moreLipsCredits` and `moreLipsCost` beside their clips at most. `cast`: who was cast by
    register, with the voice. `spending`: all of it by scene; what is yet to be written or drawn is not in it.
    """

    success: bool = True
    dry_run: bool = True
    phase: str
    total: int
    queued: int
    skipped: int
    done: int
    waiting: int
    unknown: int
    awaiting_approval: int | None
    locked: int
    model: str
    verified: bool
    ignored: dict[str, str] | None
    credits: int
    prompt_credits: int
    fallback_used: bool
    fallback_reason: str | None
    estimated_credits: int
    available_credits: int
    estimated_cost: dict[str, Any]
    usual_cost: dict[str, Any]
    own_sound: bool | None
    items: list[PlannedShot]
    sheets: list[PlannedSheet] = Field(default_factory=list[PlannedSheet])
    more_sheets: int = 0
    sheet_credits: int = 0
    sheet_cost: dict[str, Any] | None = None
    speech: list[PlannedSpeech] = Field(default_factory=list[PlannedSpeech])
    speech_fallback_reason: str | None = None
    cast: list[CastVoice] = Field(default_factory=list[CastVoice])
    more_lips: int = 0
    more_lips_credits: int = 0
    more_lips_cost: dict[str, Any] | None = None
    spending: list[SpendingLine] = Field(default_factory=list[SpendingLine])

    def wire(self) -> dict[str, Any]:
        """Without the fields of sheets and speech where there are none, as it was before there were any."""
        fields = super().wire()
        fields["spending"] = [line.wire() for line in self.spending]
        for item in fields["items"]:
            for name, usual in _USUAL.items():
                if item[name] == usual:
                    del item[name]
        for name in ("speech", "speechFallbackReason", "cast", "moreLips", "moreLipsCredits", "moreLipsCost"):
            if not fields[name]:
                del fields[name]
        if not self.sheets and not self.more_sheets:
            for name in ("sheets", "moreSheets", "sheetCredits", "sheetCost"):
                del fields[name]
        return fields


def meta(
    answer: AutoGenerateAnswer, *, project_id: UUID, request_id: str, fallback_reason: str | None = None
) -> dict[str, Any]:
    """The first event: the fields of the answer, and why another model runs than was asked for, if one does."""
    fields = answer.wire()
    del fields["success"]
    fallback = {"fallbackUsed": True, "fallbackReason": fallback_reason} if fallback_reason else {}
    return {**fields, "projectId": str(project_id), "requestId": request_id, **fallback}


Cause: TypeAlias = Literal["brief", "prompt", "sheet", "style", "still", "clip", "voice", "result"]
"""Part of a shot that caused a refusal. `brief`: the prompt, by words that are in what the shot shows."""


class RefusalFacts(TypedDict, total=False):
    """Facts of a refusal by content: what its provider says of it, and what of the shot that is.

    `causes`: several where one of them was it, none where nothing is known; `sheets`: keys of those that are meant;
    `words` that are in the prompt and may have been it; `softened`: changes to the prompt that were refused, too.
    """

    about: str
    fields: list[str]
    categories: list[str]
    causes: list[Cause]
    sheets: list[str]
    words: list[str]
    softened: list[str]


class RefusalTold(TypedDict, total=False):
    """Field of an event, and of an item's output, of what was refused by its content."""

    refusal: RefusalFacts


SHOT_STATUSES = ("generating", "prompted", "completed", "failed", "skipped")


class ShotFacts(RefusalTold, total=False):
    """Facts in a shot's event beside its status. `progress` is 0 to 1; `message` its log's last line.

    `url` is the file that was fitted for films, `sourceUrl` the one that was bought. `refusal`: what of the shot was
    refused by its content; `softened`: changes to a prompt that had been refused, and was then made of.
    """

    progress: float
    queuePosition: int
    message: str
    visualPrompt: str
    url: str
    sourceUrl: str
    reused: bool
    error: str
    code: str
    fallbackReason: str
    referenceLeftOut: str
    softened: list[str]
    unheard: str


def shot(
    *,
    shot_id: UUID,
    scene_id: UUID | None,
    shot_number: int | None,
    phase: Annotated[str, PHASES],
    status: Annotated[str, SHOT_STATUSES],
    **more: Unpack[ShotFacts],
) -> dict[str, Any]:
    """One shot's event: `generating`, then `completed` (with `url`, `reused`), `failed` or `skipped` (with `error`).

    A shot that was deleted meanwhile has no scene and no number any more. `prompted` says that its visual prompt has
    been written, and what it is.
    """
    head = {"shotId": str(shot_id), "sceneId": str(scene_id) if scene_id else None, "shotNumber": shot_number}
    return {**head, "phase": phase, "status": status, **more}


class SheetFacts(RefusalTold, total=False):
    """Facts in a sheet's event beside its status; `sha256` names its picture."""

    sha256: str
    reused: bool
    error: str
    code: str


def sheet(
    *, key: str, name: str, status: Annotated[str, ("generating", "completed", "failed")], **more: Unpack[SheetFacts]
) -> dict[str, Any]:
    """One sheet's event, by its key in the bible: `generating`, then `completed` or `failed` (with `error`)."""
    return {"key": key, "name": name, "status": status, **more}


SPEECH_STEPS = ("voice", "lips")


class SpeechFacts(RefusalTold, total=False):
    """Facts in a speech event beside its status; `url` is the take that was made, `seconds` how long a voice is."""

    url: str
    seconds: float
    reused: bool
    error: str
    code: str


def speech(
    *,
    shot_id: UUID,
    step: Annotated[str, SPEECH_STEPS],
    status: Annotated[str, ("generating", "completed", "failed", "skipped")],
    **more: Unpack[SpeechFacts],
) -> dict[str, Any]:
    """A shot's lines are spoken (`voice`), or its lips moved (`lips`): `generating`, then how that ended."""
    return {"shotId": str(shot_id), "step": step, "status": status, **more}


class Money(TypedDict):
    """Credits of a batch, whole numbers."""

    held: int
    spent: int
    left: int


class QueuedShot(TypedDict):
    """A shot that waits at its provider, and its place there."""

    shotId: str
    position: int


class FailedShot(TypedDict):
    """A shot that was not made, and why."""

    shotId: str
    error: str


class BatchResult(TypedDict, total=False):
    """Result of a batch, as its run keeps it; `phase` is what comes next."""

    phase: Literal["videos", "complete", "idle"]
    total: int
    failed: int
    reused: int
    errors: list[FailedShot]
    spent: int
    skipped: int
    awaitingApproval: int
    fallbackUsed: bool
    fallbackReason: str
    sheetUrl: str
    sheets: int


def progress(
    *,
    phase: str,
    completed: int,
    failed: int,
    total: int,
    skipped: int = 0,
    money: Annotated[Mapping[str, int] | None, Money] = None,
    seconds_left: int | None = None,
    queue: Annotated[Sequence[Mapping[str, Any]], list[QueuedShot]] = (),
) -> dict[str, Any]:
    """Progress of the batch; `percent` is whole and reaches 100 when nothing is left, never before.

    `money`: credits `held` now, `spent` so far, and what is `left` beside them at most. `secondsLeft` is absent while
    nobody knows how long one takes. `queue`: the shots that wait at their provider, with their place.
    """
    percent = 100 if total == 0 else 100 * (completed + failed + skipped) // total
    payload: dict[str, Any] = {
        "phase": phase,
        "completed": completed,
        "failed": failed,
        "total": total,
        "percent": percent,
    }
    payload |= {"skipped": skipped} if skipped else {}
    payload |= {"credits": dict(money)} if money is not None else {}
    payload |= {"secondsLeft": seconds_left} if seconds_left is not None else {}
    return payload | ({"queue": list(queue)} if queue else {})


def complete(
    run_id: str,
    *,
    status: str,
    completed: int,
    result: Annotated[Mapping[str, Any], BatchResult],
    error: str | None = None,
) -> dict[str, Any]:
    """The last event of a batch that was begun; a canceled one has no next phase."""
    head = {"runId": run_id, "status": status, "completed": completed}
    rest = {"phase": "idle"} if status == "canceled" else {}
    return {**head, **result, **rest, **({"error": error} if error else {})}


def error(message: str, *, run_id: str) -> dict[str, Any]:
    """The last event of a batch of which nothing could be begun."""
    return {"error": message, "runId": run_id}


EVENTS: Mapping[str, Callable[..., object]] = {
    "meta": meta,
    "shot": shot,
    "sheet": sheet,
    "speech": speech,
    "progress": progress,
    "complete": complete,
    "error": error,
}
"""Functions that make the stream's events, by the event's name."""
