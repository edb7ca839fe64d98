"""The flows by their Prefect names: what a warm worker has preloaded and what gets deployed."""

from typing import Any

from prefect import Flow

from flows.check_providers import check_providers
from flows.reconcile import reconcile
from wzrd.operations import KINDS
from wzrd.runtime.kind import Kind


def _flow_of(kind: Kind) -> Flow[..., Any]:
    """The flow of a kind of run, which takes what the kind hands it.

    Raises:
        RuntimeError: the flow, or one of its parameters, is missing.
    """
    flow: Flow[..., Any] = kind.find(__name__, kind.module)
    if flow.name != kind.name:
        raise RuntimeError(f"the flow of the kind {kind.name} is named {flow.name!r}: see flows/{kind.module}.py")
    wanted = {parameter for parameter in kind.parameters.values() if parameter} | {"request_id", "run_id"}
    if missing := sorted(wanted - flow.parameters.properties.keys()):
        raise RuntimeError(f"the flow {kind.name} has no parameter {', '.join(missing)}")
    return flow


FLOWS: dict[str, Flow[..., Any]] = {
    flow.name: flow for flow in (*map(_flow_of, KINDS.values()), reconcile, check_providers)
}
