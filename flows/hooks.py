# ruff: noqa: ARG001 - every hook has Prefect's signature
"""Prefect's state transitions → the run row: what a flow body cannot tell. Hooks may be lost; each is guarded.

running → a second time, an event for the followers · completed → the net under `finish` ·
failed → the run fails, unless its body already ended it · crashed → not terminal: the lease expires and the reaper
resumes · cancelled → the run is canceled.
"""

from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import FlowRun, State

from tasks.flow_states import emit_running, expire, settle


async def on_running(flow: "Flow[..., Any]", flow_run: FlowRun, state: State[Any]) -> None:
    """A second attempt of the same flow run is an event for every follower of the stream."""
    await emit_running(flow_run)


async def on_completion(flow: "Flow[..., Any]", flow_run: FlowRun, state: State[Any]) -> None:
    """The net under the body's own finish: does nothing when the run has ended."""
    await settle(flow_run)


async def on_failure(flow: "Flow[..., Any]", flow_run: FlowRun, state: State[Any]) -> None:
    """The body raised before it could end the run (bad parameters, a claim refused)."""
    await settle(flow_run, error=state.message or "The flow failed")


async def on_crashed(flow: "Flow[..., Any]", flow_run: FlowRun, state: State[Any]) -> None:
    """A crash ends nothing: the run is handed over."""
    await expire(flow_run)


async def on_cancellation(flow: "Flow[..., Any]", flow_run: FlowRun, state: State[Any]) -> None:
    """Prefect cancelled the flow run."""
    await settle(flow_run, canceled=True)


durable: dict[str, Any] = {
    "retries": 0,
    "persist_result": True,
    "result_serializer": "json",
    "validate_parameters": True,
    "on_running": [on_running],
    "on_completion": [on_completion],
    "on_failure": [on_failure],
    "on_crashed": [on_crashed],
    "on_cancellation": [on_cancellation],
}
"""Options of every flow of ours: never retried by Prefect (a retry is a reopened run), results kept, hooked."""
