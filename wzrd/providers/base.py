"""Interface of every provider to the product.

Two forms: one that answers while the caller listens (text), and one that takes a job into a queue and is asked
about it (images, video).
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Protocol, Required, TypeAlias, TypedDict, runtime_checkable

from typing_extensions import TypeIs

from wzrd.domain.money import VendorPrice
from wzrd.domain.submission import Recovery

Cancels: TypeAlias = Literal["yes", "queued_only", "none"]
"""Jobs that a queue can stop: any, only those that have not begun, or none."""
Lists: TypeAlias = Literal["all", "ended"]
"""Jobs that a queue's own list has: all that it accepted, or those of them that have ended."""
CancelAnswer: TypeAlias = Literal["stopped", "asked", "too_late"]
"""Answer to a cancel: the job will not run; it may still finish; it had ended (or is unknown there)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One generation as a provider gets it; `timeout` in seconds for the whole of it.

    Text: `inputs` has `messages` (OpenAI's shape) and may have `json` (true: the answer shall be one JSON object),
    `temperature`, `max_tokens`, `seed`. Animatic mode takes `scene` (a SceneBrief), `count`, `seed`, `previous`.
    Media: `prompt` and the model's own settings; `path` is where a provider of this machine leaves the file. Animatic
    mode takes `panel`, `frame` for an image, and `still`, `frame`, `frames`, `move` for a video.
    """

    model: str
    media_type: str
    inputs: Mapping[str, Any]
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a queued request: phase, fraction 0-1, place in the queue, and new lines of its log.

    Phases: `queued`, `running`.
    """

    phase: str
    fraction: float | None = None
    position: int | None = None
    logs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of text, in order."""

    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """The result: the whole text, or addresses of media.

    `cost_usd` only where the provider says it; `raw` is what else it said (usage, finish reason, its own id), fit
    for JSON.
    """

    text: str | None = None
    media: tuple[str, ...] = ()
    cost_usd: float | None = None
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the request: its id there, and the addresses to ask about it (as returned, never built).

    `output` is there when it answered at once.
    """

    request_id: str | None = None
    urls: Mapping[str, str] = field(default_factory=dict[str, str])
    output: Output | None = None


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job among a queue's own list: what it was asked for, and when."""

    accepted: Accepted
    payload: Mapping[str, Any]
    created_at: datetime


class Provider(Protocol):
    """A provider. `recovery`: how a submit whose answer was lost can be found again. `paid`: whether it costs."""

    @property
    def name(self) -> str:
        """Its name in the registry, as the catalog spells it."""
        ...

    @property
    def media_types(self) -> frozenset[str]:
        """Media types it can be asked for, in the catalog's words: nothing else is ever sent to it."""
        ...

    @property
    def recovery(self) -> Recovery:
        """`list`: among its requests; `webhook`: by its call alone; `none`: not at all. A refused key may change it."""
        ...

    @property
    def paid(self) -> bool:
        """True if a submit costs money and so must happen once."""
        ...


@runtime_checkable
class Paced(Protocol):
    """A provider that knows from its own answers when it may be asked again."""

    def pause(self, model: str) -> float:
        """Seconds until the provider's rate limit admits one more request for this model: 0 most of the time."""
        ...


class StreamProvider(Provider, Protocol):
    """Accepts and answers in one call."""

    def stream(self, request: Request) -> AsyncGenerator[Accepted | Progress | Delta | Output]:
        """One submit: `Accepted` when the provider has taken it, then deltas or progress, then exactly one `Output`.

        Raises:
            ProviderError: see wzrd.domain.errors; what text had come is in `details["partial"]`.
        """
        ...


