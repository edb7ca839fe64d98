"""Check that Prefect's worker is as the fast path knows it: six private names, and what each takes."""

import inspect
from collections.abc import Mapping
from typing import Any

from prefect.workers.base import BaseWorker

TESTED = ("3.9.1",)
"""The releases of Prefect that the acceptance tests have run on (`make compat` says when there is a newer one)."""

METHODS: Mapping[str, tuple[bool, tuple[str, ...]]] = {
    "_submit_run": (True, ("self", "flow_run")),
    "_propose_pending_state": (True, ("self", "flow_run")),
    "_propose_crashed_state": (True, ("self", "flow_run", "message", "client")),
    "_release_limit_slot": (False, ("self", "flow_run_id")),
}
"""Private methods of Prefect's worker: whether each is a coroutine function, and its parameters."""
OBSERVER = "_cancelling_observer"
SUBMITTING = "_submitting_flow_run_ids"


def list_unknown(worker: Any, *, base: Any = BaseWorker) -> list[str]:
    """Those of the six names that this worker's base lacks, or that take something else than we know."""
    unknown = [name for name, known in METHODS.items() if _shape(getattr(base, name, None)) != known]
    if not isinstance(getattr(worker, SUBMITTING, None), set):
        unknown.append(SUBMITTING)
    observer = getattr(worker, OBSERVER, unknown)
    if observer is not None and not hasattr(observer, "remove_in_flight_flow_run_id"):
        unknown.append(OBSERVER)
    return unknown


def _shape(method: Any) -> tuple[bool, tuple[str, ...]] | None:
    if not callable(method):
        return None
    return inspect.iscoroutinefunction(method), tuple(inspect.signature(method).parameters)
