"""Outputs that were made once and may be used again, by their key."""

import asyncio
import uuid
from typing import Any

from sqlalchemy import text

from wzrd.db.node_outputs import (
    find_output,
    find_outputs,
    list_paid,
    list_spoken_takes,
    pay_outputs,
    store_output,
    store_outputs,
)
from wzrd.runtime.process import Runtime

USER = uuid.uuid4()


async def row(runtime: Runtime, key: str) -> Any:
    async with runtime.begin() as tx:
        return (await tx.execute(text("select * from wzrd.node_outputs where cache_key = :key"), {"key": key})).one()


async def test_what_is_stored_is_found_and_its_uses_counted(runtime: Runtime) -> None:
    """An unknown key is None; each look is a use; what is stored later gives way to nothing but itself."""
    async with runtime.begin() as tx:
        assert await find_output(tx, "a") is None
        await store_output(tx, "a", USER, {"n": 1})
    for _ in range(3):
        async with runtime.begin() as tx:
            assert await find_output(tx, "a") == {"n": 1}
    assert (await row(runtime, "a")).hits == 3
    async with runtime.begin() as tx:
        await store_output(tx, "a", USER, {"n": 2})
        assert await find_output(tx, "a") == {"n": 2}


async def test_two_that_store_the_same_at_once_both_succeed(runtime: Runtime) -> None:
    """One row, whole, of one of them."""

    async def store(number: int) -> None:
        async with runtime.begin() as tx:
            await store_output(tx, "same", USER, {"n": number})

    await asyncio.gather(*(store(number) for number in range(8)))
    assert (await row(runtime, "same")).output["n"] in range(8)


async def test_many_at_once_keep_what_stands(runtime: Runtime) -> None:
    """Facts that are there already are as good; stores of the same keys in any order never deadlock."""
    async with runtime.begin() as tx:
        await store_output(tx, "k1", USER, {"n": "first"})

    async def store(number: int) -> None:
        keys = [f"k{n}" for n in range(20)]
        async with runtime.begin() as tx:
            await store_outputs(tx, USER, {key: {"n": number} for key in (keys if number % 2 else reversed(keys))})

    await asyncio.gather(*(store(number) for number in range(8)))
    async with runtime.begin() as tx:
        found = await find_outputs(tx, [*(f"k{n}" for n in range(20)), "unknown"])
        assert await find_outputs(tx, []) == {}
        await store_outputs(tx, USER, {})
    assert len(found) == 20
    assert found["k1"] == {"n": "first"}
    assert (await row(runtime, "k1")).hits == 0


async def test_several_are_paid_at_once_and_each_once(runtime: Runtime) -> None:
    """Deliveries that overlap, at the same moment and in any order: the sum of what they pay is what was owed."""
    keys = [f"owed-{n}" for n in range(6)]
    async with runtime.begin() as tx:
        for key in keys:
            await store_output(tx, key, USER, {}, owed=4)
        await store_output(tx, "free", USER, {})
        assert await list_paid(tx, [*keys, "free", "unknown"]) == {"free"}

    async def pay(own: list[str]) -> int:
        async with runtime.begin() as tx:
            return await pay_outputs(tx, own)

    paid = await asyncio.gather(pay(keys[:4]), pay(keys[2:][::-1]), pay([*keys, "free"]), pay(["unknown"]), pay([]))
    assert sum(paid) == 24
    async with runtime.begin() as tx:
        assert await list_paid(tx, keys) == set(keys)


async def test_scratch_takes_are_known_by_their_facts(runtime: Runtime) -> None:
    """One's own, by the file's place; a recording is none."""
    async with runtime.begin() as tx:
        for name, facts in (("take", {"spoken": True}), ("silent", {"spoken": False}), ("sound", {"seconds": 1})):
            await store_output(tx, name, USER, {"bucket": "b", "path": f"{name}.wav", "facts": facts})
        paths = ["take.wav", "silent.wav", "sound.wav", "none.wav"]
        assert await list_spoken_takes(tx, USER, paths) == {("b", "take.wav"), ("b", "silent.wav")}
        assert await list_spoken_takes(tx, uuid.uuid4(), paths) == set()
