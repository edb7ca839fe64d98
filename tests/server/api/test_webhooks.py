"""The receiver of fal's webhooks, called as fal calls it, and as somebody does who would like to be fal."""

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from server.api.fal_signatures import (
    FRESH_SECONDS,
    JWKS_PATH,
    STALE_SECONDS,
    TOLERANCE_SECONDS,
    FalSignatures,
    WebhookHead,
    signed_text,
)
from server.api.jwks import ED25519, FETCH_PAUSE_SECONDS, KeySet, parse_keys
from server.api.routes import webhooks
from server.api.routes.webhooks import MAX_BODY
from tests.fakes.keys import KeyServer, Seconds, public_jwk
from tests.server.conftest import SECRET, Clock
from wzrd.domain.errors import Unauthenticated, Unavailable
from wzrd.generation.recovery import Noted
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings

TOKEN, OTHER = "t" * 43, "o" * 43
ID, OTHER_ID = "764cabcf-b745-4b3e-ae38-1200304cf45b", "11111111-b745-4b3e-ae38-1200304cf45b"
BODY = json.dumps({"request_id": ID, "gateway_request_id": ID, "status": "OK", "payload": {"images": []}}).encode()
FAL, NEXT, STRANGER = (Ed25519PrivateKey.generate() for _ in range(3))


def jwk(key: Ed25519PrivateKey, **members: Any) -> dict[str, Any]:
    return public_jwk(key, "EdDSA", **members)


class Notes:
    """Submits by token with their request ids (None: the submit's answer was lost), and what was noted of them."""

    def __init__(self) -> None:
        self.jobs: dict[str, str | None] = {TOKEN: ID, OTHER: OTHER_ID}
        self.noted: list[tuple[str, str]] = []

    async def __call__(self, runtime: Runtime, token: str, request_id: str) -> Noted:
        if token not in self.jobs or self.jobs[token] not in {None, request_id}:
            return "foreign"
        if (token, request_id) in self.noted:
            return "repeated"
        self.noted.append((token, request_id))
        return "noted"


@pytest.fixture
async def key_server() -> AsyncGenerator[KeyServer]:
    """Fal's published keys."""
    made = KeyServer()
    made.serve(jwk(FAL, kid="1"))
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def settings(tmp_path: Path, key_server: KeyServer) -> Settings:
    """A server that takes fal's keys from there."""
    told = {"WZRD_HOME": tmp_path / "home", "SUPABASE_JWT_SECRET": SECRET, "FAL_REST_URL": key_server.origin}
    return Settings.model_validate(told)


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    """Notes that the application's receiver writes into."""
    made = Notes()
    monkeypatch.setattr(webhooks, "note_call", made)
    return made


def headers_of(
    body: bytes, clock: Clock, *, key: Ed25519PrivateKey = FAL, request_id: str = ID, at: float = 0.0, **changes: str
) -> dict[str, str]:
    head = WebhookHead(request_id, "user|1", str(int(clock().timestamp() + at)), b"")
    told = {
        "request_id": head.request_id,
        "user_id": head.user_id,
        "timestamp": head.timestamp,
        "signature": key.sign(signed_text(head, body)).hex(),
        **changes,
    }
    return {f"x-fal-webhook-{name.replace('_', '-')}": value for name, value in told.items()}


async def call(client: httpx.AsyncClient, headers: Any, body: bytes = BODY, token: str = TOKEN) -> httpx.Response:
    return await client.post(f"/webhooks/fal/{token}", content=body, headers=headers)


async def test_a_call_of_fals_is_noted(client: httpx.AsyncClient, clock: Clock, notes: Notes) -> None:
    """Signed over the raw body, now, by a published key: noted under its token, answered 200."""
    answer = await call(client, headers_of(BODY, clock))
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert notes.noted == [(TOKEN, ID)]


