"""Claims of cache keys: who makes what, and what was made while a claim waited."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.rows import keep_output, somebody_waits
from tests.tasks.graph_project import ComputeRig, make_compute_rig
from wzrd.assets.content_cache import TAKE, Maker, make_once
from wzrd.db.node_claims import claim_keys, drop_claims
from wzrd.db.run_leases import claim_run
from wzrd.domain.errors import ProviderFailed
from wzrd.runtime.process import Runtime


async def claim(runtime: Runtime, rig: ComputeRig, run_id: UUID) -> Mapping[str, Mapping[str, Any] | None]:
    """As a run begins its node `a`."""
    async with runtime.begin() as tx:
        claimed = await claim_keys(tx, run_id, rig.studio.user_id, {rig.id("a"): "key"})
        if claimed:
            await tx.execute(text("update wzrd.run_items set status = 'running' where run_id = :id"), {"id": run_id})
        return claimed


async def test_what_could_not_be_made_is_claimed_no_longer(runtime: Runtime) -> None:
    """Its item goes on running, with other parts to make: another run's item need not wait for its end."""
    rig = await make_compute_rig(runtime)
    await rig.save([rig.image("a")])
    makers: list[Maker] = []
    for _ in range(2):
        run_id = await rig.start()
        async with runtime.begin() as tx:
            lease = await claim_run(tx, run_id, owner="me", flow_run_id=None)
            await tx.execute(text("update wzrd.run_items set status = 'running' where run_id = :id"), {"id": run_id})
        assert lease is not None
        makers.append(Maker(lease, rig.id("a")))

    async def fails(_path: Path) -> Mapping[str, Any]:
        raise ProviderFailed("no voice")

    async def makes(path: Path) -> Mapping[str, Any]:
        await asyncio.to_thread(path.write_bytes, b"sound")
        return {}

    user_id = rig.studio.user_id
    with pytest.raises(ProviderFailed):
        await make_once(runtime, user_id, {"line": 1}, TAKE, fails, maker=makers[0])
    async with asyncio.timeout(60):
        made = await make_once(runtime, user_id, {"line": 1}, TAKE, makes, maker=makers[1])
    assert not made.reused


async def test_what_is_stored_while_a_claim_waits_is_found(runtime: Runtime) -> None:
    """The maker ends in one transaction, which a rival's claim waits for: the rival gets it, and does not make it."""
    rig = await make_compute_rig(runtime)
    await rig.save([rig.image("a")])
    first, second = await rig.start(), await rig.start()
    assert await claim(runtime, rig, first) == {rig.id("a"): None}
    assert await claim(runtime, rig, second) == {}
    async with runtime.begin() as ending:
        await drop_claims(ending, first, [rig.id("a")])
        await keep_output(ending, rig.studio.user_id, "key", "recipe", {"n": 1})
        waiting = asyncio.create_task(claim(runtime, rig, second))
        await somebody_waits(runtime)
    assert await waiting == {rig.id("a"): {"n": 1}}
