"""A graph whose worker is killed again and again: resumed, each node paid at most once, each number there.

A small one runs always; the large ones are storms: `SEEDS` gives as many, each killed 20 times, at places and moments
of its own. One voice is held back until the last kill, so that no run ends before it.
"""

import asyncio
import os
import random
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes, open_fakes
from tests.fakes.providers import settings_with
from tests.generation.forked import Forked, open_forked
from tests.playing import log_of
from tests.rows import broken_promises, make_studio
from tests.tasks.graph_project import ComputeRig
from wzrd.animatic.provider import Animatic
from wzrd.providers.opening import open_providers
from wzrd.runs.finish import reopen
from wzrd.runtime.process import Runtime

SPEECH, PRICE = "gmi/elevenlabs-tts-v3", 3
HELD = "line 0 of 0"
POINTS = (
    *("after_claim", "after_intent", "before_send", "after_send", "after_ack", "before_record", "before_store"),
    *(
        "after_store",
        "before_node",
        "before_node_end",
        "before_step_commit",
        "after_step_commit",
        "before_settle_commit",
    ),
)
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1").replace(",", " ").split()]


@pytest.fixture
async def processes(
    runtime: Runtime, database_url: str, tmp_path: Path
) -> AsyncGenerator[tuple[Runtime, Fakes, Forked]]:
    """The fakes, and processes that can be killed."""
    async with open_fakes(process=True) as fakes:
        environment = {
            **fakes.environment(),
            "WZRD_DATABASE_URL": database_url,
            "WZRD_HOME": str(tmp_path / "home"),
            "WZRD_OFFLINE": "never",
            "WZRD_POOL_SIZE": "4",
            "PREFECT_API_URL": "",
        }
        runtime.settings = settings_with(runtime.settings, environment)
        runtime.providers = open_providers(runtime.settings, local=[Animatic()])
        async with open_forked(environment) as forked:
            yield runtime, fakes, forked
        await runtime.providers.aclose(grace=0.1)


async def save_chains(rig: ComputeRig, chains: int, voices: int) -> None:
    """Chains of nodes: words, so many voices one after the other, and where it goes."""
    nodes: list[Any] = []
    edges: list[Any] = []
    for chain in range(chains):
        nodes.append(rig.node(f"w{chain}", "Prompt", prompt=f"voice {chain}"))
        for place in range(voices):
            nodes.append(rig.node(f"v{chain}.{place}", "Audio", model=SPEECH, prompt=f"line {place} of {chain}"))
            edges.append(rig.edge(f"v{chain}.{place - 1}" if place else f"w{chain}", f"v{chain}.{place}", "input"))
        nodes.append(rig.node(f"o{chain}", "Output"))
        edges.append(rig.edge(f"v{chain}.{voices - 1}", f"o{chain}", "input"))
    await rig.save(nodes, *edges)


async def outputs(rig: ComputeRig, run_id: uuid.UUID) -> dict[str, str]:
    """Hash of each voice's file."""
    items = await rig.items(run_id)
    return {name: (item.output or {})["result"]["sha256"] for name, item in items.items() if name.startswith("v")}


async def execute_released(forked: Forked, fakes: Fakes, run_id: uuid.UUID) -> int:
    """Execute the run, and release the voice that is held back, which may be asked for only now; its exit code."""
    executing = asyncio.create_task(forked.execute(run_id))
    while not (await asyncio.wait({executing}, timeout=0.1))[0]:
        await fakes.release(HELD)
    return executing.result()


@pytest.mark.parametrize(
    ("seed", "chains", "length", "kills"),
    [(1, 2, 3, 2), *(pytest.param(seed, 6, 8, 20, marks=pytest.mark.storm) for seed in SEEDS)],
)
async def test_a_graph_whose_worker_dies_again_and_again(
    processes: tuple[Runtime, Fakes, Forked], seed: int, chains: int, length: int, kills: int
) -> None:
    """Resumed each time: every node made and paid once, every event's number there once, outputs as undisturbed."""
    runtime, fakes, forked = processes
    rig, chance = ComputeRig(runtime, await make_studio(runtime, funds=1000), None), random.Random(seed)
    await save_chains(rig, chains, length)
    await fakes.script(Behaviour(match=HELD, hold="result"))
    run_id = await rig.start()
    for _ in range(kills):
        fault = f"{chance.choice(POINTS)}@{chance.randint(1, 3)}=kill" if chance.random() < 0.7 else ""
        assert await forked.execute(run_id, fault, seconds=chance.uniform(0.3, 3.0)) == -9
    assert await execute_released(forked, fakes, run_id) == 0
    if "failed" in (await rig.statuses(run_id)).values():  # killed right before it sent: nobody knows, its user says so
        assert {
            item.output["code"]
            for item in (await rig.items(run_id)).values()
            if item.status == "failed" and item.output
        } == {"provider_outcome_unknown"}
        await reopen(runtime, run_id, resubmit_unknown=True)
        assert await execute_released(forked, fakes, run_id) == 0
    voices = chains * length
    assert set((await rig.statuses(run_id)).values()) == {"succeeded"}
    assert await rig.left() == 1000 - voices * PRICE
    assert len(await fakes.paid_submits()) == voices
    assert all(told[-1] == "succeeded" and told.count("succeeded") == 1 for told in (await rig.told(run_id)).values())
    async with runtime.begin() as tx:
        statement = text("select seq from wzrd.run_events where run_id = :id order by seq")
        seqs = list((await tx.scalars(statement, {"id": run_id})).all())
    assert seqs == list(range(1, len(seqs) + 1))
    assert (await log_of(runtime, run_id))[-1][1]["status"] == "succeeded"
    again = await rig.start(use_cache=False)
    assert await forked.execute(again) == 0
    assert await outputs(rig, again) == await outputs(rig, run_id)
    assert await broken_promises(runtime) == []