async def test_a_repeated_call_is_answered_and_noted_once(
    client: httpx.AsyncClient, clock: Clock, notes: Notes
) -> None:
    """Fal repeats what it is not sure of: ten at once, and later ones signed anew."""
    headers = headers_of(BODY, clock)
    answers = await asyncio.gather(*(call(client, headers) for _ in range(10)))
    clock.forward(4000)
    answers.append(await call(client, headers_of(BODY, clock)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(notes.noted) == 1


async def test_a_lost_submit_is_found_by_its_token(client: httpx.AsyncClient, clock: Clock, notes: Notes) -> None:
    """The job has no request id yet: the call brings it."""
    notes.jobs[TOKEN] = None
    assert (await call(client, headers_of(BODY, clock))).status_code == 200
    assert notes.noted == [(TOKEN, ID)]


async def test_what_is_none_of_ours_is_set_aside_without_a_word(
    client: httpx.AsyncClient, clock: Clock, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    """An unknown token, another job's, a malformed one: one answer, nothing noted, no token in the log."""
    caplog.set_level(logging.DEBUG)
    headers = headers_of(BODY, clock)
    strange = ["u" * 43, OTHER, "x", "z" * 500, "..%2f..%2fadmin"]
    answers = [await call(client, headers, token=token) for token in strange]
    told = {(answer.status_code, answer.content) for answer in answers if answer.status_code != 404}
    assert told == {(202, b'{"status":"accepted"}')}
    assert [answer.status_code for answer in answers].count(202) >= 4
    assert notes.noted == []
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("server"))
    assert "none of ours" in ours
    assert OTHER not in ours


def _changed(headers: dict[str, str], **changes: str | None) -> dict[str, str]:
    made = {**headers, **{f"x-fal-webhook-{name.replace('_', '-')}": value for name, value in changes.items()}}
    return {name: value for name, value in made.items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {"request_id": OTHER_ID}, {"user_id": "user|2"}, {"timestamp": "1"}, {"signature": "0" * 128},
        {"request_id": None}, {"user_id": None}, {"timestamp": None}, {"signature": None},
        {"request_id": ""}, {"request_id": "a\tb"}, {"request_id": "x" * 129}, {"user_id": "u" * 100_000},
        {"timestamp": "-5"}, {"timestamp": "1e9"}, {"timestamp": "9" * 400}, {"timestamp": " "}, {"timestamp": "nan"},
        {"signature": "zz" * 64}, {"signature": "00" * 63}, {"signature": "00" * 65},
        {"signature": " ".join(["00"] * 64)},
        {"signature": "AAAA" * 22}, {"signature": "é"},
    ],
)  # fmt: skip
async def test_a_changed_head_is_refused(
    client: httpx.AsyncClient, clock: Clock, notes: Notes, changes: dict[str, str | None]
) -> None:
    """Every header is signed or of one form: missing, other, huge or malformed, it is 401 and nothing happens."""
    headers = _changed(headers_of(BODY, clock), **changes)
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await call(client, raw)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
    assert notes.noted == []


async def test_a_header_that_is_there_twice_is_refused(client: httpx.AsyncClient, clock: Clock, notes: Notes) -> None:
    """Two readers would take different ones."""
    headers = [*headers_of(BODY, clock).items(), ("x-fal-webhook-request-id", OTHER_ID)]
    assert (await call(client, headers)).status_code == 401
    assert notes.noted == []


@pytest.mark.parametrize("body", [b"", BODY[:-1], BODY + b" ", BODY.replace(b"OK", b"KO"), b"x" * 100])
async def test_a_changed_body_is_refused(client: httpx.AsyncClient, clock: Clock, notes: Notes, body: bytes) -> None:
    """Cut short, longer, or with another word in it."""
    assert (await call(client, headers_of(BODY, clock), body)).status_code == 401
    assert notes.noted == []


async def test_a_strangers_key_is_refused(client: httpx.AsyncClient, clock: Clock, notes: Notes) -> None:
    """A good signature by nobody that fal has published, known token or not, and one refetch at most."""
    answers = [await call(client, headers_of(BODY, clock, key=STRANGER), token=token) for token in (TOKEN, "u" * 43)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content
    assert notes.noted == []


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (-TOLERANCE_SECONDS + 5, 200),
        (TOLERANCE_SECONDS - 5, 200),
        (-TOLERANCE_SECONDS - 5, 401),
        (TOLERANCE_SECONDS + 5, 401),
    ],
)
async def test_a_call_is_of_now(client: httpx.AsyncClient, clock: Clock, notes: Notes, at: float, status: int) -> None:
    """Five minutes either way: neither a recorded call nor one for later."""
    assert (await call(client, headers_of(BODY, clock, at=at))).status_code == status
    assert len(notes.noted) == (status == 200)


async def test_a_body_has_a_bound(client: httpx.AsyncClient, clock: Clock, notes: Notes) -> None:
    """A mebibyte is taken, a byte more is 413, whoever signed it."""
    for size, status in ((MAX_BODY, 200), (MAX_BODY + 1, 413)):
        body = b" " * size
        assert (await call(client, headers_of(body, clock), body)).status_code == status
    assert len(notes.noted) == 1


async def test_a_body_that_is_no_json_is_fals_affair(client: httpx.AsyncClient, clock: Clock, notes: Notes) -> None:
    """It is never read: what the job made is asked for at fal."""
    assert (await call(client, headers_of(b"\xff{", clock), b"\xff{")).status_code == 200


