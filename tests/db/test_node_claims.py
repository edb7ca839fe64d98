"""Claims of cache keys: who makes what, and what was made while a claim waited."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.rows import keep_output, somebody_waits
from tests.tasks.compute_rig import ComputeRig, make_compute_rig
from wzrd.db.node_claims import claim_keys, drop_claims
from wzrd.runtime.process import Runtime


async def claim(runtime: Runtime, rig: ComputeRig, run_id: UUID) -> Mapping[str, Mapping[str, Any] | None]:
    """As a run begins its node `a`."""
    async with runtime.begin() as tx:
        claimed = await claim_keys(tx, run_id, rig.studio.user_id, {rig.id("a"): "key"})
        if claimed:
            await tx.execute(text("update wzrd.run_items set status = 'running' where run_id = :id"), {"id": run_id})
        return claimed


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
