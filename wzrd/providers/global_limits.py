"""Limits on calls to a provider by all processes at once: Prefect's global concurrency limits, by its REST.

A slot is a lease at Prefect's server; it is asked for over REST in bounded time. A server that is away or frozen
holds no call up: what cannot be asked goes on without a slot.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import httpx

from wzrd.settings import Settings

log = logging.getLogger(__name__)

PREFIX = "wzrd-"
"""A provider's limit is this and the provider's name, as the catalog has it: `wzrd-fal-ai`."""
ASK_SECONDS, BUSY_SECONDS = 1.2, 1.4
"""One question to the server; and how long one is repeated that it is too busy to answer (a stock server on SQLite)."""
SLOW_SECONDS, ALIVE_SECONDS = 8.0, 30.0
"""One question to a server that has answered one so shortly before: it is slow rather than away."""
KNOWN_SECONDS = 10.0
"""Time the list of limits stays good, and time a server that did not answer is left alone."""
LEASE_SECONDS, RENEW_SECONDS = 60.0, 20.0
"""A killed process's slots come back after the first, the least that Prefect allows."""
BATCH = 8
"""Slots that one lease has at most: who waits together asks together. It goes back as one, so long jobs take none."""
LINGER_SECONDS = 1.0
"""A lease that nobody uses stays so long: the next call here then asks nobody."""
FAIR_SECONDS = 5.0
"""Time a lease passes from call to call here; then its slots go back, for other processes."""
PAUSE_SECONDS = 0.5
"""Between two questions for a slot while all are taken and nobody says that one came free."""

PAGE = 200
"""As many limits as Prefect lists at once."""

_PATH = "/v2/concurrency_limits"


class _Away(Exception):
    """The server did not answer in time, or not as it should."""


class _Busy(_Away):
    """It has too much to do at this moment."""


@dataclass(slots=True)
class _Lease:
    """Slots that this process holds; `used` of them by calls."""

    id: str
    slots: int
    since: float
    used: int = 0


