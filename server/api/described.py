"""Description of a route for `/openapi.json`, made of its own objects: models, functions and errors.

    @router.post(PATH)
    @described(body=ShotRequest, answers={200: shot_answer}, raises=(NotFound, Conflict))
    async def post_shot(request: Request, services: ServicesOf, user: CurrentUser) -> Response:

Nothing is computed here. `openapi` makes the description of these when somebody asks for it, and adds what it reads
from the route itself: parameters, who may call, the envelope of its errors, what a body can do wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from wzrd.contracts import events
from wzrd.contracts.encoders import EventEncoder, plain
from wzrd.domain.errors import WzrdError

Maker: TypeAlias = Callable[..., object]
"""A function of the contracts that makes an answer, or an event's data; one that returns bytes makes the frame."""
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Parameters(BaseModel):
    """Parameters that a route reads by itself from its address or its headers, for `query` and `headers`."""

    model_config = ConfigDict(defer_build=True)


@dataclass(frozen=True, slots=True)
class Stream:
    """Server-sent events: by name the functions that make their data; `encoder` spells them, `end` comes last."""

    events: Mapping[str, Maker | tuple[Maker, ...]]
    encoder: EventEncoder = plain
    end: bytes = b""


@dataclass(frozen=True, slots=True)
class File:
    """An answer that is no JSON: its media types."""

    content_types: tuple[str, ...] = ("application/octet-stream",)


@dataclass(frozen=True, slots=True)
class UploadBody:
    """A body that is a file: the one of a multipart form, in its `field` if only that one is read; else raw, too."""

    field: str = ""


Answer: TypeAlias = type[BaseModel] | Maker | Stream | File | None
"""Source of an answer: a message, a function, a stream, a file; None has no body."""


def several(made: Answer | tuple[Answer, ...]) -> tuple[Answer, ...]:
    """Sources of the answers that a status may have."""
    return cast("tuple[Answer, ...]", made if isinstance(made, tuple) else (made,))


LOG = Stream(events.EVENTS)
"""Events that the log of every run may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The description of the route below which this stands.

    `answers`: by status; several things are one of them. `body`: the model that the route parses, or a file. `query`,
    `headers`: models of what it reads from there by itself. `raises`: its errors, whose statuses and codes are known.
    `failures`: codes of what may fail after it began, with their statuses. `refusals`: ranges of statuses (`4XX`) that
    it passes on. `security`: names of `callers.SCHEMES` where no dependency says who calls; () is open to all.
    `errors`: what its errors are made by, where they have no envelope of ours. `names_run`: answers carry `X-Run-Id`.
    `waits`: they come when the run has ended, unless `Prefer: respond-async` wants one before. `sent_headers`: headers
    of the answers, and what they say.
    """

    answers: Mapping[int, Answer | tuple[Answer, ...]]
    body: type[BaseModel] | UploadBody | None = None
    query: type[BaseModel] | None = None
    headers: type[Parameters] | None = None
    raises: Sequence[type[WzrdError]] = ()
    failures: Mapping[str, int] = field(default_factory=dict[str, int])
    refusals: Sequence[str] = ()
    security: Sequence[str] | None = None
    errors: "Answer | None" = None
    names_run: bool = False
    waits: bool = False
    sent_headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def message(self) -> type[BaseModel] | None:
        """The model of the body, if it has one."""
        return None if isinstance(self.body, UploadBody) else self.body

    def __call__(self, endpoint: Endpoint) -> Endpoint:
        """Keep it for the route's function."""
        DESCRIPTIONS[endpoint] = self
        return endpoint


DESCRIPTIONS: dict[Callable[..., Any], Description] = {}
"""The descriptions by their routes' functions."""
described = Description
"""As a decorator below its route."""
