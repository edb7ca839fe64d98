"""Slots of a global concurrency limit, on a server that counts as Prefect's does. A real one: tests/server/stack."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest

from tests.waiting import let_others_run, until
from wzrd.providers import global_limits
from wzrd.providers.global_limits import ASK_SECONDS, BUSY_SECONDS, GlobalLimits

NAME = "wzrd-fal-ai"


@dataclass(slots=True)
class Server:
    """One limit of Prefect's, as its REST tells it; `frozen` answers nothing until it is set free."""

    limit: int = 1
    active: bool = True
    there: bool = True
    others: int = 0
    leases: dict[str, int] = field(default_factory=dict[str, int])
    asked: list[str] = field(default_factory=list[str])
    most: int = 0
    frozen: asyncio.Event | None = None
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def taken(self) -> int:
        """Slots that are leased."""
        return sum(self.leases.values())

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer as Prefect 3.9.1 does."""
        path, body = request.url.path.removeprefix("/api/v2/concurrency_limits"), orjson.loads(request.content)
        self.asked.append(path)
        if self.frozen is not None:
            await self.frozen.wait()
        match path:
            case "/filter":
                others = [{"name": f"other-{at}", "limit": 1, "active": True} for at in range(self.others)]
                ours = [{"name": NAME, "limit": self.limit, "active": self.active}] if self.there else []
                start = body.get("offset", 0)
                return httpx.Response(200, json=[*others, *ours][start : start + min(body["limit"], 200)])
            case "/increment-with-lease":
                return self._increment(body)
            case "/decrement-with-lease":
                self.leases.pop(body["lease_id"], None)
                return httpx.Response(204)
            case _:
                return httpx.Response(204)

    def _increment(self, body: dict[str, Any]) -> httpx.Response:
        assert body["names"] == [NAME]
        assert body["lease_duration"] == 60
        if body["slots"] > self.limit:
            return httpx.Response(422, json={"detail": "Slots requested is greater than the limit"})
        if self.taken + body["slots"] > self.limit:
            return httpx.Response(423, headers={"Retry-After": "3"})
        lease = f"lease {next(self.numbers)}"
        self.leases[lease] = body["slots"]
        self.most = max(self.most, self.taken)
        return httpx.Response(200, json={"lease_id": lease, "limits": []})


@asynccontextmanager
async def process(server: Server) -> AsyncGenerator[GlobalLimits]:
    """A process that uses the server's limits."""
    limits = GlobalLimits("http://prefect/api", transport=httpx.MockTransport(server.handle))
    try:
        yield limits
    finally:
        await limits.aclose()


@dataclass(slots=True)
class Calls:
    """Number of calls that are out at once, over all processes."""

    out: int = 0
    most: int = 0
    done: int = 0

    async def one(self, limits: GlobalLimits, *, alone: bool = False) -> None:
        """A call that takes three turns of the loop."""
        async with limits.slot("fal-ai", seconds=30, alone=alone):
            self.out += 1
            self.most = max(self.most, self.out)
            await let_others_run(3)
            self.out -= 1
            self.done += 1


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses of a fast server."""
    monkeypatch.setattr(global_limits, "PAUSE_SECONDS", 0.005)
    monkeypatch.setattr(global_limits, "LINGER_SECONDS", 0.01)
    monkeypatch.setattr(global_limits, "FAIR_SECONDS", 0.02)
    monkeypatch.setattr(global_limits, "SLOW_SECONDS", 1.5)


@pytest.mark.parametrize(("limit", "alone"), [(1, False), (1, True), (3, False), (3, True)])
async def test_calls_of_two_processes_never_pass_the_limit(limit: int, alone: bool) -> None:
    """Forty calls of each, all made in the end, both served; every slot goes back."""
    server, calls = Server(limit), Calls()
    async with process(server) as one, process(server) as other, asyncio.timeout(60), asyncio.TaskGroup() as group:
        for limits in [one, other] * 40:
            group.create_task(calls.one(limits, alone=alone))
    assert calls.done == 80
    assert calls.most <= limit
    assert server.most <= limit
    assert server.taken == 0


async def test_a_slot_that_came_free_wakes_who_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """In each process: nobody waits for a next question, which would come after a minute here."""
    monkeypatch.setattr(global_limits, "PAUSE_SECONDS", 60)
    server, calls = Server(2), Calls()
    async with process(server) as one, process(server) as other, asyncio.timeout(30):

        def wake_all(provider: str) -> None:
            one.wake(provider)
            other.wake(provider)

        one.on_free = other.on_free = wake_all
        await asyncio.gather(*(calls.one(limits, alone=True) for limits in [one, other] * 20))
    assert (calls.done, calls.most) == (40, 2)


async def test_a_slow_server_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has just answered: no call goes past its limit because the next answer takes longer than a dead one may."""
    monkeypatch.setattr(global_limits, "ASK_SECONDS", 0.01)
    server, calls = Server(1), Calls()
    async with process(server) as limits, asyncio.timeout(30):
        await calls.one(limits)
        server.frozen = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, server.frozen.set)
        await asyncio.gather(*(calls.one(limits, alone=True) for _ in range(3)))
    assert (calls.done, calls.most) == (4, 1)


