"""Keys from an address: a real server on loopback that is down, slow, garbled, huge and rotating."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm

from server.api import jwks
from server.api.jwks import FETCH_PAUSE_SECONDS, FRESH_SECONDS, STALE_SECONDS, KeySet, parse_keys
from tests.fakes.keys import KeyServer, Seconds, public_jwk
from tests.waiting import let_others_run
from wzrd.domain.errors import Unavailable

EC = {name: public_jwk(ec.generate_private_key(ec.SECP256R1()), "ES256", kid=name) for name in ("a", "b")}


@pytest.fixture
async def server() -> AsyncGenerator[KeyServer]:
    made = KeyServer()
    made.serve(EC["a"])
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def keys(server: KeyServer, seconds: Seconds) -> AsyncGenerator[KeySet]:
    made = KeySet(server.url, now=seconds)
    yield made
    await made.close()


async def _kids(keys: KeySet, kid: str | None) -> list[str | None]:
    return [key.kid for key in await keys.find(kid)]


async def test_a_hundred_at_once_cause_one_fetch(keys: KeySet, server: KeyServer) -> None:
    """Whoever comes while a fetch is under way waits for it; afterwards nobody fetches for ten minutes."""
    server.delay = 0.05
    found = await asyncio.gather(*(_kids(keys, "a") for _ in range(100)))
    assert found == [["a"]] * 100
    assert await _kids(keys, "a") == ["a"]
    assert server.asked == 1


async def test_a_caller_who_leaves_does_not_end_the_fetch(keys: KeySet, server: KeyServer) -> None:
    """The first caller is cancelled; the second gets the keys of the same fetch."""
    server.gate.clear()
    first = asyncio.create_task(_kids(keys, "a"))
    await server.seen.wait()
    second = asyncio.create_task(_kids(keys, "a"))
    await let_others_run()  # its first step joins the fetch
    first.cancel()
    await asyncio.wait([first])
    assert first.cancelled()
    server.gate.set()
    assert await second == ["a"]
    assert server.asked == 1


async def test_two_hundred_unknown_kids_cause_at_most_two_fetches(keys: KeySet, server: KeyServer) -> None:
    """A storm of invented kids, at once and one after the other, cannot be turned against the key server."""
    await asyncio.gather(*(_kids(keys, f"unknown-{n}") for n in range(100)))
    for n in range(100):
        assert await _kids(keys, f"later-{n}") == []
    assert server.asked <= 2


async def test_a_rotated_key_is_found(keys: KeySet, server: KeyServer, seconds: Seconds) -> None:
    """A new kid is found by one refetch once the pause is over, and the key that went away is gone."""
    assert await _kids(keys, "a") == ["a"]
    server.serve(EC["b"])
    assert await _kids(keys, "b") == []
    seconds.now += FETCH_PAUSE_SECONDS + 1
    assert await _kids(keys, "b") == ["b"]
    assert await _kids(keys, "a") == []


async def test_a_revoked_key_is_forgotten_after_ten_minutes(keys: KeySet, server: KeyServer, seconds: Seconds) -> None:
    """The cache is refreshed before it is used beyond its time."""
    assert await _kids(keys, "a") == ["a"]
    server.serve(EC["b"])
    seconds.now += FRESH_SECONDS + 1
    assert await _kids(keys, "a") == []


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        ("500 Oh", "", b"{}"),
        ("302 Found", "location: http://127.0.0.1:9/\r\n", b""),
        ("200 OK", "", b"<html>"),
        ("200 OK", "", b"[]"),
        ("200 OK", "", b'{"keys": {}}'),
        ("200 OK", "", b'{"keys": "a"}'),
        ("200 OK", "", b"\xff\xfe"),
        ("200 OK", "content-length: 900\r\n", b'{"keys": ['),
        ("200 OK", "content-encoding: gzip\r\n", b"\x1f\x8b"),
        ("200 OK", "", b'{"keys": [' + b" " * (jwks.MAX_BYTES + 1) + b"]}"),
    ],
)
async def test_garbage_keeps_the_known_keys_for_an_hour(
    keys: KeySet, server: KeyServer, seconds: Seconds, status: str, headers: str, body: bytes
) -> None:
    """Whatever the source answers, known keys serve on; after an hour without a good answer they do not."""
    assert await _kids(keys, "a") == ["a"]
    server.status, server.headers, server.body = status, headers, body
    seconds.now += FRESH_SECONDS + 1
    assert await _kids(keys, "a") == ["a"]
    seconds.now += STALE_SECONDS
    with pytest.raises(Unavailable):
        await keys.find("a")
    assert server.asked >= 2


async def test_a_source_that_is_down_is_told_as_unavailable_and_left_alone(seconds: Seconds) -> None:
    """No key was ever known: that is no verdict on the token. Nor is the source asked at every call."""
    server = KeyServer()
    await server.open()
    await server.close()
    keys = KeySet(server.url, now=seconds)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await keys.find("a")
    assert keys._tried_at == seconds.now


async def test_a_source_comes_back(keys: KeySet, server: KeyServer, seconds: Seconds) -> None:
    """After an outage the next fetch heals the cache."""
    server.status = "503 No"
    with pytest.raises(Unavailable):
        await keys.find("a")
    server.status = "200 OK"
    seconds.now += FETCH_PAUSE_SECONDS + 1
    assert await _kids(keys, "a") == ["a"]


async def test_a_source_that_hangs_slows_nobody_twice(keys: KeySet, server: KeyServer, seconds: Seconds) -> None:
    """While the source fails, holders of known keys are answered at once and the next try runs beside them."""
    assert await _kids(keys, "a") == ["a"]
    seconds.now += FRESH_SECONDS + 1
    server.status = "500 Oh"
    assert await _kids(keys, "a") == ["a"]
    server.delay = 600
    seconds.now += FETCH_PAUSE_SECONDS + 1
    began = time.perf_counter()
    assert await _kids(keys, "a") == ["a"]
    assert time.perf_counter() - began < 60


async def test_a_hanging_first_fetch_ends(server: KeyServer, seconds: Seconds) -> None:
    """Nobody waits longer than the fetch's own limit."""
    server.delay = 600
    keys = KeySet(server.url, now=seconds, wait_seconds=0.2)
    began = time.perf_counter()
    with pytest.raises(Unavailable):
        await keys.find("a")
    assert time.perf_counter() - began < 60