async def test_without_fals_keys_fal_is_told_to_come_again(
    client: httpx.AsyncClient, clock: Clock, notes: Notes, key_server: KeyServer
) -> None:
    """503 with Retry-After: no call is lost and none is believed."""
    key_server.status = "500 Oh"
    answer = await call(client, headers_of(BODY, clock))
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert notes.noted == []


async def test_a_head_that_is_wrong_costs_no_fetch(
    client: httpx.AsyncClient, clock: Clock, notes: Notes, key_server: KeyServer
) -> None:
    """Strangers cause no traffic to fal before they have sent something that might be signed."""
    for at in (-1000.0, 1000.0):
        assert (await call(client, headers_of(BODY, clock, at=at))).status_code == 401
    assert (await call(client, {})).status_code == 401
    assert key_server.asked == 0


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def signatures(key_server: KeyServer, seconds: Seconds, clock: Clock) -> AsyncGenerator[FalSignatures]:
    keys = KeySet(
        key_server.origin + JWKS_PATH,
        algorithms=ED25519,
        fresh_seconds=FRESH_SECONDS,
        stale_seconds=STALE_SECONDS,
        now=seconds,
    )
    made = FalSignatures(keys, clock)
    yield made
    await made.close()


async def verified(signatures: FalSignatures, key: Ed25519PrivateKey) -> bool:
    head = WebhookHead(ID, "u", "1", b"")
    try:
        await signatures.verify(WebhookHead(ID, "u", "1", key.sign(signed_text(head, BODY))), BODY)
    except Unauthenticated:
        return False
    return True


async def test_a_new_key_is_found_by_one_fetch(
    signatures: FalSignatures, key_server: KeyServer, seconds: Seconds
) -> None:
    """Rotation: after the pause the first call of the new key brings it; the old one serves while it is published."""
    assert await verified(signatures, FAL)
    key_server.serve(jwk(FAL), jwk(NEXT))
    assert not await verified(signatures, NEXT)
    seconds.now += FETCH_PAUSE_SECONDS + 1
    assert await verified(signatures, NEXT)
    assert await verified(signatures, FAL)
    assert key_server.asked == 2


async def test_a_storm_of_forgeries_is_one_fetch_a_pause(
    signatures: FalSignatures, key_server: KeyServer, seconds: Seconds
) -> None:
    """Two hundred forged calls cannot be turned against fal, nor against those that are genuine."""
    assert await verified(signatures, FAL)
    seconds.now += FETCH_PAUSE_SECONDS + 1
    assert not any(await asyncio.gather(*(verified(signatures, STRANGER) for _ in range(200))))
    assert key_server.asked == 2
    assert await verified(signatures, FAL)


async def test_known_keys_outlive_an_outage_for_a_day(
    signatures: FalSignatures, key_server: KeyServer, seconds: Seconds
) -> None:
    """While fal's keys cannot be fetched the last ones serve; after a day they do not."""
    assert await verified(signatures, FAL)
    key_server.status = "500 Oh"
    seconds.now += FRESH_SECONDS + 1
    assert await verified(signatures, FAL)
    seconds.now += STALE_SECONDS
    with pytest.raises(Unavailable):
        await verified(signatures, FAL)


def test_only_keys_for_webhooks_are_taken() -> None:
    """Ed25519 under either name of its algorithm; tokens' keys are not webhooks' keys, nor the other way round."""
    good = jwk(FAL, kid="1")
    document = {
        "keys": [
            good, {**good, "alg": "Ed25519"}, {**good, "alg": "ES256"}, {**good, "use": "enc"}, {**good, "x": "AAAA"},
            {**good, "crv": "X25519"}, {**good, "crv": ["Ed25519"]}, {**good, "kty": "EC"}, {**good, "alg": 7}, "x",
        ]
    }  # fmt: skip
    assert len(parse_keys(json.dumps(document).encode(), ED25519)) == 2
    assert parse_keys(json.dumps(document).encode()) == ()


@given(st.text(), st.text(), st.text(), st.binary(), st.text(), st.text(), st.text(), st.binary())
def test_two_calls_are_never_signed_alike(
    a: str, b: str, c: str, body: bytes, d: str, e: str, f: str, other: bytes
) -> None:
    """No line break is in a header that is taken: what is signed tells the four parts apart."""
    first, second = ([text.replace("\n", "") for text in texts] for texts in ((a, b, c), (d, e, f)))
    same = (first, body) == (second, other)
    texts = [
        signed_text(WebhookHead(head[0], head[1], head[2], b""), raw) for head, raw in ((first, body), (second, other))
    ]
    assert (texts[0] == texts[1]) == same
    assert texts[0].decode("utf-8", "surrogatepass").split("\n")[-1] == hashlib.sha256(body).hexdigest()
