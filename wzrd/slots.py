"""Slots for work that a process does little of at once, given out by turns over users.

Whose work it is stands in the context of the task that does it, from the run's lease on: nobody passes it along.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Generator, Hashable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from math import inf
from weakref import WeakKeyDictionary

_user: ContextVar[Hashable] = ContextVar("wzrd_user", default=None)


def work_for(user: Hashable) -> None:
    """Slots that this task asks for from now on are the user's."""
    _user.set(user)


@contextmanager
def working_for(user: Hashable) -> Generator[None]:
    """Slots that are asked for inside, and in tasks that begin inside, are the user's."""
    token = _user.set(user)
    try:
        yield
    finally:
        _user.reset(token)


class FairSlots:
    """So many slots of one event loop, as `resize` has said last.

    A free slot goes to whom fewest are held by, and of those to who was served longest ago: somebody who holds none
    waits for at most one slot of each other user, however many they have asked for. Among a user's own the first comes
    first. `each`: so many a user holds at most, whoever else asks for none.
    """

    def __init__(self, count: int, each: float = inf) -> None:
        self.count = count
        self.each = each
        self.out = 0
        self._held: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}  # in the order in which users are served

    @property
    def waiting(self) -> int:
        """Number of those who wait for a slot."""
        return sum(map(len, self._waiting.values()))

    def resize(self, count: int) -> None:
        """Have so many slots from now on; what is held beyond them stays until it is given back."""
        self.count = count
        self._hand_out()

    @asynccontextmanager
    async def slot(self, *, seconds: float | None = None, late: Exception | None = None) -> AsyncGenerator[None]:
        """A slot for as long as the block lasts. Who is cancelled while waiting leaves the queue.

        Raises:
            TimeoutError: none came free within `seconds`; or `late`, if that is given.
        """
        user = _user.get()
        try:
            async with asyncio.timeout(seconds):
                await self._take(user)
        except TimeoutError as error:
            raise late or error from None
        try:
            yield
        finally:
            self._give_back(user)

    async def _take(self, user: Hashable) -> None:
        if self.out < self.count and self._held[user] < self.each:  # then nobody else waits who might have it
            self._give(user)
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(user, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.cancelled():
                self._leave(user, mine)
            else:  # it came at the same moment
                self._give_back(user)
            raise

    def _leave(self, user: Hashable, mine: asyncio.Future[None]) -> None:
        queue = self._waiting.get(user, deque())
        if mine in queue:
            queue.remove(mine)
        if not queue:
            self._waiting.pop(user, None)

    def _give(self, user: Hashable) -> None:
        self._held[user] += 1
        self.out += 1

    def _give_back(self, user: Hashable) -> None:
        self.out -= 1
        self._held[user] -= 1
        if not self._held[user]:
            del self._held[user]
        if user in self._waiting:  # behind those who have had none meanwhile
            self._waiting[user] = self._waiting.pop(user)
        self._hand_out()

    def _hand_out(self) -> None:
        while self._waiting and self.out < self.count:
            following = min(self._waiting, key=self._held.__getitem__)  # the first of equals: served longest ago
            if self._held[following] >= self.each:
                break
            queue = self._waiting.pop(following)
            mine = queue.popleft()
            if queue:
                self._waiting[following] = queue
            if not mine.done():  # else it is cancelled, and about to leave
                self._give(following)
                mine.set_result(None)


_rounds: WeakKeyDictionary[asyncio.AbstractEventLoop, deque[asyncio.Future[None]]] = WeakKeyDictionary()


async def next_round() -> None:
    """Go on in a round of the event loop in which nobody else does who has waited here.

    For between two steps of something long. Eight tasks that merely `sleep(0)` take their steps in one round, and who
    needs ten rounds for an answer waits for eighty steps.
    """
    loop = asyncio.get_running_loop()
    waiting, mine = _rounds.setdefault(loop, deque()), loop.create_future()
    waiting.append(mine)
    if len(waiting) == 1:
        loop.call_soon(_wake_one, loop, waiting)
    await mine


def _wake_one(loop: asyncio.AbstractEventLoop, waiting: deque[asyncio.Future[None]]) -> None:
    following = waiting.popleft()
    if waiting:
        loop.call_soon(_wake_one, loop, waiting)
    if not following.done():  # else it was cancelled
        following.set_result(None)


class LoopSlots:
    """The slots of whichever event loop asks: each has as many of its own."""

    def __init__(self, count: int, each: float = inf) -> None:
        self._count = count, each
        self._slots: WeakKeyDictionary[asyncio.AbstractEventLoop, FairSlots] = WeakKeyDictionary()

    def slot(self, *, seconds: float | None = None, late: Exception | None = None) -> AbstractAsyncContextManager[None]:
        """As `FairSlots.slot`."""
        slots = self._slots.setdefault(asyncio.get_running_loop(), FairSlots(*self._count))
        return slots.slot(seconds=seconds, late=late)
