"""A few requests a turn of the loop, in order; one that goes away waiting holds up nobody."""

import asyncio
from collections import Counter

from starlette.types import Message, Receive, Scope, Send

from server.api.pacing import AT_ONCE, Pacing
from tests.waiting import let_others_run

COUNT = 5 * AT_ONCE + 3


class Turns:
    """An application that notes in which turn of the loop each request began."""

    def __init__(self) -> None:
        self.now = 0
        self.began: list[tuple[int, int]] = []
        self._next()

    def _next(self) -> None:
        self.now += 1
        if self.now < 1_000:
            asyncio.get_running_loop().call_soon(self._next)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.began.append((scope["number"], self.now))


async def _receive() -> Message:
    return {"type": "http.request"}


async def _send(_message: Message) -> None: ...


def _ask(paced: Pacing, number: int, kind: str = "http") -> asyncio.Task[None]:
    return asyncio.ensure_future(paced({"type": kind, "number": number}, _receive, _send))


async def test_a_burst_begins_a_few_a_turn_in_its_order() -> None:
    turns = Turns()
    paced = Pacing(turns)
    await asyncio.gather(*[_ask(paced, number) for number in range(COUNT)])
    assert [number for number, _ in turns.began] == list(range(COUNT))
    assert max(Counter(turn for _, turn in turns.began).values()) <= AT_ONCE


async def test_one_that_goes_away_while_it_waits_holds_up_nobody() -> None:
    turns = Turns()
    paced = Pacing(turns)
    asked = [_ask(paced, number) for number in range(COUNT)]
    await let_others_run()
    gone = set(range(AT_ONCE, 3 * AT_ONCE))
    for number in gone:
        asked[number].cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    assert [number for number, _ in turns.began] == [number for number in range(COUNT) if number not in gone]


async def test_a_single_request_and_the_lifespan_wait_for_nothing() -> None:
    turns = Turns()
    paced = Pacing(turns)
    await asyncio.gather(*[_ask(paced, number, "lifespan") for number in range(COUNT)])
    assert len({turn for _, turn in turns.began}) == 1
    for number in range(3):
        await paced({"type": "http", "number": number}, _receive, _send)
    assert len(turns.began) == COUNT + 3
