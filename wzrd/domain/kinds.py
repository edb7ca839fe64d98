"""What differs between the kinds of run: their price by what was delivered, and the event that ends them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
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
    delivered: int
    error: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of run. `price(n)` is what n delivered items cost in all."""

    name: str
    resource_type: str
    reference_type: str
    price: Callable[[int], int]
    terminal: Callable[[Ending], News]


def _gen_shots_terminal(ending: Ending) -> News:
    if ending.status == "succeeded":
        body = {"completed": True, "total": ending.delivered, "requestId": ending.request_id, **ending.result}
        return News("done", body)
    return News("error", {"error": ending.error or "Streaming failed", "requestId": ending.request_id})


def _auto_generate_terminal(ending: Ending) -> News:
    """`complete` however it ends, with what was made; `error` when nothing could be begun."""
    if ending.status == "failed" and not ending.result.get("failed"):
        return News("error", {"error": ending.error or "Generation failed", "runId": ending.run_id})
    head = {"runId": ending.run_id, "status": ending.status, "completed": ending.delivered}
    rest = {"phase": "idle"} if ending.status == "canceled" else {}
    return News("complete", {**head, **ending.result, **rest, **({"error": ending.error} if ending.error else {})})


def _director_cut_terminal(ending: Ending) -> News:
    """`complete` when there is a film, though something may be missing in it; else `error`, in the job's words."""
    head = {"jobId": ending.run_id}
    if ending.result.get("outputUrl") and ending.status in {"succeeded", "partial"}:
        return News("complete", {**head, "status": "completed", "progress": 100, **ending.result})
    error = ending.error or "The film could not be made"
    return News("error", {**head, "status": "failed", "error": error, **ending.result})


def _free(_delivered: int) -> int:
    """The run itself costs nothing: its items pay for themselves, or are free."""
    return 0


AUTO_GENERATE = "auto-generate"

KINDS: Mapping[str, Kind] = {
    "gen-shots": Kind("gen-shots", "text", "gen_shots", gen_shots_price, _gen_shots_terminal),
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