@pytest.mark.parametrize("others", [199, 200, 450])
async def test_a_limit_among_many_is_found(others: int) -> None:
    """Prefect lists two hundred at once: ours may stand behind them."""
    server, calls = Server(1, others=others), Calls()
    async with process(server) as limits, asyncio.timeout(60):
        await asyncio.gather(*(calls.one(limits) for _ in range(4)))
    assert (calls.most, server.most) == (1, 1)


async def test_who_waits_together_asks_together() -> None:
    """Sixteen calls at a limit of sixteen need no sixteen questions; the next at once needs none."""
    server, calls = Server(16), Calls()
    async with process(server) as limits:
        await asyncio.gather(*(calls.one(limits) for _ in range(16)))
        asked = server.asked.count("/increment-with-lease")
        await calls.one(limits)
        assert server.asked.count("/increment-with-lease") == asked <= 3
        assert server.asked.count("/filter") == 1


async def test_long_jobs_have_leases_of_their_own() -> None:
    """One that goes on keeps none of the others' slots."""
    server, over = Server(4), asyncio.Event()
    async with process(server) as limits:
        held = asyncio.Event()

        async def long() -> None:
            async with limits.slot("fal-ai", seconds=30, alone=True):
                held.set()
                await over.wait()

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(long())
            for _ in range(3):
                group.create_task(Calls().one(limits, alone=True))
            await held.wait()
            await until(lambda: server.taken == 1, every=0.001)
            over.set()


@pytest.mark.parametrize("server", [Server(there=False), Server(active=False)])
async def test_without_a_limit_nothing_is_asked(server: Server) -> None:
    """But whether there is one, once in ten seconds; another provider's limit is not asked for."""
    async with process(server) as limits:
        for _ in range(5):
            await Calls().one(limits)
        async with limits.slot("groq", seconds=1):
            pass
    assert server.asked == ["/filter"]


async def test_a_frozen_server_delays_a_call_by_less_than_three_seconds() -> None:
    """Before it is known and after: the first call waits in bounds, the next not at all."""
    server = Server(frozen=asyncio.Event())
    assert ASK_SECONDS + BUSY_SECONDS < 3
    async with process(server) as limits, asyncio.timeout(60):
        await Calls().one(limits)
        asked = len(server.asked)
        await Calls().one(limits)
        assert len(server.asked) == asked


async def test_a_server_that_freezes_while_calls_wait_lets_them_go() -> None:
    """They wait for a slot, and the server answers no more: they go on without one."""
    server, calls = Server(), Calls()
    async with process(server) as limits, limits.slot("fal-ai", seconds=1):
        waiting = [asyncio.create_task(calls.one(limits)) for _ in range(4)]
        await until(lambda: server.asked.count("/increment-with-lease") >= 2, every=0.001)
        server.frozen = asyncio.Event()
        async with asyncio.timeout(60):
            await asyncio.gather(*waiting)
        server.frozen.set()
        server.frozen = None


async def test_a_process_that_ends_waits_for_no_slow_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has just answered, and freezes: what a lease holds comes back by itself."""
    monkeypatch.setattr(global_limits, "SLOW_SECONDS", 600)
    monkeypatch.setattr(global_limits, "ASK_SECONDS", 0.01)
    server = Server()
    async with asyncio.timeout(60), process(server) as limits:
        await Calls().one(limits)
        assert server.taken == 1
        server.frozen = asyncio.Event()
    assert server.taken == 1


async def test_who_gives_up_takes_no_slot_along() -> None:
    """A call that is canceled while it waits, and one whose time is over."""
    server = Server()
    async with process(server) as limits:
        async with limits.slot("fal-ai", seconds=1):
            with pytest.raises(TimeoutError):
                async with limits.slot("fal-ai", seconds=0.02):
                    pass
            canceled = asyncio.create_task(Calls().one(limits))
            await let_others_run()
            canceled.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await canceled
        calls = Calls()
        await asyncio.gather(*(calls.one(limits) for _ in range(3)))
        assert calls.done == 3
    assert server.taken == 0


async def test_a_limit_of_none_at_all_holds_everything() -> None:
    """An operator has set it to 0: nobody is called, and the caller is told in time."""
    server = Server(limit=0)
    async with process(server) as limits:
        with pytest.raises(TimeoutError):
            async with limits.slot("fal-ai", seconds=0.05):
                pass


async def test_an_answer_that_makes_no_sense_holds_nothing_up() -> None:
    """A proxy's page, a list of strings, a lease without its id."""
    for answer in (httpx.Response(200, text="<html>"), httpx.Response(200, json=["x"]), httpx.Response(500)):
        limits = GlobalLimits("http://prefect/api", transport=httpx.MockTransport(lambda _, told=answer: told))
        await Calls().one(limits)
        await limits.aclose()


async def test_a_long_job_keeps_no_slots_of_a_batch() -> None:
    """One provider has chats and jobs: a job that begins beside a free batch takes a lease of its own."""
    server = Server(5)
    async with process(server) as limits:
        await asyncio.gather(*(Calls().one(limits) for _ in range(4)))
        assert max(server.leases.values()) > 1
        async with limits.slot("fal-ai", seconds=30, alone=True), asyncio.timeout(60):
            await until(lambda: server.taken == 1, every=0.001)
