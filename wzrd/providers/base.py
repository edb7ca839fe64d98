"""What every provider looks like to the product.

Two forms: one that answers while the caller listens (text), and one that takes a job into a queue and is asked
about it (images, video).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from wzrd.domain.submission import Recovery


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
class Accepted:
    """The provider took the request: its id there, and the addresses to ask about it (as returned, never built)."""

    request_id: str | None = None
    urls: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a queued request is: a phase (`queued`, `running`), a fraction 0-1, a place in the queue."""

    phase: str
    fraction: float | None = None
    position: int | None = None


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


class Provider(Protocol):
    """A provider. `recovery`: how a submit whose answer was lost can be found again. `paid`: whether it costs."""

    @property
    def name(self) -> str:
        """Its name in the registry, as the catalog spells it."""
        ...

    @property
    def media_types(self) -> frozenset[str]:
        """What it can be asked for, in the catalog's words: nothing else is ever sent to it."""
        ...

    @property
    def recovery(self) -> Recovery:
        """`list`: among its requests; `webhook`: by its call; `none`: not at all."""
        ...

    @property
    def paid(self) -> bool:
        """Whether a submit costs money and so must happen once."""
        ...


class StreamProvider(Provider, Protocol):
    """Accepts and answers in one call."""

    def stream(self, request: Request) -> AsyncGenerator[Accepted | Progress | Delta | Output]:
        """One submit: `Accepted` when the provider has taken it, then deltas or progress, then exactly one `Output`.

        Raises:
            ProviderError: see wzrd.domain.errors; what text had come is in `details["partial"]`.
        """
        ...


class QueueProvider(Provider, Protocol):
    """Takes a job, works on it later, and is asked about it."""

    async def submit(self, request: Request) -> Accepted:
        """One submit, never repeated by the adapter."""
        ...

    def follow(self, accepted: Accepted) -> AsyncIterator[Progress | Output]:
        """Ask until the job has ended: progress, then exactly one `Output`."""
        ...

    async def cancel(self, accepted: Accepted) -> None:
        """Ask the provider to stop; best effort, bounded in time."""
        ...