class GlobalLimits:
    """The limits of one Prefect server, as one process uses them. Belongs to one event loop; close it with `aclose`.

    `on_free` is called with a provider's name when slots of it have gone back: whoever waits in another process hears
    of it by `wake`, and this one, too, so that no process is always first.
    """

    def __init__(
        self,
        url: str,
        *,
        auth: str | None = None,
        on_free: Callable[[str], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        name, _, password = (auth or "").partition(":")
        credentials = httpx.BasicAuth(name, password) if auth else None
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/"), auth=credentials, timeout=SLOW_SECONDS, transport=transport
        )
        self._answered_at: float | None = None
        self.on_free = on_free
        self._known: Mapping[str, int] = {}
        self._known_at: float | None = None
        self._listing: asyncio.Task[Mapping[str, int]] | None = None
        self._slots: dict[str, _Slots] = {}

    @asynccontextmanager
    async def slot(self, provider: str, *, seconds: float, alone: bool = False) -> AsyncGenerator[None]:
        """One of the provider's slots while inside, waited for at most `seconds`; nothing where it has no limit.

        `alone`: a lease of its own, since it will be held for long.

        Raises:
            TimeoutError: none came free in time.
        """
        limit = (await self._limits()).get(PREFIX + provider)
        if limit is None:
            yield
            return
        slots = self._slots.setdefault(provider, _Slots(self, provider))
        slots.limit = limit
        lease = await slots.take(seconds, alone=alone)
        try:
            yield
        finally:
            slots.release(lease)

    async def _limits(self) -> Mapping[str, int]:
        """The active limits by name, at most so old; none while the server is away."""
        if self._known_at is not None and asyncio.get_running_loop().time() - self._known_at < KNOWN_SECONDS:
            return self._known
        if self._listing is None:
            self._listing = asyncio.create_task(self._list(), name="list concurrency limits")
        return await asyncio.shield(self._listing)

    async def _list(self) -> Mapping[str, int]:
        try:
            self._known = {one["name"]: int(one["limit"]) for one in await self._all_limits() if one["active"]}
        except (_Away, LookupError, TypeError, ValueError) as error:
            log.info("Prefect's concurrency limits cannot be read (%s): calls go on without them", error)
            self._known = {}
        finally:
            self._known_at = asyncio.get_running_loop().time()
            self._listing = None
        return self._known

    async def _all_limits(self) -> list[Any]:
        found = list[Any]()
        while True:
            page = await self.ask("/filter", {"limit": PAGE, "offset": len(found)})
            found += page
            if len(page) < PAGE:
                return found

    def wake(self, provider: str) -> None:
        """A slot of the provider came free somewhere: who waits for one here asks now."""
        if provider in self._slots:
            self._slots[provider].came_free.set()

    def leave_alone(self) -> None:
        """The server did not answer: ask it nothing for a while."""
        self._known, self._known_at = {}, asyncio.get_running_loop().time()

    async def ask(self, path: str, body: Any) -> Any:
        """A question, repeated while the server is busy: its JSON; None where too few slots are free.

        Raises:
            _Away: no answer in time, or none that will do.
        """
        until = asyncio.get_running_loop().time() + BUSY_SECONDS
        while True:
            try:
                return await self._ask_once(path, body)
            except _Busy:
                if asyncio.get_running_loop().time() >= until:
                    raise
                await asyncio.sleep(PAUSE_SECONDS / 5)

    async def _ask_once(self, path: str, body: Any) -> Any:
        clock = asyncio.get_running_loop().time
        alive = self._answered_at is not None and clock() - self._answered_at < ALIVE_SECONDS
        try:
            async with asyncio.timeout(SLOW_SECONDS if alive else ASK_SECONDS):
                response = await self._http.post(_PATH + path, json=body)
        except (httpx.HTTPError, TimeoutError) as error:
            self._answered_at = None
            raise _Away(type(error).__name__) from error
        self._answered_at = clock()
        if response.status_code in {423, 422}:
            return None
        if response.status_code in {429, 502, 503}:
            raise _Busy(f"status {response.status_code}")
        if response.is_error:
            raise _Away(f"status {response.status_code}")
        try:
            return response.json() if response.content else {}
        except ValueError as error:
            raise _Away("no JSON") from error

    async def aclose(self) -> None:
        """Give every slot back, and close the connections; a slow server is not waited for."""
        self._answered_at = None
        if self._listing is not None:
            self._listing.cancel()
        await asyncio.gather(*(slots.aclose() for slots in self._slots.values()))
        await self._http.aclose()


def open_limits(url: str | None, settings: Settings, on_free: Callable[[str], None]) -> GlobalLimits | None:
    """The limits of the Prefect server at `url`; None where there is none. Connects to nothing."""
    auth = settings.prefect_auth_string
    return GlobalLimits(url, auth=auth.get_secret_value() if auth else None, on_free=on_free) if url else None


class _Slots:
    """A provider's slots in this process: leases, and who waits for one, served in the order of asking."""

    def __init__(self, limits: GlobalLimits, provider: str) -> None:
        self.limit = 0
        self.came_free = asyncio.Event()
        self._limits = limits
        self._provider = provider
        self._name = PREFIX + provider
        self._leases: list[_Lease] = []
        self._waiting: deque[tuple[asyncio.Future[_Lease | None], bool]] = deque()
        self._asking: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._returning: set[asyncio.Task[None]] = set()

    async def take(self, seconds: float, *, alone: bool) -> _Lease | None:
        """A slot's lease; None where the server is away.

        Raises:
            TimeoutError: none came free in time.
        """
        if not self._waiting and (lease := self._free(alone=alone)) is not None:
            lease.used += 1
            return lease
        waiter: asyncio.Future[_Lease | None] = asyncio.get_running_loop().create_future()
        waits = (waiter, alone)
        self._waiting.append(waits)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name=f"ask for {self._name}")
        try:
            async with asyncio.timeout(seconds):
                return await waiter
        except BaseException:
            self._leave(*waits)
            raise

    def release(self, lease: _Lease | None) -> None:
        """The call is over: its slot passes to who waits here, or goes back in a moment."""
        if lease is None:
            return
        lease.used -= 1
        self._serve()
        if not lease.used and lease in self._leases:
            self._in_background(self._linger(lease))

    def _free(self, *, alone: bool) -> _Lease | None:
        """A lease with a free slot. A long job shares none: it would keep the other slots to its end."""
        since = asyncio.get_running_loop().time() - FAIR_SECONDS
        free = (one for one in self._leases if one.used < one.slots and one.since > since)
        return next((one for one in free if one.slots == 1 or not alone), None)

    def _serve(self) -> None:
        """Give free slots to who waits."""
        while self._waiting and (lease := self._free(alone=self._waiting[0][1])) is not None:
            waiter, _ = self._waiting.popleft()
            if not waiter.done():
                lease.used += 1
                waiter.set_result(lease)

    def _leave(self, waiter: "asyncio.Future[_Lease | None]", alone: bool) -> None:
        """Who stops waiting gives a slot back that came at the same moment."""
        if (waiter, alone) in self._waiting:
            self._waiting.remove((waiter, alone))
        elif waiter.done() and not waiter.cancelled():
            self.release(waiter.result())

    async def _ask(self) -> None:
        """Ask the server for slots until nobody waits."""
        many = True
        try:
            while self._waiting:
                together = sum(1 for _ in takewhile(lambda waits: not waits[1], self._waiting))
                wanted = max(1, min(together, BATCH, self.limit)) if many else 1
                self.came_free.clear()
                body = {"names": [self._name], "slots": wanted, "lease_duration": LEASE_SECONDS}
                answer = await self._limits.ask("/increment-with-lease", body)
                if answer is not None:
                    self._keep(_Lease(str(answer["lease_id"]), wanted, asyncio.get_running_loop().time()))
                elif wanted == 1:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(PAUSE_SECONDS):
                            await self.came_free.wait()
                many = answer is not None
        except (_Away, LookupError, TypeError) as error:
            log.info("no slot of %s can be had (%s): calls go on without it", self._name, error)
            self._limits.leave_alone()
            while self._waiting:
                waiter, _ = self._waiting.popleft()
                if not waiter.done():
                    waiter.set_result(None)
        finally:
            self._asking = None

    def _keep(self, lease: _Lease) -> None:
        self._leases.append(lease)
        self._serve()
        if not lease.used:  # who asked has given up meanwhile
            self._in_background(self._linger(lease))
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew(), name=f"renew {self._name}")

    async def _renew(self) -> None:
        """Keep the leases while there are any. One that could not be renewed is tried again; its call goes on."""
        while self._leases:
            await asyncio.sleep(RENEW_SECONDS)
            for lease in list(self._leases):
                try:
                    await self._limits.ask(f"/leases/{lease.id}/renew", {"lease_duration": LEASE_SECONDS})
                except _Away as error:
                    log.info("a slot of %s could not be renewed: %s", self._name, error)
        self._renewing = None

    def _in_background(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._returning.add(task)
        task.add_done_callback(self._returning.discard)

    async def _linger(self, lease: _Lease) -> None:
        """Give an unused lease back, unless a call takes it up in the meantime."""
        if asyncio.get_running_loop().time() - lease.since < FAIR_SECONDS:
            await asyncio.sleep(LINGER_SECONDS)
        if not lease.used and lease in self._leases:
            await self._give_back(lease)

    async def _give_back(self, lease: _Lease) -> None:
        self._leases.remove(lease)
        try:
            await self._limits.ask("/decrement-with-lease", {"lease_id": lease.id})
        except _Away as error:
            log.info("a slot of %s goes back when its lease ends: %s", self._name, error)
            return
        if self._limits.on_free is not None:
            self._limits.on_free(self._provider)

    async def aclose(self) -> None:
        """Give everything back now."""
        for task in (self._asking, self._renewing, *self._returning):
            if task is not None:
                task.cancel()
        await asyncio.gather(*(self._give_back(lease) for lease in list(self._leases)))
