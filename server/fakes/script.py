"""Script of the fakes' answers to requests: behaviours, the script that hands them out, words in a prompt. No I/O."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from wzrd.domain.errors import BadRequest

Question = Literal["submit", "status", "result", "cancel", "list", "bills", "prices", "schemas", "upload", "check"]
"""The calls that a behaviour may be for: a paid submit, one of those that follow it and cost nothing, or the free call
by which a key is checked."""
Reply = Literal["whole", "dropped", "malformed", "misshapen", "truncated", "slow"]
"""Ways in which an answer is sent.

As it is, not at all, as broken JSON, as other JSON, cut short, or a few bytes at a time.
"""
Outcome = Literal["success", "failure", "refusal", "filtered", "error_body"]
"""Ends of a job: refusal is a failure that the vendor blames on the input (fal's 422).

`filtered`: black pictures, told as such beside them. `error_body`: an error that says 200.
"""
Hold = Literal["", "reply", "result"]
"""Part that waits until it is released: the answer to the submit, or the result.

The result is a job, or all but a chat's first piece.
"""
Media = Literal[
    "good", "expired", "page", "wrong_type", "other_kind", "truncated", "slow", "wrong_length", "turned", "empty",
    "black", "jpeg", "avif", "heic", "hdr", "uneven", "sound_only", "silent",
]  # fmt: skip
"""Content at the address of a result.

A page tells that it is HTML, `wrong_type` is a page that claims to be media, `other_kind` a sound that claims to be a
picture or clip (and the other way round), `wrong_length` half of it, `turned` as high as it should be wide. Pictures
under a PNG's name: `black`, `jpeg`, `avif`, `heic`; clips: `hdr`, `uneven` (their pictures last differently),
`sound_only`; sounds: `silent`.
"""
Webhook = Literal["once", "twice", "lost", "forged"]
"""Ways in which the webhook is called: `forged` is signed with a key that nobody published."""

Seconds: TypeAlias = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Answer to one request; the defaults are a provider on a good day. Times in seconds.

    It is for the calls `on` a job, of `provider` (empty: any), whose model or prompt contains `match`, and is used up
    after `times` of them (0: never). Calls other than a submit take `status`, `text` (of a refusal), `retry_after`,
    `reply`, `wait` and `hold: reply` from it, nothing else.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    on: Question = "submit"
    match: str = ""
    provider: str = ""
    times: Annotated[int, Field(ge=0)] = 1
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    """Refuse with this HTTP status; nothing is accepted, nothing is paid."""
    retry_after: str | None = None
    """The Retry-After header of a refusal, as it is to be sent."""
    accepted_status: Annotated[int, Field(ge=400, le=599)] | None = None
    """Accept, then answer with this HTTP status: the job exists."""
    reply: Reply = "whole"
    hold: Hold = ""
    wait: Seconds = 0.0
    """Before the answer to the submit."""
    places: Annotated[int, Field(ge=0, le=1000)] = 0
    """Places in the queue that are told before a job runs."""
    place_seconds: Seconds | None = None
    """Seconds that each place lasts; absent: until the next question about the job."""
    seconds: Seconds | None = 0.0
    """Seconds that a job runs (null: until the next question about it), or until a chat's first piece."""
    token_seconds: Seconds = 0.0
    """Between a chat's pieces."""
    outcome: Outcome = "success"
    cancel: Literal["accepted", "refused"] = "accepted"
    most: Annotated[int, Field(ge=1)] = 100
    """Pictures that come at most, whatever was asked for: a filter has kept the others back."""
    media: Media = "good"
    webhook: Webhook = "once"
    rises: Annotated[int, Field(ge=0)] = 0
    """Questions at which its place in the queue is further back than before; then it moves up."""
    request_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,128}$")] = ""
    """Its id at the vendor, where it is to have a certain one."""
    list_seconds: Seconds = 0.0
    """Seconds after its end until a job stands in the list of requests, which lags behind."""
    text: str | None = None
    """Text of a chat (absent, an answer is made from the prompt), or the words of a refusal."""
    blames: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.]{1,200}$")], ...] = ("prompt",)
    """Inputs that a refusal names, such as `image_urls.0`, where its vendor names any."""
    categories: tuple[str, ...] = ()
    """The vendor's own words for why it refuses."""
    usage: bool = True
    """True if a chat tells what it counted."""
    beside: bool = False
    """True if files that are no media come beside a clip: fal's `frames_zip` before it, `caption_file` behind it."""
    inputs: dict[str, Any] | None = None
    """JSON Schema that is told of a model's inputs (`on` schemas) in the place of its own."""


GOOD_DAY = Behaviour()
_BEHAVIOURS: TypeAdapter[list[Behaviour]] = TypeAdapter(list[Behaviour])


