"""What differs between the kinds of run: their price by what is asked or delivered, and the event that ends them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from wzrd.contracts.events import News
from wzrd.domain.credits import gen_shots_price
from wzrd.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class Ending:
    """All that a terminal event may tell."""

    run_id: str
    request_id: str
    status: str
    completed: int
    error: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])


class PricedItem(Protocol):
    """One unit of what is asked or delivered; `price` is its own, stamped when the run began."""

    @property
    def key(self) -> str:
        """Its name within the run."""
        ...

    @property
    def price(self) -> int:
        """What it costs where items are priced one by one."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of run. `price(items)` is what the run's own hold pays for these items in all."""

    name: str
    resource_type: str
    reference_type: str
    price: Callable[[Sequence[PricedItem]], int]
    terminal: Callable[[Ending], News]


def _gen_shots_terminal(ending: Ending) -> News:
    if ending.status == "succeeded":
        body = {"completed": True, "total": ending.completed, "requestId": ending.request_id, **ending.result}
        return News("done", body)
    return News("error", {"error": ending.error or "Streaming failed", "requestId": ending.request_id})


def _auto_generate_terminal(ending: Ending) -> News:
    """`complete` however it ends, with what was made; `error` when nothing could be begun."""
    if ending.status == "failed" and not ending.result.get("failed"):
        return News("error", {"error": ending.error or "Generation failed", "runId": ending.run_id})
    head = {"runId": ending.run_id, "status": ending.status, "completed": ending.completed}
    rest = {"phase": "idle"} if ending.status == "canceled" else {}
    return News("complete", {**head, **ending.result, **rest, **({"error": ending.error} if ending.error else {})})


def _director_cut_terminal(ending: Ending) -> News:
    """`complete` when there is a film, though something may be missing in it; else `error`, in the job's words."""
    head = {"jobId": ending.run_id}
    if ending.result.get("outputUrl") and ending.status in {"succeeded", "partial"}:
        return News("complete", {**head, "status": "completed", "progress": 100, **ending.result})
    error = ending.error or "The film could not be made"
    return News("error", {**head, "status": "failed", "error": error, **ending.result})


def _by_the_shot(items: Sequence[PricedItem]) -> int:
    """The documented workflow price: it goes by the number of shots, whoever writes them."""
    return gen_shots_price(len(items))


def _free(_items: Sequence[PricedItem]) -> int:
    """The run itself costs nothing: its items pay for themselves, or are free."""
    return 0


AUTO_GENERATE = "auto-generate"

KINDS: Mapping[str, Kind] = {
    "gen-shots": Kind("gen-shots", "text", "gen_shots", _by_the_shot, _gen_shots_terminal),
    AUTO_GENERATE: Kind(AUTO_GENERATE, "image", "auto_generate", _free, _auto_generate_terminal),
    "director-cut": Kind("director-cut", "video", "director_cut", _free, _director_cut_terminal),
}


def find_kind(name: str) -> Kind:
    """The kind by its name.

    Raises:
        NotFound: this version knows no such kind.
    """
    try:
        return KINDS[name]
    except KeyError:
        raise NotFound(f"unknown kind of run: {name}") from None


def name_flow_run(kind: str, run_id: UUID, params: Mapping[str, Any]) -> str:
    """A name that a person finds again in Prefect's UI: what it is about, what is done, which run it is."""
    work = f"{kind} {str(run_id)[:8]}"
    return f"{params['label']} · {work}" if params.get("label") else work