def _document(*keys: object) -> bytes:
    return json.dumps({"keys": keys}).encode()


def test_unusable_keys_are_passed_over() -> None:
    """Other types, curves, uses, sizes, and broken members are ignored; the good ones beside them count."""
    good = EC["a"]
    small = public_jwk(rsa.generate_private_key(65537, 1024), "RS256", kid="small")
    edwards = public_jwk(ed25519.Ed25519PrivateKey.generate(), "EdDSA", kid="ed")
    other_curve = public_jwk(ec.generate_private_key(ec.SECP384R1()), "ES384", kid="p384")
    bad: list[Any] = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "oct", "alg": "HS256"},
        small,
        edwards,
        other_curve,
        {**good, "use": "enc"},
        {**good, "alg": "HS256"},
        {**good, "alg": "RS256"},
        {**good, "alg": ["ES256"]},
        {**good, "key_ops": ["sign"]},
        {**good, "key_ops": 7},
        {**good, "kid": 7},
        {**good, "x": "AAAA"},
        {**good, "x": 7},
        {**good, "kty": ["EC"]},
        {name: value for name, value in good.items() if name != "y"},
        {"kty": "RSA", "n": "!!", "e": "AQAB"},
        {"kty": "RSA"},
        {},
        None,
        "key",
        7,
    ]
    assert parse_keys(_document(*bad)) == ()
    usable = {**good, "use": "sig", "alg": "ES256", "key_ops": ["verify"]}
    assert [key.kid for key in parse_keys(_document(*bad, usable))] == ["a"]


def test_private_parts_are_not_taken() -> None:
    """A source that publishes a private key by mistake gives us its public half only."""
    private = ec.generate_private_key(ec.SECP256R1())
    whole: Any = ECAlgorithm.to_jwk(private, as_dict=True)
    (key,) = parse_keys(_document(whole))
    assert isinstance(key.key.key, ec.EllipticCurvePublicKey)


def test_an_empty_set_is_a_set() -> None:
    """A project on the legacy secret publishes no keys: that is an answer, not a failure."""
    assert parse_keys(b'{"keys": []}') == ()


def test_a_thousand_keys_are_cut() -> None:
    """A document cannot make every token cost a thousand verifications."""
    assert len(parse_keys(_document(*[EC["a"]] * 200))) == jwks.MAX_KEYS
