"""Holds, charges and refunds of a generation that pays for itself."""

from dataclasses import replace

import pytest

from tests.fakes.chat import breaks_off, chat_server, refuses, says
from tests.generation.claimed import PAID, TextRun, armed, open_text_run, providers_for
from tests.rows import balance
from wzrd.domain.errors import (
    InsufficientCredits,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
)
from wzrd.domain.submission import Target
from wzrd.faults import FaultRaised
from wzrd.generation import Own
from wzrd.runtime.process import Runtime


async def test_an_own_generation_is_held_charged_and_recorded_once(rig: TextRun) -> None:
    """Its price is held before the submit and committed with the result; a repetition costs nothing."""
    before = await balance(rig.runtime, rig.studio.user_id)
    rig.server.script = [refuses(429, retry_after="0"), says("ok")]
    assert (await rig.ask(PAID))[1].charged == 5
    assert await rig.holds() == [("asset/1", "committed")]
    assert (await rig.ask(PAID, lease=await rig.resumed()))[1].charged == 0
    assert await balance(rig.runtime, rig.studio.user_id) == before - 5


async def test_a_failed_own_generation_costs_nothing_and_may_come_again(rig: TextRun) -> None:
    """The hold goes back with the failure; the next try in the same attempt takes a new one."""
    before = await balance(rig.runtime, rig.studio.user_id)
    rig.server.script = [refuses(401), breaks_off("half"), says("ok")]
    for kind in (ProviderRejected, ProviderFailed):
        with pytest.raises(kind):
            await rig.ask(PAID)
        assert await balance(rig.runtime, rig.studio.user_id) == before
    await rig.ask(PAID)
    assert await balance(rig.runtime, rig.studio.user_id) == before - 5
    assert [status for _, status in await rig.holds()] == ["released", "released", "committed"]


async def test_a_user_is_charged_once_though_we_paid_twice(rig: TextRun) -> None:
    """A death, a resubmission, one charge; a refusal after two losses gives the hold back."""
    before = await balance(rig.runtime, rig.studio.user_id)
    async with armed("before_record=raise"):
        with pytest.raises(FaultRaised):
            await rig.ask(PAID)
    assert await balance(rig.runtime, rig.studio.user_id) == before - 5
    await rig.ask(PAID, lease=await rig.resumed())
    assert await balance(rig.runtime, rig.studio.user_id) == before - 5
    other = replace(PAID, item_key="asset/2")
    async with armed("before_record=raise"):
        for _ in range(2):
            with pytest.raises(FaultRaised):
                await rig.ask(other, lease=await rig.resumed())
    with pytest.raises(ProviderUnknown):
        await rig.ask(other, lease=await rig.resumed())
    assert await balance(rig.runtime, rig.studio.user_id) == before - 5


async def test_another_target_is_held_at_its_own_price(rig: TextRun) -> None:
    """A fallback target replaces the hold that a death left, before anything is sent."""
    before = await balance(rig.runtime, rig.studio.user_id)
    async with armed("after_intent=raise"):
        with pytest.raises(FaultRaised):
            await rig.ask(PAID)
    dearer = replace(PAID, target=Target("groq", "bigger"), funding=Own(7))
    await rig.ask(dearer, lease=await rig.resumed())
    assert await balance(rig.runtime, rig.studio.user_id) == before - 7
    assert [status for _, status in await rig.holds()] == ["released", "committed"]


async def test_without_credits_nothing_is_sent(runtime: Runtime) -> None:
    """402 before the submit: no row, no hold, no bytes."""
    async with chat_server() as server:
        runtime.providers = providers_for(server)
        rig = await open_text_run(runtime, server, funds=4)
        with pytest.raises(InsufficientCredits):
            await rig.ask(PAID)
        assert (await rig.jobs("asset/1"), await rig.holds(), server.submits) == ([], [], 0)
        await runtime.providers.aclose()
