"""Nodes that begin and end by one statement: the fence, the guard, gapless events, mirrors that may fail."""

import contextlib
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import text

from tests.tasks.graph_project import ComputeRig, make_compute_rig
from wzrd.contracts.compute import node_status
from wzrd.db.compute_runs import NodeNews
from wzrd.db.graph_items import NodeWrite, write_nodes
from wzrd.db.joined_jobs import ItemSubmit, SubmitResult, insert_sending
from wzrd.db.node_outputs import find_outputs
from wzrd.db.provider_jobs import advance_job, find_job
from wzrd.db.runs import request_cancel
from wzrd.domain.errors import LeaseLost
from wzrd.domain.lease import Lease
from wzrd.domain.submission import Target
from wzrd.runs.execute import claim
from wzrd.runtime.process import Runtime


async def begun(runtime: Runtime) -> tuple[ComputeRig, Lease]:
    """A run of two pictures, claimed."""
    rig = await make_compute_rig(runtime)
    await rig.save([rig.image("a"), rig.image("b")])
    lease = await claim(runtime, await rig.start(), flow_run_id=None)
    assert lease is not None
    return rig, lease


async def write(rig: ComputeRig, lease: Lease, *nodes: NodeWrite) -> set[str]:
    studio = rig.studio
    async with rig.runtime.autocommit() as tx:
        written = await write_nodes(tx, lease, studio.user_id, studio.project_id, nodes)
    names = {node_id: name for name, node_id in rig.ids.items()}
    return {names[key] for key in written.moved}


def to(rig: ComputeRig, name: str, status: str) -> NodeWrite:
    """A node that goes there, with its event, its mirror and its place in the cache."""
    key = rig.id(name)
    output = {"result": {"type": "text", "data": name}} if status == "succeeded" else None
    news = NodeNews(uuid.UUID(key), status)
    return NodeWrite(key, status, output, events=[node_status(key, status)], news=news, kept=(f"key {name}", "recipe"))


async def numbers(rig: ComputeRig, lease: Lease) -> list[int]:
    """Those of the run's events."""
    async with rig.runtime.begin() as tx:
        statement = text("select seq from wzrd.run_events where run_id = :id order by seq")
        return list((await tx.scalars(statement, {"id": lease.run_id})).all())


async def test_what_moves_is_told_mirrored_and_kept(runtime: Runtime) -> None:
    """Each node once: what is repeated moves nothing, and says nothing. Events have no gaps."""
    rig, lease = await begun(runtime)
    first = len(await numbers(rig, lease))
    assert await write(rig, lease, to(rig, "a", "running"), to(rig, "b", "running")) == {"a", "b"}
    assert await write(rig, lease, to(rig, "a", "running")) == set()
    assert await write(rig, lease, to(rig, "a", "succeeded"), to(rig, "b", "failed")) == {"a", "b"}
    assert await write(rig, lease, to(rig, "a", "succeeded"), to(rig, "b", "succeeded")) == set()
    assert await rig.told(lease.run_id) == {"a": ["running", "succeeded"], "b": ["running", "failed"]}
    assert await numbers(rig, lease) == list(range(1, first + 5))
    shown = await rig.shown()
    assert {name: row.status for name, row in shown.items()} == {"a": "succeeded", "b": "failed"}
    items = await rig.items(lease.run_id)
    assert {name: (item.attempts, item.delivered) for name, item in items.items()} == {"a": (1, True), "b": (1, False)}
    async with runtime.begin() as tx:
        assert await find_outputs(tx, ["key a", "key b"]) == {"key a": {"type": "text", "data": "a"}}


async def test_a_former_owner_writes_nothing(runtime: Runtime) -> None:
    """Of a lease that was lost nothing is written, nor of a run that is to be canceled; what is made still is."""
    rig, lease = await begun(runtime)
    with pytest.raises(LeaseLost):
        await write(rig, replace(lease, epoch=lease.epoch - 1), to(rig, "a", "running"))
    await write(rig, lease, to(rig, "a", "running"))
    async with runtime.begin() as tx:
        await request_cancel(tx, lease.run_id)
    assert await write(rig, lease, to(rig, "a", "succeeded"), to(rig, "b", "running")) == {"a"}
    assert await rig.statuses(lease.run_id) == {"a": "succeeded", "b": "pending"}


@pytest.mark.parametrize("ours", [True, False])
async def test_an_answer_is_recorded_with_its_nodes_end(runtime: Runtime, ours: bool) -> None:
    """Not where the lease was lost (it is recorded by itself then), nor where it has been given up meanwhile."""
    rig, lease = await begun(runtime)
    first = ItemSubmit(rig.id("a"), Target("groq", "some-model"), "text", 60.0)
    given_up = ItemSubmit(rig.id("b"), Target("groq", "some-model"), "text", 60.0)
    async with runtime.begin() as tx:
        await insert_sending(tx, lease, [first, given_up])
        await advance_job(tx, given_up.job_id(lease.run_id), "failed", error="given up")
    ids = [one.job_id(lease.run_id) for one in (first, given_up)]
    answers = [SubmitResult(job_id, '{"text": "some words"}', 0.25) for job_id in ids]
    writing = replace(lease, epoch=lease.epoch - (not ours))
    async with rig.runtime.autocommit() as tx:
        with contextlib.nullcontext() if ours else pytest.raises(LeaseLost):
            await write_nodes(tx, writing, rig.studio.user_id, None, [to(rig, "a", "succeeded")], answers)
    async with runtime.begin() as tx:
        jobs = [await find_job(tx, job_id) for job_id in ids]
    stands = [(job.status, job.output) for job in jobs if job is not None]
    assert stands == [("succeeded", {"text": "some words"}) if ours else ("sending", None), ("failed", None)]
    assert (await rig.statuses(lease.run_id))["a"] == ("succeeded" if ours else "pending")


async def test_a_mirror_that_is_refused_undoes_nothing(runtime: Runtime) -> None:
    """A trigger of somebody else's on the studio's rows may raise: item, event and cache row stand."""
    rig, lease = await begun(runtime)
    async with runtime.begin() as tx:
        await tx.execute(text("alter table public.compute_nodes add constraint no_runs check (status <> 'running')"))
    try:
        assert await write(rig, lease, to(rig, "a", "running")) == {"a"}
    finally:
        async with runtime.begin() as tx:
            await tx.execute(text("alter table public.compute_nodes drop constraint no_runs"))
    assert (await rig.shown())["a"].status == "idle"
    assert await rig.told(lease.run_id) == {"a": ["running"]}
