"""fal's own prices: how they are asked for, what is believed of the answer, and what stands in without one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.fakes.chat import ChatServer, answers, drops, raw, refuses
from tests.providers.scripted_fal import KEY, make_fal, now
from wzrd.providers.fal.adapter import Fal
from wzrd.providers.fal.money import ASK_AGAIN, AT_ONCE, SOON, FalMoney
from wzrd.providers.http_border import JsonCalls

DEV = "fal-ai/flux/dev"
DOCUMENTED: Mapping[str, Any] = {
    "prices": [{"endpoint_id": DEV, "unit_price": 0.025, "unit": "image", "currency": "USD"}],
    "next_cursor": None,
    "has_more": False,
}
"""The example of fal's documentation."""


def page(*rows: Mapping[str, Any], cursor: str | None = None) -> dict[str, Any]:
    return {"prices": list(rows), "next_cursor": cursor, "has_more": cursor is not None}


def row(model: str = DEV, **more: object) -> dict[str, Any]:
    return {"endpoint_id": model, "unit_price": 0.025, "unit": "images", "currency": "USD", **more}


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def money(http: httpx.AsyncClient, server: ChatServer, clock: Clock) -> FalMoney:
    calls = JsonCalls("fal-ai", http, key=KEY, key_variable="FAL_KEY", scheme="Key", now=clock)
    return FalMoney(calls, f"{server.origin}/api/v1", now=clock)


async def test_the_documented_example(fal: Fal, server: ChatServer) -> None:
    """Asked with the key, by endpoint; the price, its unit as fal writes it, where and when it was said."""
    server.script = [answers(DOCUMENTED)]
    told = await fal.read_prices([DEV, "fal-ai/veo3"])
    (call,) = server.calls
    url = httpx.URL(call.path)
    assert (call.method, url.path) == ("GET", "/api/v1/models/pricing")
    assert dict(url.params) == {"endpoint_id": f"{DEV},fal-ai/veo3"}
    assert call.headers["authorization"] == f"Key {KEY}"
    assert (told[DEV].price, told[DEV].unit, told[DEV].read) == (Decimal("0.025"), "image", "2026-03-01")
    assert told[DEV].source.endswith("/api/v1/models/pricing")


async def test_it_is_asked_once_a_day(money: FalMoney, server: ChatServer, clock: Clock) -> None:
    """The prices that were read stand for a day; then they are read anew."""
    server.script = [answers(page(row())), answers(page(row(unit_price=0.03)))]
    first = await money.read_prices([DEV])
    clock.at += ASK_AGAIN - timedelta(seconds=1)
    assert await money.read_prices([DEV]) == first
    clock.at += timedelta(seconds=1)
    assert (await money.read_prices([DEV]))[DEV].price == Decimal("0.03")


async def test_fifty_endpoints_a_question_and_every_page(money: FalMoney, server: ChatServer) -> None:
    """As many as fal takes at once, and each answer to its last page."""
    models = [f"fal-ai/{at}" for at in range(AT_ONCE + 1)]
    server.script = [
        answers(page(row(models[0]), cursor="Mg==")),
        answers(page(row(models[1]))),
        answers(page(row(models[AT_ONCE]))),
    ]
    assert set(await money.read_prices(models)) == {models[0], models[1], models[AT_ONCE]}
    asked = [dict(httpx.URL(call.path).params) for call in server.calls]
    assert [len(one["endpoint_id"].split(",")) for one in asked] == [AT_ONCE, AT_ONCE, 1]
    assert [one.get("cursor") for one in asked] == [None, "Mg==", None]


async def test_an_endpoint_that_fal_lost_takes_no_other_price_away(money: FalMoney, server: ChatServer) -> None:
    """One unknown id refuses the whole question (404): the halves are asked for, until it stands alone."""
    server.script = [refuses(404), answers(page(row("a/b"))), refuses(404), refuses(404), answers(page(row("c/d")))]
    assert set(await money.read_prices(["a/b", "a/c", "c/lost", "c/d"])) == {"a/b", "c/d"}
    asked = [dict(httpx.URL(call.path).params)["endpoint_id"] for call in server.calls]
    assert asked == ["a/b,a/c,c/lost,c/d", "a/b,a/c", "c/lost,c/d", "c/lost", "c/d"]


@pytest.mark.parametrize(
    ("fault", "rest"),
    [
        (refuses(403), ASK_AGAIN),
        (refuses(401), ASK_AGAIN),
        (refuses(500), SOON),
        (refuses(429), SOON),
        (drops(), SOON),
        (answers({"rows": []}), SOON),
        (answers([row()]), SOON),
        (raw(b"<html>", kind="text/html"), SOON),
    ],
    ids=["403", "401", "500", "429", "dropped", "other shape", "list", "page"],
)
async def test_what_cannot_be_read_leaves_what_was_known(
    money: FalMoney, server: ChatServer, clock: Clock, fault: Any, rest: timedelta
) -> None:
    """No fault reaches a plan: the last prices stand, or none; it is asked again later, a key that may not in a day."""
    server.script = [fault, answers(page(row())), fault]
    assert await money.read_prices([DEV]) == {}
    clock.at += rest - timedelta(seconds=1)
    assert await money.read_prices([DEV]) == {}
    assert len(server.script) == 2, "it was asked for once"
    clock.at += timedelta(seconds=1)
    known = await money.read_prices([DEV])
    assert set(known) == {DEV}
    clock.at += ASK_AGAIN
    assert await money.read_prices([DEV]) == known


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit_price": 0},
        {"unit_price": -1},
        {"unit_price": None},
        {"unit_price": True},
        {"unit_price": "NaN"},
        {"unit_price": 1e9},
        {"unit": ""},
        {"unit": 5},
        {"currency": "EUR"},
        {"endpoint_id": "fal-ai/another"},
        {"endpoint_id": ["x"]},
    ],
    ids=str,
)
async def test_what_is_no_price_counts_for_nothing(money: FalMoney, server: ChatServer, wrong: dict[str, Any]) -> None:
    """Of another endpoint, in other money, or no number: the card stands."""
    server.script = [answers(page(row(**wrong), row("fal-ai/veo3", unit="seconds")))]
    assert set(await money.read_prices([DEV, "fal-ai/veo3"])) == {"fal-ai/veo3"}


async def test_it_is_bounded(http: httpx.AsyncClient, server: ChatServer) -> None:
    """A cursor that leads to itself ends; a hundred lost endpoints cost no hundred questions."""
    server.script = [answers(page(row(), cursor="same")), answers(page(row(), cursor="same"))]
    assert set(await make_fal(http, server.origin).read_prices([DEV])) == {DEV}
    server.script = [refuses(404)] * 500
    before = len(server.calls)
    await make_fal(http, server.origin).read_prices([f"a/{at}" for at in range(400)])
    assert len(server.calls) - before <= 60
