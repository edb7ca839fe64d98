"""fal's list of requests: what is asked of it, what its items mean, and when it is given up."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from tests.fakes.chat import ChatServer, answers, drops, raw, refuses
from tests.providers.scripted_fal import ASKED, KEY, make_fal, now
from wzrd.domain.errors import ProviderError, ProviderRejected
from wzrd.providers.fal.adapter import Fal
from wzrd.providers.fal.requests import ASK_AGAIN, PAGES, UNREADABLE_AFTER, FalRequests
from wzrd.providers.http_border import JsonCalls

SINCE = now() - timedelta(minutes=10)
EMPTY: dict[str, Any] = {"items": [], "next_cursor": None, "has_more": False}
DOCUMENTED = {
    "items": [
        {
            "request_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
            "endpoint_id": "fal-ai/flux/dev",
            "started_at": "2026-03-01T00:00:05Z",
            "sent_at": "2026-03-01T00:00:01Z",
            "ended_at": "2026-03-01T00:00:08Z",
            "status_code": 200,
            "duration": 7.8,
            "json_input": {"prompt": "cat astronaut"},
            "json_output": {"status": "ok"},
        }
    ],
    "next_cursor": "Mg==",
    "has_more": False,
}
"""The example of fal's documentation, of another day."""


def item(name: str, *, seconds: float = 0, **more: Any) -> dict[str, Any]:
    """A request as it is listed, sent so many seconds from now."""
    sent = (now() + timedelta(seconds=seconds)).isoformat()
    return {"request_id": name, "sent_at": sent, "started_at": sent, "json_input": {"prompt": name}, **more}


def page(*items: object, cursor: str | None = None) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": cursor, "has_more": cursor is not None}


async def ids(fal: Fal) -> list[str | None]:
    return [one.accepted.request_id for one in await fal.list_jobs(ASKED.model, SINCE)]


async def test_the_documented_example(fal: Fal, server: ChatServer) -> None:
    """Asked with the key for one model, from a while before, with payloads; followed at the queue's own addresses."""
    server.script = [answers(DOCUMENTED)]
    (found,) = await fal.list_jobs(ASKED.model, SINCE)
    (call,) = server.calls
    url = httpx.URL(call.path)
    assert (call.method, url.path) == ("GET", "/api/v1/models/requests/by-endpoint")
    assert call.headers["authorization"] == f"Key {KEY}"
    params = dict(url.params)
    assert datetime.fromisoformat(params.pop("start")) < SINCE
    assert params == {"endpoint_id": ASKED.model, "expand": "payloads", "limit": "100"}
    assert found.payload == {"prompt": "cat astronaut"}
    assert found.created_at == datetime(2026, 3, 1, 0, 0, 1, tzinfo=UTC)
    assert found.accepted == fal.locate(ASKED.model, "a1b2c3d4-e5f6-7890-abcd-ef1234567890")


async def test_pages_are_read_to_the_end(fal: Fal, server: ChatServer) -> None:
    """By its cursor; what has moved on to the next page meanwhile counts once; the latest is first."""
    server.script = [
        answers(page(item("b", seconds=2), item("a", seconds=1), cursor="Mg==")),
        answers(page(item("a", seconds=1), item("c", seconds=3))),
    ]
    assert await ids(fal) == ["c", "b", "a"]
    assert [httpx.URL(call.path).params.get("cursor") for call in server.calls] == [None, "Mg=="]


@pytest.mark.parametrize("cursor", ["", "same"])
async def test_a_cursor_that_leads_nowhere(fal: Fal, server: ChatServer, cursor: str) -> None:
    """More is promised, by no cursor or the same one: what came counts, and nobody asks for ever."""
    server.otherwise = answers(page(item("a"), cursor=cursor))
    assert await ids(fal) == ["a"]
    assert len(server.calls) == (2 if cursor else 1)


async def test_pages_without_end(fal: Fal, server: ChatServer) -> None:
    """So many are read, and no more."""
    server.script = [answers(page(item(str(number)), cursor=str(number))) for number in range(PAGES + 5)]
    assert len(await ids(fal)) == PAGES == len(server.calls)