class VoiceCatalog(Protocol):
    """A provider of speech that tells its voices, and makes new ones."""

    async def list_voices(self) -> Sequence[Mapping[str, Any]]:
        """The voices, as it tells them.

        Raises:
            ProviderError: no answer.
        """
        ...

    async def clone_voice(self, name: str, sample: bytes, file_name: str, description: str | None) -> Mapping[str, Any]:
        """A new voice, made from a sample of somebody speaking, as it tells it.

        Raises:
            ProviderError: it was refused, or is not known to have been made.
        """
        ...


class QueueProvider(Provider, Protocol):
    """Takes a job, works on it later, and is asked about it. The adapter repeats nothing; `wzrd.generation` does."""

    @property
    def lists(self) -> Lists:
        """Jobs that `list_jobs` tells of."""
        ...

    @property
    def calls_back(self) -> bool:
        """True if it can call the address that a submit names for it."""
        ...

    @property
    def cancels(self) -> Cancels:
        """Jobs that `cancel` can stop."""
        ...

    def takes_files(self, model: str) -> bool:
        """True if a file of ours can be handed to this model (`upload`)."""
        ...

    async def upload(self, file: Path, content_type: str) -> str:
        """An address under which the provider reads this file: it was uploaded there, or it is a data URI.

        Raises:
            ProviderError: it could not be handed over; nothing was submitted.
        """
        ...

    def payload(self, request: Request) -> Mapping[str, Any]:
        """Payload to be sent for this request, recorded before it is sent: by this a lost job is recognised.

        Raises:
            BadRequest: an input that the model cannot take; the field and the value are named.
        """
        ...

    async def submit(self, request: Request, payload: Mapping[str, Any], *, webhook: str | None = None) -> Accepted:
        """One submit of what `payload` made of this request; `webhook` is called at the job's end, where that can be.

        Raises:
            ProviderRejected, ProviderUnsent, ProviderUnknown: as their names say of what was accepted.
        """
        ...

    def locate(self, model: str, request_id: str) -> Accepted:
        """The job of this id, for a submit whose answer was lost: with the addresses that it would have had.

        Raises:
            ProviderError: the provider has no such ids.
        """
        ...

    async def poll(self, accepted: Accepted) -> Progress | Output:
        """Ask once how the job stands; `Output` when it is done.

        Raises:
            ProviderFailed: the job has failed, or was stopped there.
            ResultUseless: it has ended, and what it made is not what was asked for.
            ProviderError: no answer this time; the job may be well.
        """
        ...

    async def cancel(self, accepted: Accepted) -> CancelAnswer:
        """Ask the provider to stop the job.

        Raises:
            ProviderError: no answer.
        """
        ...

    async def list_jobs(self, model: str, since: datetime) -> Sequence[ListedJob]:
        """The jobs of this model that it was asked for since then, newest first: only where `recovery` is `list`.

        Raises:
            ProviderError: no answer.
        """
        ...


AnyProvider: TypeAlias = StreamProvider | QueueProvider


@runtime_checkable
class BillingProvider(Protocol):
    """A provider that tells what single requests cost, and what it asks for a unit of each model."""

    async def read_prices(self, endpoint_ids: Sequence[str]) -> Mapping[str, VendorPrice]:
        """Prices that it tells this key, by model; what was read within a day is not asked for again."""
        ...

    async def read_bills(self, request_ids: Sequence[str], since: datetime) -> Mapping[str, Decimal]:
        """Dollars by request, of those of them that were billed since then; none where this key may not read it.

        Raises:
            ProviderError: no answer.
        """
        ...


class Opening(TypedDict, total=False):
    """Further arguments for opening an adapter: its clock, and time limits of calls by purpose."""

    now: Required[Callable[[], datetime]]
    seconds: Mapping[Any, float]


OpenAdapter: TypeAlias = Callable[..., AnyProvider]
"""Opens a provider's adapter: `(settings, key, http, **Opening)`; each module of one has its `open_adapter`."""


def is_queue(provider: AnyProvider) -> TypeIs[QueueProvider]:
    """True if the provider takes jobs, instead of answering while the caller listens."""
    return hasattr(provider, "submit")
