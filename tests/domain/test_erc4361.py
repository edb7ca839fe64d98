"""ERC-4361: its form is read to the byte, and whatever announces itself as such a message is never read otherwise."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain.siwe import NONCE, STATEMENT, WALLET, siwe, stamp
from wzrd.domain.erc4361 import is_sign_in_message, parse_sign_in_message
from wzrd.domain.errors import BadRequest

NOW = 1_750_000_000_000
GOOD = siwe(at_ms=NOW)


def test_a_message_says_what_it_says() -> None:
    """Every field of a full message, with a statement, all optional lines and resources."""
    tail = (
        f"\nExpiration Time: {stamp(NOW + 60_000)}\nNot Before: {stamp(NOW - 60_000)}\nRequest ID: r-1%20\n"
        "Resources:\n- ipfs://bafy/\n- https://studio.example.org/terms?a=b#c"
    )
    found = parse_sign_in_message("https://" + siwe(at_ms=NOW, tail=tail, domain="localhost:3000"))
    assert (found.scheme, found.domain, found.address) == ("https", "localhost:3000", WALLET.address)
    assert (found.uri, found.chain_id, found.nonce) == ("https://localhost:3000/login", 1, NONCE)
    assert found.issued_at == datetime.fromtimestamp(NOW / 1000, UTC)
    assert found.expiration_time == datetime.fromtimestamp(NOW / 1000 + 60, UTC)
    assert found.not_before == datetime.fromtimestamp(NOW / 1000 - 60, UTC)


@pytest.mark.parametrize(
    "message",
    [
        siwe(at_ms=NOW, statement=None),
        siwe(at_ms=NOW, domain="[::1]:3000"),
        siwe(at_ms=NOW, statement="Terms: https://a.b/c?d=[e]&f#g (it's *free*, ok; 100 ~ @ $ + ! =)"),
        siwe(at_ms=NOW, uri="https://studio.example.org"),
        siwe(at_ms=NOW, tail="\nRequest ID: "),
        siwe(at_ms=NOW, tail="\nResources:"),
        GOOD.replace(stamp(NOW), "2025-06-15T17:06:40.123456789+02:00"),
        GOOD.replace(stamp(NOW), "2025-06-15t15:06:40z"),
        GOOD.replace("Chain ID: 1", "Chain ID: 11155111"),
    ],
)
def test_what_the_form_leaves_free_is_free(message: str) -> None:
    """No statement, other domains, any chain, any spelling of a time that RFC 3339 allows."""
    assert is_sign_in_message(message)
    assert parse_sign_in_message(message).address == WALLET.address


SPOILT = {
    "a line break at the end": GOOD + "\n",
    "a line break in front": "\n" + GOOD,
    "carriage returns": GOOD.replace("\n", "\r\n"),
    "one empty line too few": GOOD.replace(f"\n\n{STATEMENT}", f"\n{STATEMENT}"),
    "no empty line after the statement": GOOD.replace(f"{STATEMENT}\n\n", f"{STATEMENT}\n"),
    "two statements": GOOD.replace(STATEMENT, f"{STATEMENT}\n{STATEMENT}"),
    "an empty statement": siwe(at_ms=NOW, statement=""),
    "a statement with a quote": siwe(at_ms=NOW, statement='say "yes"'),
    "a statement in another script": siwe(at_ms=NOW, statement="Grüße"),
    "a line separator": siwe(at_ms=NOW, statement="a\u2028b"),
    "no domain": GOOD.replace("studio.example.org wants", " wants"),
    "a user in front of the domain": siwe(at_ms=NOW, domain="studio.example.org@evil.example"),
    "a path behind the domain": siwe(at_ms=NOW, domain="studio.example.org/evil"),
    "a space in the domain": siwe(at_ms=NOW, domain="studio.example.org evil.example"),
    "a look-alike domain": siwe(at_ms=NOW, domain="studi\u043e.example.org"),
    "another address length": siwe(at_ms=NOW, address="0x" + "a" * 39),
    "an address without 0x": siwe(at_ms=NOW, address="a" * 42),
    "no URI": GOOD.replace("URI: https://studio.example.org/login\n", ""),
    "a URI without a scheme": siwe(at_ms=NOW, uri="studio.example.org"),
    "a space in the URI": siwe(at_ms=NOW, uri="https://studio.example.org/ x"),
    "no version": GOOD.replace("Version: 1\n", ""),
    "version 2": GOOD.replace("Version: 1", "Version: 2"),
    "version 01": GOOD.replace("Version: 1", "Version: 01"),
    "chain 0": GOOD.replace("Chain ID: 1", "Chain ID: 0"),
    "chain 0x1": GOOD.replace("Chain ID: 1", "Chain ID: 0x1"),
    "another chain's digits": GOOD.replace("Chain ID: 1", "Chain ID: \u0661"),
    "no nonce": GOOD.replace(f"Nonce: {NONCE}\n", ""),
    "a short nonce": siwe(at_ms=NOW, nonce="a1b2c3d"),
    "a nonce with a dash": siwe(at_ms=NOW, nonce="a1b2c3d4-e5"),
    "two nonces": GOOD.replace(f"Nonce: {NONCE}", f"Nonce: {NONCE}\nNonce: {NONCE}"),
    "no time": GOOD[: GOOD.index("\nIssued At")],
    "a time without a zone": GOOD.replace(stamp(NOW), "2025-06-15T15:06:40"),
    "a date": GOOD.replace(stamp(NOW), "2025-06-15"),
    "no such month": GOOD.replace(stamp(NOW), "2025-13-15T15:06:40Z"),
    "no such zone": GOOD.replace(stamp(NOW), "2025-06-15T15:06:40+24:00"),
    "milliseconds": GOOD.replace(stamp(NOW), str(NOW)),
    "the optional lines in another order": GOOD + f"\nNot Before: {stamp(NOW)}\nExpiration Time: {stamp(NOW)}",
    "an unknown line": GOOD + "\nRole: admin",
    "a resource that is none": GOOD + "\nResources:\n- terms",
    "another case": GOOD.replace("URI:", "uri:"),
    "another account": GOOD.replace("Ethereum", "Solana"),
    "a double space": GOOD.replace("sign in with", "sign  in with"),
    "a shout": GOOD.replace("wants you to sign in with your", "WANTS YOU TO SIGN IN WITH YOUR"),
    "text in front": "Hello! " + GOOD,
    "text behind": GOOD + "\n\nWallet: " + WALLET.address,
}


@pytest.mark.parametrize("message", SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_message_is_refused(message: str) -> None:
    """It is known for what it means to be, and then refused: it never passes for a free text."""
    assert is_sign_in_message(message)
    with pytest.raises(BadRequest, match="ERC-4361"):
        parse_sign_in_message(message)


def test_the_documented_message_is_none() -> None:
    """The message that the original client signs is read by its own rules."""
    assert not is_sign_in_message("Sign this message to authenticate with MOG Studio.\n\nWallet: 0x\nTimestamp: 1\n")


@given(st.integers(0, len(GOOD) - 1), st.characters(codec="ascii"))
@example(place=GOOD.rindex("T"), other="t")
def test_no_single_character_goes_unread(place: int, other: str) -> None:
    """Change any one character: the message is refused, or says something else. RFC 3339 reads t and z as T and Z."""
    changed = GOOD[:place] + other + GOOD[place + 1 :]
    try:
        found = parse_sign_in_message(changed)
    except BadRequest:
        return
    statement = range(GOOD.index(STATEMENT), GOOD.index(STATEMENT) + len(STATEMENT))
    same = changed == GOOD or (GOOD[place] in "TZ" and other == GOOD[place].lower() and "Issued At" in GOOD[:place])
    assert same or place in statement or found != parse_sign_in_message(GOOD)


@pytest.mark.parametrize(
    "message",
    [
        "a" * 60_000,
        "wants" + " " * 60_000,
        "wants " * 10_000,
        "a." * 30_000 + " wants you to sign in with your Ethereum account:\n",
        siwe(at_ms=NOW, statement="a" * 60_000) + "x",
        GOOD + "\nResources:" + "\n- a:" * 12_000 + "\n",
    ],
)
def test_reading_is_bounded(message: str) -> None:
    """No text of 64 KiB costs more than a moment."""
    began = time.thread_time()
    if is_sign_in_message(message):
        with pytest.raises(BadRequest):
            parse_sign_in_message(message)
    assert time.thread_time() - began < 0.2
