"""The public keys of a JWKS address: fetched rarely, parsed once, kept while their source is down (within bounds).

What a stranger sends can cause at most one fetch in ten seconds, and no request waits for more than one.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import httpx
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from wzrd.contracts.wire import loads
from wzrd.domain.errors import Unavailable
from wzrd.net.http import open_http

log = logging.getLogger(__name__)

FRESH_SECONDS = 600.0
STALE_SECONDS = 3600.0
FETCH_PAUSE_SECONDS = 10.0
FETCH_SECONDS = 5.0
MAX_BYTES = 262_144
MAX_KEYS = 64
MAX_KID = 256
_MIN_RSA_BITS = 2048
ALGORITHMS = frozenset({"ES256", "RS256"})
_MEMBERS = {"EC": ("kty", "crv", "x", "y"), "RSA": ("kty", "n", "e")}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A parsed key with the one algorithm that its type stands for."""

    kid: str | None
    key: PyJWK


class KeySet:
    """The keys behind one address. `now` is a monotonic clock in seconds; a fetch may take `wait_seconds`."""

    def __init__(
        self, url: str, *, now: Callable[[], float] = time.monotonic, wait_seconds: float = FETCH_SECONDS
    ) -> None:
        self._url = url
        self._wait_seconds = wait_seconds
        self._now = now
        self._keys: tuple[PublicKey, ...] = ()
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str | None) -> Sequence[PublicKey]:
        """The keys that may have signed a token of that `kid`: those named so, or all when it names none.

        Raises:
            Unavailable: there are no keys to judge by: the source does not answer, and what it said is too old.
        """
        if self._age() > FRESH_SECONDS:
            # While the source fails, who holds a token of a known key is served at once: the next try runs beside.
            failing = self._tried_at > self._fetched_at
            await self._refresh(wait=not (failing and self._matching(kid)))
        if not self._matching(kid) and (kid is None or len(kid) <= MAX_KID):
            await self._refresh()
        if self._age() > STALE_SECONDS:
            raise Unavailable("The keys of the sign-in service are unavailable, try again shortly")
        return self._matching(kid)

    async def close(self) -> None:
        """Give up a fetch that is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _age(self) -> float:
        return self._now() - self._fetched_at

    def _matching(self, kid: str | None) -> tuple[PublicKey, ...]:
        return tuple(key for key in self._keys if kid is None or key.kid == kid)

    async def _refresh(self, *, wait: bool = True) -> None:
        """Fetch, or wait for the fetch under way; not again within the pause, whether it went well or not."""
        if self._fetching is None or self._fetching.done():
            if self._now() - self._tried_at < FETCH_PAUSE_SECONDS:
                return
            self._tried_at = self._now()
            self._fetching = asyncio.create_task(self._fetch())
        if wait:
            await asyncio.shield(self._fetching)  # a caller that goes away does not end it for the others

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                document = await _download(self._url)
            self._keys = parse_keys(document)
            self._fetched_at = self._now()
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            log.warning("JWKS of %s: %s: %s", self._url, type(error).__name__, error)


async def _download(url: str) -> bytes:
    received = bytearray()
    async with open_http(idle=FETCH_SECONDS) as client, client.stream("GET", url) as response:
        if not response.is_success or response.headers.get("content-encoding", "identity") != "identity":
            raise ValueError(f"answered {response.status_code}, or compressed against our wish")
        async for chunk in response.aiter_raw():
            received += chunk
            if len(received) > MAX_BYTES:
                raise ValueError(f"the document is larger than {MAX_BYTES} bytes")
    return bytes(received)


def parse_keys(document: bytes) -> tuple[PublicKey, ...]:
    """The usable keys of a JWKS document: EC P-256 and RSA of 2048 bits or more, meant for signatures.

    Raises:
        ValueError: it is no JWKS at all (then the former keys stay).
    """
    value = loads(document)
    keys = cast("dict[str, object]", value).get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list):
        raise ValueError("the document has no list `keys`")  # noqa: TRY004 - one error for every bad document
    parsed = [_parse_key(cast("dict[str, Any]", key)) for key in cast("list[object]", keys) if isinstance(key, dict)]
    return tuple(key for key in parsed if key is not None)[:MAX_KEYS]


def _parse_key(members: Mapping[str, Any]) -> PublicKey | None:
    """The key, or None when it is of another type or for another use; private parts are not even looked at."""
    kid = members.get("kid")
    kind = [members.get(name) for name in ("kty", "crv")]
    algorithm = "ES256" if kind == ["EC", "P-256"] else "RS256" if kind[0] == "RSA" else None
    if algorithm is None or not (kid is None or isinstance(kid, str)) or not _may_verify(members, algorithm):
        return None
    try:
        key = PyJWK({name: members[name] for name in _MEMBERS[members["kty"]]}, algorithm)
    except (PyJWTError, KeyError, TypeError, ValueError) as error:
        log.warning("JWKS: key %r is unusable: %s", kid, type(error).__name__)
        return None
    weak = algorithm == "RS256" and key.key.key_size < _MIN_RSA_BITS
    return None if weak else PublicKey(kid, key)


def _may_verify(members: Mapping[str, Any], algorithm: str) -> bool:
    """Whether `use`, `alg` and `key_ops`, where the key states them, allow verifying signatures by `algorithm`."""
    operations = members.get("key_ops", ["verify"])
    return (
        members.get("use", "sig") == "sig"
        and members.get("alg", algorithm) == algorithm
        and isinstance(operations, list)
        and "verify" in operations
    )
