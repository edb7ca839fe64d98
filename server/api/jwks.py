"""The public keys of a JWKS address: fetched rarely, parsed once, kept while their source is down (within bounds).

What a stranger sends can cause at most one fetch in ten seconds, and no request waits for more than one.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import httpx
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from wzrd.contracts.wire import loads, members_of
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
"""Algorithms that sign tokens."""
ED25519 = frozenset({"EdDSA"})
"""Algorithms that sign webhooks."""
_MEMBERS = {"EC": ("kty", "crv", "x", "y"), "RSA": ("kty", "n", "e"), "OKP": ("kty", "crv", "x")}
_CURVES = {("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
_SPELLINGS = {"Ed25519": "EdDSA"}
"""RFC 9864 names the algorithm by its curve."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A parsed key with the one algorithm that its type stands for."""

    kid: str | None
    key: PyJWK


class KeySet:
    """The keys behind one address. `now` is a monotonic clock in seconds; a fetch may take `wait_seconds`.

    Keys are fetched anew when older than `fresh_seconds`, and not used beyond `stale_seconds`; `owner` is whose they
    are, for the error.
    """

    def __init__(
        self,
        url: str,
        *,
        algorithms: Collection[str] = ALGORITHMS,
        owner: str = "the sign-in service",
        fresh_seconds: float = FRESH_SECONDS,
        stale_seconds: float = STALE_SECONDS,
        now: Callable[[], float] = time.monotonic,
        wait_seconds: float = FETCH_SECONDS,
    ) -> None:
        self._url = url
        self._algorithms = algorithms
        self._owner = owner
        self._fresh_seconds = fresh_seconds
        self._stale_seconds = stale_seconds
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
        if self._age() > self._fresh_seconds:
            # While the source fails, who holds a token of a known key is served at once: the next try runs beside.
            failing = self._tried_at > self._fetched_at
            await self._refresh(wait=not (failing and self._matching(kid)))
        if not self._matching(kid) and (kid is None or len(kid) <= MAX_KID):
            await self._refresh()
        if self._age() > self._stale_seconds:
            raise Unavailable(f"The keys of {self._owner} are unavailable, try again shortly")
        return self._matching(kid)

    async def refetch(self) -> Sequence[PublicKey]:
        """All keys after a fetch, or after none when the last one was within the pause.

        For signatures that name no key and fit none of those known: the source may have a new one.
        """
        await self._refresh()
        return self._keys

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
            self._keys = parse_keys(document, self._algorithms)
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


def parse_keys(document: bytes, algorithms: Collection[str] = ALGORITHMS) -> tuple[PublicKey, ...]:
    """The usable keys of a JWKS document, meant for signatures: EC P-256, RSA of 2048 bits or more, Ed25519.

    `algorithms` are those wanted: each of these types stands for one.

    Raises:
        ValueError: it is no JWKS at all (then the former keys stay).
    """
    value = loads(document)
    keys = members_of(value).get("keys")
    if not isinstance(keys, list):
        raise ValueError("the document has no list `keys`")  # noqa: TRY004 - one error for every bad document
    entries = [cast("dict[str, Any]", key) for key in cast("list[object]", keys) if isinstance(key, dict)]
    parsed = [_parse_key(members, algorithms) for members in entries]
    return tuple(key for key in parsed if key is not None)[:MAX_KEYS]


def _parse_key(members: Mapping[str, Any], algorithms: Collection[str]) -> PublicKey | None:
    """The key, or None when it is of another type or for another use; private parts are not even looked at."""
    kid = members.get("kid")
    algorithm = _algorithm_of(members)
    if algorithm not in algorithms or not (kid is None or isinstance(kid, str)) or not _may_verify(members, algorithm):
        return None
    try:
        key = PyJWK({name: members[name] for name in _MEMBERS[members["kty"]]}, algorithm)
    except (PyJWTError, KeyError, TypeError, ValueError) as error:
        log.warning("JWKS: key %r is unusable: %s", kid, type(error).__name__)
        return None
    weak = algorithm == "RS256" and key.key.key_size < _MIN_RSA_BITS
    return None if weak else PublicKey(kid, key)


def _algorithm_of(members: Mapping[str, Any]) -> str:
    """The one algorithm that a key of this type is for; empty when there is none."""
    kind, curve = members.get("kty"), members.get("crv")
    if kind == "RSA":
        return "RS256"
    return _CURVES.get((kind, curve), "") if isinstance(kind, str) and isinstance(curve, str) else ""


def _may_verify(members: Mapping[str, Any], algorithm: str) -> bool:
    """True if `use`, `alg` and `key_ops`, where the key states them, allow verifying signatures by `algorithm`."""
    operations = members.get("key_ops", ["verify"])
    stated = members.get("alg", algorithm)
    return (
        members.get("use", "sig") == "sig"
        and isinstance(stated, str)
        and _SPELLINGS.get(stated, stated) == algorithm
        and isinstance(operations, list)
        and "verify" in operations
    )
