"""Names are judged by what they resolve to: beside the loop, seldom, and never taken on trust."""

import asyncio
import socket
import threading
from collections.abc import Mapping, Sequence

import pytest

from tests.waiting import let_others_run
from wzrd.net import transport
from wzrd.net.transport import KEEP_SECONDS, PublicNames
from wzrd.slots import working_for


class World:
    """A resolver that counts, and a clock that stands."""

    def __init__(self, **names: Sequence[str]) -> None:
        self.names: Mapping[str, Sequence[str]] = names
        self.asked: list[str] = []
        self.now = 1000.0

    async def resolve(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        if host.partition(".")[0] not in self.names:
            raise OSError("no such name")
        return self.names[host.partition(".")[0]]

    def open(self) -> PublicNames:
        return PublicNames(self.resolve, lambda: self.now)


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        (["1.1.1.1", "2606:4700::1111"], True), (["127.0.0.1"], False), (["1.1.1.1", "10.0.0.7"], False),
        (["::ffff:192.168.0.1"], False), (["nonsense"], False), ([], None),
    ],
)  # fmt: skip
async def test_a_name_is_what_all_its_addresses_are(answers: list[str], verdict: bool | None) -> None:
    """One address at home is enough: the next answer might be that one."""
    names = World(looks=answers).open()
    assert await names.learn("https://looks.example.com/a.png") is verdict
    assert names.leads_outside("https://looks.example.com/b") is (verdict is True)


async def test_a_name_that_does_not_resolve_is_not_known_to_be_public() -> None:
    """Until it does: it is asked for again soon."""
    world = World()
    names = world.open()
    url = "https://studio.example.com"
    assert (await names.learn(url), names.leads_outside(url)) == (None, False)
    world.names, world.now = {"studio": ["1.1.1.1"]}, world.now + KEEP_SECONDS / 10
    assert (await names.learn(url), names.leads_outside(url)) == (True, True)


async def test_a_name_is_asked_for_once_in_a_while() -> None:
    """However many requests name it; addresses and local names never are."""
    world = World(looks=["1.1.1.1"])
    names = world.open()
    for _ in range(5):
        assert await names.learn("https://looks.example.com/a.png")
        assert await names.learn("https://1.1.1.1/a.png")
        assert not await names.learn("http://nas.local/a.png")
    assert world.asked == ["looks.example.com"]
    world.now += KEEP_SECONDS
    world.names = {"looks": ["10.0.0.1"]}
    assert await names.learn("https://looks.example.com/a.png") is False
    assert len(world.asked) == 2


async def test_a_slow_resolver_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has its time, and then the name is not known."""
    monkeypatch.setattr(transport, "LOOK_SECONDS", 0.01)

    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    assert await PublicNames(never).learn("https://slow.example.com") is None


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may name new ones for ever."""
    monkeypatch.setattr(transport, "MOST_NAMES", 3)
    names = World(a=["1.1.1.1"]).open()
    for number in range(10):
        await names.learn(f"https://a.example{number}.com")
    assert len(names._known) == 3


async def test_names_that_nobody_answers_for_hold_up_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not while they are looked up, and not when their asker has given up: the threads work on."""
    answered = threading.Event()

    def look_up(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        if host.startswith("silent"):
            answered.wait(60)
        return [(0, 0, 0, "", ("1.1.1.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with working_for("busy"):
        silent = [asyncio.create_task(transport.resolve(f"silent{n}.example.com", 443)) for n in range(100)]
    await let_others_run(6)
    for one in silent[:50]:
        one.cancel()
    try:
        with working_for("other"):
            assert await asyncio.wait_for(transport.resolve("looks.example.com", 443), 5) == ["1.1.1.1"]
    finally:
        answered.set()
        await asyncio.gather(*silent, return_exceptions=True)
