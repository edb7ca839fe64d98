"""Requests and results of a generation, and the form of a result in the provider jobs' table."""

import math
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from wzrd.db.engine import Tx
from wzrd.domain.refusals import Soften
from wzrd.domain.submission import FallBackOn, Target
from wzrd.providers.base import Output


@dataclass(frozen=True, slots=True)
class Covered:
    """Paid by the run's own hold.

    `credits`: what it costs, where that may be more than its item is priced at; the difference is held before the
    submit (`wzrd.runs.top_up`). None: its price is held already.
    """

    credits: int | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """Pays for itself: `credits` are held before the submit and charged with its success, or given back.

    `deferred`: not with the provider's success, but when its item is delivered: the step that moves the item calls
    `settle_item`, so that nobody pays for what could not be brought or stored.
    """

    credits: int
    resource_type: str = "text"
    deferred: bool = False


Funding: TypeAlias = Covered | Own
COVERED = Covered()


DEADLINE = 600.0
DEADLINES: Mapping[str, float] = {"text": 120.0, "video": 1200.0}


def deadline_of(media_type: str, given: Mapping[str, float]) -> float:
    """Seconds that a generation may take in all, from its first submit on: as `given`, else clips queue longest."""
    return given.get(media_type) or DEADLINES.get(media_type, DEADLINE)


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One generation of a run, of so many `outputs`: what is paid, and what its inputs ask for.

    The same item and target are the same generation, whoever asks and however often: who wants another answer
    (because the first was no good) asks under another `item_key`. `shown`: its text is, as it comes; whoever shows it
    says whether that is paid.
    `inputs` as `wzrd.providers.base.Request` has them. `deadline`: seconds in all, waits and retries included, from
    when the submit was first meant (0: as `deadline_of` its media); `longest_wait`: seconds of one wait for a place, a
    rate limit or another try, where somebody is listening. `fallbacks`: what may be asked instead, in order, when
    the provider fails, or (`fall_back_on` inactive) only when it says that the model is switched off. `keep`:
    brings home what came inside an answer, before the answer is recorded: a record has addresses, no files.
    `conclude`: records what was made together with what that ends. `gate`: says, in the transactions that hold and
    that begin to send, whether it still may be sent; its error is final. `soften`: what is sent once in the place
    of inputs that were refused by their content, where nothing had been made of them; without it nothing is.
    """

    item_key: str
    target: Target
    inputs: Mapping[str, Any]
    funding: Funding = COVERED
    media_type: str = "text"
    outputs: int = 1
    deadline: float = 0.0
    longest_wait: float = math.inf
    fallbacks: tuple["FallbackTarget", ...] = ()
    fall_back_on: FallBackOn = "failure"
    shown: bool = False
    keep: "Keep | None" = None
    conclude: "Conclude | None" = None
    gate: "Gate | None" = None
    soften: Soften | None = None


Gate: TypeAlias = Callable[[Tx], Awaitable[None]]
"""Raises a WzrdError where nothing may be sent (any more); what it has seen stands until the transaction ends."""
Keep: TypeAlias = Callable[[Target, Output], Coroutine[Any, Any, Output]]
"""Function that stores what a target made and returns it as recorded; a WzrdError where it cannot be kept."""
Conclude: TypeAlias = Callable[[UUID, Output, Target], Coroutine[Any, Any, int | None]]
"""Records the result of a submit (its row, what came, from whom) with what it ends, in one commit that may be repeated.

Returns the credits charged; None where nothing was written, and the result is to be recorded by itself.
"""


@dataclass(frozen=True, slots=True)
class FallbackTarget:
    """Target to be asked instead: its price is held anew first. `inputs`: its own inputs, if not the same.

    `name` is the model's id in the catalog, as clients know it.
    """

    target: Target
    name: str
    funding: Funding = COVERED
    inputs: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Fallback:
    """Another target is being asked now; `error` is what became of the one before."""

    name: str
    error: str


@dataclass(frozen=True, slots=True)
class Generated:
    """The result.

    `target` is what really ran, `fallback_reason` why it is another than the wanted one; `replayed` when it had been
    made before and nothing was sent now; `charged`: credits of its own hold; `softened`: changes to the prompt that
    it was made of, after that had been refused.
    """

    output: Output
    target: Target
    fallback_reason: str | None = None
    replayed: bool = False
    charged: int = 0
    softened: tuple[str, ...] = ()


def pack(output: Output) -> dict[str, Any]:
    """An output as the table keeps it."""
    return {"text": output.text, "media": list(output.media), "raw": dict(output.raw)}


def unpack(stored: Mapping[str, Any], cost_usd: float | None) -> Output:
    """The output that `pack` made."""
    return Output(stored.get("text"), tuple(stored.get("media", ())), cost_usd, dict(stored.get("raw", {})))
