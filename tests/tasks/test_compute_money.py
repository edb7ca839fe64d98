"""Holds, top-ups and payments of a graph's run: the worked examples of docs/money.md."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from tests.fakes.images import FakeImages
from tests.playing import run_once
from tests.tasks.graph_project import DEAR, FLUX, PRICE, ComputeRig, FakeText, make_compute_rig
from tests.waiting import let_others_run
from wzrd.db.items import list_items
from wzrd.domain.errors import OverBudget, OverMoney, ProviderFailed, UnknownPrice
from wzrd.domain.money import MoneyBound
from wzrd.runs.execute import claim
from wzrd.runs.finish import cancel, reopen
from wzrd.runs.steps import step
from wzrd.runs.top_up import raise_price
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

CHEAP, CHEAP_PRICE = "gmi/z-image-fast", 1
WORDS = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten"


async def with_gmi(runtime: Runtime, funds: int = 1000) -> tuple[ComputeRig, FakeImages]:
    """A rig that has a second provider."""
    gmi = FakeImages(name="gmi-cloud", inline=True)
    rig = await make_compute_rig(runtime, funds, gmi)
    return rig, gmi


def cheap(rig: ComputeRig, name: str) -> dict[str, Any]:
    """A picture by the second provider, which edits one that lies on the internet."""
    return rig.image(name, CHEAP, image_url="https://1.1.1.1/a.png")


async def test_a_cheaper_model_instead_costs_what_it_costs(runtime: Runtime) -> None:
    """The dear one fails, the default stands in: 3 instead of 7; and nobody is answered with it later."""
    rig = await make_compute_rig(runtime)
    rig.images.acts = {"a lamp": [ProviderFailed("the dear brush broke")]}
    await rig.save([rig.image("a", DEAR, prompt="a lamp")])
    run_id, status = await rig.run()
    item = (await rig.items(run_id))["a"]
    assert (status, item.price, await rig.left()) == ("succeeded", PRICE, 1000 - PRICE)
    result = (item.output or {})["result"]
    assert (result["model"], result["endpoint_model"], result["fallback_used"]) == (DEAR, FLUX, True)
    await rig.run()
    assert len(rig.images.asked) == 3


async def test_a_dearer_model_instead_is_held_before_it_is_asked(runtime: Runtime) -> None:
    """The difference is a hold of its own, taken before anything is sent; both are settled together."""
    rig, gmi = await with_gmi(runtime)
    gmi.acts = {"a": [ProviderFailed("no paint")]}
    held: list[int] = []

    async def look(_prompt: str) -> None:
        held.append(sum(amount for amount, status, _ in await rig.holds(run_id) if status == "held"))

    rig.images.during = look
    await rig.save([cheap(rig, "a"), cheap(rig, "b")])
    run_id = await rig.start()
    assert await rig.holds(run_id) == [(2 * CHEAP_PRICE, "held", None)]
    assert await run_once(runtime, run_id) == "succeeded"
    assert held == [2 * CHEAP_PRICE + 2]
    assert await rig.holds(run_id) == [(2, "committed", 2), (2, "committed", 2)]
    assert await rig.left() == 1000 - PRICE - CHEAP_PRICE


async def test_what_may_cost_too_many_dollars_is_not_begun(runtime: Runtime) -> None:
    """Two pictures at $0.003 are more than $0.005: refused with the figures, and nothing is held."""
    rig = await make_compute_rig(runtime)
    await rig.save([rig.image("a", FLUX), rig.image("b", FLUX)])
    with pytest.raises(OverMoney) as refused:
        await rig.run(money=MoneyBound(Decimal("0.005")))
    assert refused.value.details == {"requiredUsd": "0.006", "availableUsd": "0.005"}
    assert (await rig.left(), rig.images.asked) == (1000, [])


async def test_a_node_whose_price_nobody_knows_is_named(runtime: Runtime) -> None:
    """With a bound in dollars it is not begun; the error says how it may be."""
    rig, gmi = await with_gmi(runtime)
    await rig.save([cheap(rig, "a")])
    with pytest.raises(UnknownPrice, match=f"--unpriced {CHEAP}"):
        await rig.run(money=MoneyBound(Decimal(5)))
    assert gmi.asked == []


async def test_a_dearer_model_instead_stays_within_the_dollars(runtime: Runtime) -> None:
    """A model without a known price, allowed by name, fails; the one that stands in has no dollars: that node fails."""
    rig, gmi = await with_gmi(runtime)
    gmi.acts = {"a": [ProviderFailed("no paint")]}
    await rig.save([cheap(rig, "a"), cheap(rig, "b")])
    run_id, status = await rig.run(money=MoneyBound(Decimal("0.002"), (CHEAP,)))
    items = await rig.items(run_id)
    assert (status, items["a"].status, items["b"].status) == ("partial", "failed", "succeeded")
    assert (items["a"].output or {})["code"] == "over_max_usd"
    assert rig.images.asked == []


@pytest.mark.parametrize("budget", [None, 3])
async def test_a_refused_top_up_stops_one_node(runtime: Runtime, budget: int | None) -> None:
    """Neither the balance nor `maxCredits` is exceeded: that node fails with the figures, the others go on."""
    rig, gmi = await with_gmi(runtime, funds=1000 if budget else 2)
    gmi.acts = {"a": [ProviderFailed("no paint")]}
    await rig.save([cheap(rig, "a"), cheap(rig, "b")])
    run_id, status = await rig.run(max_credits=budget)
    items = await rig.items(run_id)
    assert (status, items["a"].status, items["b"].status) == ("partial", "failed", "succeeded")
    assert (items["a"].output or {})["code"] == "insufficient_credits"
    assert rig.images.asked == []
    assert await rig.left() == (1000 if budget else 2) - CHEAP_PRICE
    assert (items["a"].error or "").startswith("This run would cost 4 credits" if budget else "Insufficient credits.")


async def test_a_batch_costs_its_elements_and_a_retry_what_is_missing(runtime: Runtime) -> None:
    """Ten calls, seven delivered: 21 of 30 charged, the node failed; its retry holds and charges 9, and makes three."""
    rig = await make_compute_rig(runtime)
    bad = ("two", "five", "nine")
    rig.images.acts = {word: [ProviderFailed("no paint")] for word in bad}
    await rig.save(
        [
            rig.node("words", "Text", actionId="text.split", text=WORDS),
            rig.image("p", prompt=None),
            rig.node("o", "Output"),
        ],
        rig.edge("words", "p"),
        rig.edge("p", "o", "input"),
    )
    run_id, status = await rig.run()
    items = await rig.items(run_id)
    assert (status, items["p"].status, items["o"].status) == ("partial", "failed", "skipped")
    assert (items["p"].error or "").startswith("3 of 10 could not be made")
    assert sorted(items[f"p#{i}"].status for i in range(10)) == ["failed"] * 3 + ["succeeded"] * 7
    assert await rig.left() == 1000 - 7 * PRICE
    rig.images.asked.clear()
    await reopen(runtime, run_id)
    held = [hold for hold in await rig.holds(run_id) if hold[1] == "held"]
    assert held == [(3 * PRICE, "held", None)]
    assert await run_once(runtime, run_id) == "succeeded"
    assert sorted(rig.images.asked) == sorted(bad)
    assert await rig.left() == 1000 - 10 * PRICE
    result = ((await rig.items(run_id))["p"].output or {})["result"]
    assert (len(result["urls"]), result["data"]["item_count"]) == (10, 10)
    assert (await rig.told(run_id))["p"] == ["running", "failed", "running", "succeeded"]


@pytest.mark.parametrize("came", [b"<html>busy</html>", "https://1.1.1.1:1/a.png"], ids=["a page", "a bad address"])
async def test_a_node_that_got_no_picture_is_free_and_asks_again_with_leave(runtime: Runtime, came: Any) -> None:
    """A page instead of a picture: that node fails, unpaid; a retry sends nothing, one with leave once."""
    rig = await make_compute_rig(runtime)
    rig.images.acts = {"a": [came]}
    await rig.save([rig.image("a", FLUX), rig.image("b", FLUX)])
    run_id, status = await rig.run()
    assert (status, await rig.left()) == ("partial", 1000 - PRICE)
    assert ((await rig.items(run_id))["a"].output or {})["code"] == "result_useless"
    await reopen(runtime, run_id)
    assert (await run_once(runtime, run_id), rig.images.asked.count("a")) == ("partial", 1)
    await reopen(runtime, run_id, resubmit_unknown=True)
    assert (await run_once(runtime, run_id), rig.images.asked.count("a")) == ("succeeded", 2)
    assert await rig.left() == 1000 - 2 * PRICE


async def test_a_batch_that_cannot_be_paid_sends_nothing(runtime: Runtime) -> None:
    """Its size is known when it runs: the difference is refused, nothing was asked of anybody."""
    rig = await make_compute_rig(runtime, 1 + 5 * PRICE, FakeText(WORDS))
    await rig.save(
        [
            rig.node("llm", "Text", prompt="ten words"),
            rig.node("words", "Text", actionId="text.split"),
            rig.image("p", prompt=None),
        ],
        rig.edge("llm", "words", "text"),
        rig.edge("words", "p"),
    )
    run_id, status = await rig.run()
    items = await rig.items(run_id)
    assert (status, items["p"].status, (items["p"].output or {})["code"]) == (
        "partial",
        "failed",
        "insufficient_credits",
    )
    assert (rig.images.asked, await rig.left()) == ([], 5 * PRICE)
    assert set(items) == {"llm", "words", "p"}


async def test_a_price_is_raised_once_and_never_beyond_the_budget(runtime: Runtime) -> None:
    """A repeated step holds nothing twice; the limit is that of the whole run, and a refusal changes nothing."""
    rig = await make_compute_rig(runtime)
    await rig.save([rig.image(name) for name in "abc"])
    run_id = await rig.start(max_credits=20)
    lease = await claim(runtime, run_id, flow_run_id=None)
    assert lease is not None

    async def raised(name: str, price: int) -> None:
        async with step(runtime, lease) as current:
            await raise_price(runtime, current.tx, lease, rig.id(name), price)

    for _ in range(2):
        await raised("a", 10)
    assert [amount for amount, _, _ in await rig.holds(run_id)] == [9, 7]
    with pytest.raises(OverBudget) as refused:
        await raised("b", 10)
    assert refused.value.message == "This run would cost 23 credits in all, more than its maxCredits 20"
    await raised("b", 7)
    assert [amount for amount, _, _ in await rig.holds(run_id)] == [9, 7, 4]
    await cancel(runtime, run_id, rig.studio.user_id)
    assert await run_ended(runtime, run_id)
    assert await rig.left() == 1000


async def run_ended(runtime: Runtime, run_id: uuid.UUID) -> bool:
    """Cancelled while claimed by nobody's work: its process settles it."""
    from wzrd.domain.settlement import Outcome
    from wzrd.runs.finish import finish

    async with runtime.begin() as tx:
        items = await list_items(tx, run_id)
    lease = await claim(runtime, run_id, flow_run_id=None)
    assert lease is not None
    await let_others_run()
    return (await finish(runtime, run_id, Outcome(canceled=True), lease=lease)) == "canceled" and len(items) == 3


async def test_what_a_node_ordered_and_did_not_get_is_not_paid(runtime: Runtime) -> None:
    """Four pictures are held, one is made: the node costs one, now and in a later attempt."""
    rig = await make_compute_rig(runtime)
    rig.images.acts = {"b": [ProviderFailed("no paint")]}
    await rig.save([rig.image("a", numImages=4), rig.image("b")])
    run_id, status = await rig.run()
    assert await rig.holds(run_id) == [(5 * PRICE, "committed", PRICE)]
    assert (status, (await rig.items(run_id))["a"].price, await rig.left()) == ("partial", PRICE, 1000 - PRICE)
    await reopen(runtime, run_id)
    assert await rig.left() == 1000 - 2 * PRICE
    assert await run_once(runtime, run_id) == "succeeded"
    assert await rig.left() == 1000 - 2 * PRICE
