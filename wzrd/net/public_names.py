"""Check that a URL's name leads to the public internet: as it resolves, asked for seldom and beside the loop.

A name may look public and lead home (`127.0.0.1.nip.io`): nobody on the internet could fetch what is offered there.
"""

import asyncio
import time
from collections.abc import Callable

from wzrd.net.addresses import is_loopback_url, is_public, is_public_url, origin_of, parse_address
from wzrd.net.transport import Resolver, resolve

KEEP_SECONDS = 300.0
"""Time an answer is believed; that there is none, a tenth of it."""
LOOK_SECONDS = 2.0
MOST_NAMES = 1000


class PublicNames:
    """Cache of what names resolved to when last asked for. `clock` in seconds."""

    def __init__(self, resolver: Resolver = resolve, clock: Callable[[], float] = time.monotonic) -> None:
        self._resolver = resolver
        self._clock = clock
        self._known: dict[str, tuple[bool | None, float]] = {}

    async def learn(self, url: str) -> bool | None:
        """True if the URL leads to public addresses alone; None: its name does not resolve from here."""
        if not is_public_url(url):
            return False
        _, host, port = origin_of(url)
        if parse_address(host.strip("[]")) is not None:
            return True
        verdict, until = self._known.get(host, (None, 0.0))
        if until <= self._clock():
            verdict = await self._resolve(host, port)
            self._keep(host, verdict)
        return verdict

    def leads_outside(self, url: str) -> bool:
        """The latest answer, without asking: a name that did not resolve counts as not public, an unasked as it looks.

        Only that: an address that a vendor is given must be known to be one.
        """
        if not is_public_url(url):
            return False
        known = self._known.get(origin_of(url)[1])
        return known is None or known[0] is True

    async def _resolve(self, host: str, port: int) -> bool | None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                answers = [parse_address(answer) for answer in await self._resolver(host, port)]
        except (OSError, TimeoutError, UnicodeError):
            return None
        return all(one is not None and is_public(one) for one in answers) if answers else None

    def _keep(self, host: str, verdict: bool | None) -> None:
        while len(self._known) >= MOST_NAMES:
            del self._known[next(iter(self._known))]
        self._known[host] = verdict, self._clock() + (KEEP_SECONDS / 10 if verdict is None else KEEP_SECONDS)


NAMES = PublicNames()
"""This process's."""


def callback_address(vendor: str, *, own: str | None, public: str | None) -> str | None:
    """Where the vendor at the address `vendor` can call a server of these two addresses; None where it cannot.

    A vendor on this machine (the fakes) calls its own address, any other a public one, as its name resolves.
    """
    if is_loopback_url(vendor):
        return own or public
    return public if public and NAMES.leads_outside(public) else None