async def test_what_cannot_be_recognised_is_left_out(fal: Fal, server: ChatServer) -> None:
    """No id, an id that would lead elsewhere, no time, no payload, no object; the start stands for when it was sent."""
    odd = [
        item("../../x"),
        item(""),
        {**item("z"), "request_id": 7},
        item("t", sent_at=None, started_at="soon"),
        7,
        None,
    ]
    late = {name: value for name, value in item("late").items() if name != "sent_at"}
    server.script = [answers(page(*odd, item("p", json_input=None), late, item("early", seconds=-3600)))]
    assert await ids(fal) == ["late"]


async def test_times_are_told_by_our_clock(fal: Fal, server: ChatServer) -> None:
    """Its clock and ours may differ: what was sent a minute ago was sent a minute ago, on every page."""
    theirs = now() + timedelta(hours=2)
    date = format_datetime(theirs, usegmt=True)
    later = format_datetime(theirs + timedelta(seconds=40), usegmt=True)
    server.script = [
        answers(page(item("a", seconds=7140), cursor="Mg=="), date=date),
        answers(page(item("b", seconds=7141)), date=later),
    ]
    found = await fal.list_jobs(ASKED.model, SINCE)
    assert [(now() - one.created_at).total_seconds() for one in found] == [59, 60]


async def test_a_key_without_the_right(http: httpx.AsyncClient, server: ChatServer) -> None:
    """403: it is not asked again, and a lost answer is awaited by fal's call, or is lost, as before."""
    for webhooks, recovery in ((False, "none"), (True, "webhook")):
        fal = make_fal(http, server.origin, webhooks=webhooks)
        server.script = [refuses(403)]
        with pytest.raises(ProviderRejected) as caught:
            await ids(fal)
        assert (caught.value.status, fal.recovery) == (403, recovery)


NO_LISTS: list[Any] = [
    {}, [], 7, None, {"items": None}, {"items": {}}, {"requests": []}, page(item("a", json_input="{}")),
    page(item("a", json_input=None), item("b", json_input=None)),
]  # fmt: skip


@pytest.mark.parametrize("value", NO_LISTS, ids=str)
async def test_a_list_of_another_shape(fal: Fal, server: ChatServer, value: object) -> None:
    """That is no empty list. Once may be a mishap; five times in a row it is believed."""
    server.otherwise = answers(value)
    for number in range(UNREADABLE_AFTER):
        assert fal.recovery == "list", number
        with pytest.raises(ProviderError):
            await ids(fal)
    assert fal.recovery == "none"


@pytest.mark.parametrize("act", [answers({}), raw(b"<html>"), refuses(404)], ids=["shape", "page", "not there"])
async def test_a_mishap_is_forgotten(fal: Fal, server: ChatServer, act: Any) -> None:
    """A list in between, an empty one too, and it counts from the beginning."""
    for _ in range(3):
        server.script = [act] * (UNREADABLE_AFTER - 1) + [answers(EMPTY)]
        for _ in range(UNREADABLE_AFTER - 1):
            with pytest.raises(ProviderError):
                await ids(fal)
        assert await ids(fal) == []
    assert fal.recovery == "list"


@pytest.mark.parametrize("act", [drops(), refuses(500), refuses(503), refuses(429, retry_after="1"), refuses(401)])
async def test_no_answer_is_none_for_now(fal: Fal, server: ChatServer, act: Any) -> None:
    """A list that is away, busy, or whose key is being changed may be there the next time."""
    server.otherwise = act
    for _ in range(UNREADABLE_AFTER + 1):
        with pytest.raises(ProviderError):
            await ids(fal)
    assert fal.recovery == "list"


async def test_it_is_tried_again_after_an_hour(http: httpx.AsyncClient, server: ChatServer) -> None:
    """A right may have been given meanwhile."""
    clock = [now()]
    calls = JsonCalls("fal-ai", http, key=KEY, key_variable="FAL_KEY", scheme="Key", now=lambda: clock[0])
    requests = FalRequests(calls, f"{server.origin}/api/v1", now=lambda: clock[0])
    server.script = [refuses(403), answers(EMPTY)]
    with pytest.raises(ProviderRejected):
        await requests.list_ended(ASKED.model, SINCE)
    clock[0] += ASK_AGAIN - timedelta(seconds=1)
    assert not requests.are_readable
    clock[0] += timedelta(seconds=1)
    assert requests.are_readable
    assert await requests.list_ended(ASKED.model, SINCE) == []