def read_behaviours(value: object) -> list[Behaviour]:
    """Behaviours from JSON: one object, or a list of them.

    Raises:
        BadRequest: a name or value that there is none of, told by name.
    """
    try:
        return _BEHAVIOURS.validate_python(value if isinstance(value, list) else [value])
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise BadRequest(f"this is no behaviour: {wrong}", field="script") from None


def dump_behaviours(behaviours: Sequence[Behaviour]) -> list[dict[str, Any]]:
    """Behaviours as JSON-ready values."""
    return _BEHAVIOURS.dump_python(list(behaviours), mode="json")


class Script:
    """The behaviours that are still to come (`first`: from the start), and what happens when none is meant."""

    def __init__(self, otherwise: Behaviour = GOOD_DAY, first: Sequence[Behaviour] = ()) -> None:
        self._otherwise = otherwise
        self._first = first
        self._left: list[list[Any]] = []
        self.add(first)

    def add(self, behaviours: Iterable[Behaviour]) -> None:
        """Append behaviours; those that come first are taken first."""
        self._left += [[one, one.times] for one in behaviours]

    def reset(self) -> None:
        """As it was at the start."""
        self._left.clear()
        self.add(self._first)

    def take(self, provider: str, model: str, prompt: str) -> Behaviour:
        """The behaviour of this submit: the next scripted one that is meant for it, changed by the prompt's words."""
        return steer(prompt, self._next("submit", provider, model, prompt) or self._otherwise)

    def take_question(self, on: Question, provider: str, model: str, prompt: str) -> Behaviour:
        """The behaviour of a call that follows a submit; the prompt's words do not change it."""
        return self._next(on, provider, model, prompt) or GOOD_DAY

    def _next(self, on: Question, provider: str, model: str, prompt: str) -> Behaviour | None:
        for entry in self._left:
            behaviour: Behaviour = entry[0]
            if behaviour.on == on and _meant(behaviour, provider, model, prompt):
                entry[1] -= 1
                if entry[1] == 0:
                    self._left.remove(entry)
                return behaviour
        return None


def _meant(behaviour: Behaviour, provider: str, model: str, prompt: str) -> bool:
    said = behaviour.match.casefold()
    return behaviour.provider in {"", provider} and (said in model.casefold() or said in prompt.casefold())


_WORDS = re.compile(r"\[fake:([^\]]{1,200})\]", re.IGNORECASE)
_STATUS = re.compile(r"([45]\d\d)(?:\s+retry\s+(\S+))?")
_ACCEPTED = re.compile(r"accepted\s+(5\d\d)")
_QUEUE = re.compile(r"queue\s+(\d{1,3})(?:\s+(\d{1,4}(?:\.\d+)?)s)?")
_SECONDS = re.compile(r"(wait|seconds|tokens)\s+(\d{1,4}(?:\.\d+)?)s?")
_PLAIN: dict[str, dict[str, Any]] = {
    **{one: {"reply": one} for one in get_args(Reply) if one != "whole"},
    **{
        one.replace("_", " "): {"media": one}
        for one in get_args(Media)
        if one not in {"good", "black", *get_args(Reply)}
    },
    "media truncated": {"media": "truncated"},
    "media slow": {"media": "slow"},
    "hang": {"hold": "reply"},
    "never": {"hold": "result"},
    "fail": {"outcome": "failure"},
    "refuse": {"outcome": "refusal"},
    "filtered": {"outcome": "filtered"},
    "error body": {"outcome": "error_body"},
    "no cancel": {"cancel": "refused"},
    **{f"webhook {one}": {"webhook": one} for one in get_args(Webhook) if one != "once"},
    "no usage": {"usage": False},
}
WORDS = tuple(_PLAIN)
"""The plain words that steer; the others carry numbers (see `steer`)."""


def steer(prompt: str, behaviour: Behaviour) -> Behaviour:
    """The behaviour as words in the prompt change it: `[fake: 429 retry 2]`, `[fake: queue 3 1s, fail]`.

    Numbers: `429`, `429 retry 2`, `accepted 500`, `queue 3` (places) or `queue 3 1s`, `wait 2s`, `seconds 5`, `tokens
    0.1`. Unknown words do nothing.
    """
    for said in _WORDS.findall(prompt):
        for word in said.split(","):
            behaviour = replace(behaviour, **_changes(" ".join(word.casefold().split())))
    return behaviour


def _changes(word: str) -> dict[str, Any]:
    if found := _STATUS.fullmatch(word):
        return {"status": int(found[1]), "retry_after": found[2]}
    if found := _ACCEPTED.fullmatch(word):
        return {"accepted_status": int(found[1])}
    if found := _QUEUE.fullmatch(word):
        return {"places": int(found[1]), "place_seconds": float(found[2] or 1)}
    if found := _SECONDS.fullmatch(word):
        name = {"wait": "wait", "seconds": "seconds", "tokens": "token_seconds"}[found[1]]
        return {name: float(found[2])}
    return _PLAIN.get(word, {})
