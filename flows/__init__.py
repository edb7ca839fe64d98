"""The flows by their Prefect names: what a warm worker has preloaded and what gets deployed."""

from typing import Any

from prefect import Flow

from flows.auto_generate import auto_generate
from flows.backfill import backfill
from flows.check_providers import check_providers
from flows.compute import compute
from flows.director_cut import director_cut
from flows.gen_shots import gen_shots
from flows.generate import generate
from flows.reconcile import reconcile
from tasks.artifacts.publishing import PAGES
from wzrd.operations import KINDS

FLOWS: dict[str, Flow[..., Any]] = {
    flow.name: flow
    for flow in (gen_shots, auto_generate, director_cut, generate, compute, backfill, reconcile, check_providers)
}


def _check() -> None:
    """See that every kind of run has its flow, its page, and that its flow takes what the kind hands it.

    Raises:
        RuntimeError: a flow, a page, or one of the flow's parameters, is missing.
    """
    for name, kind in KINDS.items():
        if name not in FLOWS:
            raise RuntimeError(f"no flow is named {name!r}: add flows/{name.replace('-', '_')}.py to flows.FLOWS")
        wanted = {parameter for parameter in kind.parameters.values() if parameter} | {"request_id", "run_id"}
        if name not in PAGES:
            raise RuntimeError(
                f"nothing shows a run of {name!r} on its page: add it to tasks.artifacts.publishing.PAGES"
            )
        if missing := sorted(wanted - FLOWS[name].parameters.properties.keys()):
            raise RuntimeError(f"the flow {name} has no parameter {', '.join(missing)}")


_check()
