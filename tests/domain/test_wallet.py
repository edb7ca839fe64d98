"""Signing in with a wallet: the documented checks, their order and words; forged, malformed and twin signatures."""

import time
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.domain.errors import BadRequest, Unauthenticated, WzrdError
from wzrd.domain.wallet import (
    MAX_AGE_MS,
    MAX_AHEAD_MS,
    WalletClaim,
    claim_key,
    read_claim,
    recover_signer,
    verify_claim,
    wallet_email,
)

NOW = 1_750_000_000_000
WALLET = Account.from_key("0x" + "11" * 32)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
MISSING = "Missing required fields: walletAddress, message, signature, timestamp"
EXPIRED = "Signature expired. Please sign again."
NO_SIGNATURE = "Invalid signature format or verification failed"


def text_of(address: str = WALLET.address, timestamp: object = NOW) -> str:
    return (
        f"Sign this message to authenticate with MOG Studio.\n\nWallet: {address}\nTimestamp: {timestamp}\n\n"
        "This signature proves you own this wallet and does not authorize any transactions."
    )


def sign(message: str, wallet: Any = WALLET) -> str:
    return "0x" + wallet.sign_message(encode_defunct(text=message)).signature.hex().removeprefix("0x")


def claim_of(message: str | None = None, address: str = WALLET.address, timestamp: float = NOW) -> WalletClaim:
    message = text_of() if message is None else message
    return WalletClaim(address, message, sign(message), timestamp)


def read(**changed: object) -> WalletClaim:
    message = text_of()
    fields: dict[str, Any] = {
        "address": WALLET.address,
        "message": message,
        "signature": sign(message),
        "timestamp": NOW,
    }
    return read_claim(**(fields | changed), now_ms=NOW)


def test_what_the_client_signs_is_taken() -> None:
    """The client's own message, signed by its wallet, passes; the account is the lower-case address."""
    claim = read()
    verify_claim(claim)
    assert claim.account == WALLET.address.lower()
    assert wallet_email(claim.account) == f"{WALLET.address.lower()}@wallet.local"


@pytest.mark.parametrize("field", ["address", "message", "signature", "timestamp"])
@pytest.mark.parametrize("value", [None, "", 0, False, 0.0])
def test_all_four_fields_are_required(field: str, value: object) -> None:
    """A value that JavaScript calls falsy is missing (check 2)."""
    with pytest.raises(BadRequest) as refusal:
        read(**{field: value})
    assert refusal.value.message == MISSING


@pytest.mark.parametrize("timestamp", [NOW - MAX_AGE_MS, NOW + MAX_AHEAD_MS, float(NOW)])
def test_a_recent_timestamp_passes(timestamp: float) -> None:
    """Ten minutes back and two ahead, both ends included (check 3)."""
    assert read(timestamp=timestamp).timestamp_ms == timestamp


@pytest.mark.parametrize(
    "timestamp",
    [NOW - MAX_AGE_MS - 1, NOW + MAX_AHEAD_MS + 1, 1e308, -1e308, -1, str(NOW), "soon", [NOW], {"now": NOW}, True],
)
def test_an_old_a_future_and_a_false_timestamp_are_expired(timestamp: object) -> None:
    """The original let a timestamp pass that is no number; here it is expired."""
    with pytest.raises(BadRequest) as refusal:
        read(timestamp=timestamp)
    assert refusal.value.message == EXPIRED


@pytest.mark.parametrize(("field", "name"), [("address", "walletAddress"), ("message", "message")])
@pytest.mark.parametrize("value", [7, ["x"], {"a": 1}, True])
def test_a_field_of_another_type_is_named(field: str, name: str, value: object) -> None:
    """The original answered 500; here the field is named, as the wire spells it."""
    with pytest.raises(BadRequest, match=name):
        read(**{field: value})


@pytest.mark.parametrize(
    "address",
    ["0x", "0x" + "a" * 39, "0x" + "a" * 41, "0x" + "g" * 40, "a" * 42, "0x" + "a" * 40 + "\n", "0x" + "\u0661" * 40],
)
def test_an_address_is_forty_hex_digits(address: str) -> None:
    """Check 4, for ASCII digits and the whole text only."""
    with pytest.raises(BadRequest) as refusal:
        read(address=address)
    assert refusal.value.message == "Invalid wallet address format"


def test_the_checks_keep_their_order() -> None:
    """Missing before expired before malformed address, whatever else is wrong."""
    for changed, text in (
        ({"signature": "", "timestamp": 1, "address": "x"}, MISSING),
        ({"signature": "x", "timestamp": 1, "address": "x"}, EXPIRED),
        ({"signature": "x", "address": "x"}, "Invalid wallet address format"),
    ):
        with pytest.raises(BadRequest) as refusal:
            read(**changed)
        assert refusal.value.message == text


def test_somebody_elses_signature_is_refused() -> None:
    """Check 5: the signer must be the address that the claim names."""
    other = Account.from_key("0x" + "22" * 32)
    message = text_of()
    with pytest.raises(Unauthenticated) as refusal:
        verify_claim(WalletClaim(WALLET.address, message, sign(message, other), NOW))
    assert refusal.value.message == "Invalid signature for wallet address"


def test_a_signature_of_another_text_is_refused() -> None:
    """A genuine signature does not carry over to a changed message."""
    with pytest.raises(Unauthenticated):
        verify_claim(WalletClaim(WALLET.address, text_of(timestamp=NOW + 1), sign(text_of()), NOW + 1))


GOOD = sign(text_of())


@pytest.mark.parametrize(
    "signature",
    [
        "0x",
        "0x00",
        GOOD[2:],
        GOOD + "00",
        GOOD[:-1],
        GOOD + "\n",
        "0X" + GOOD[2:-2] + "zz",
        "0x" + "00" * 64 + "1b",
        "0x" + "ff" * 65,
        GOOD[:66] + "0" * 64 + GOOD[-2:],
        "0x" + "0" * 64 + GOOD[66:],
        GOOD[:66] + f"{ORDER:064x}" + GOOD[-2:],
        GOOD[:-2] + "02",
        GOOD[:-2] + "1d",
        GOOD[:-2] + "25",
        "\0" * 132,
        "0x" + "é" * 130,
        "x" * 100_000,
    ],
)
def test_a_malformed_signature_is_told_as_such(signature: str) -> None:
    """Wrong length, digits, recovery byte, zero and overflowing numbers: one text, one status."""
    with pytest.raises(Unauthenticated) as refusal:
        verify_claim(WalletClaim(WALLET.address, text_of(), signature, NOW))
    assert refusal.value.message == NO_SIGNATURE


def test_the_message_names_the_address_exactly_as_sent() -> None:
    """Check 6 is case-sensitive: the checksummed address in the text and the lower-case one in the claim differ."""
    with pytest.raises(BadRequest) as refusal:
        verify_claim(claim_of(address=WALLET.address.lower()))
    assert refusal.value.message == "Message format invalid or tampered"
    verify_claim(claim_of(text_of(WALLET.address.lower()), address=WALLET.address.lower()))


@pytest.mark.parametrize("message", ["", "hello", text_of(timestamp=NOW + 1), f"{NOW}", text_of().replace("0x", "0X")])
def test_the_message_names_address_and_time(message: str) -> None:
    """A signed text about something else logs nobody in."""
    with pytest.raises(BadRequest, match="tampered"):
        verify_claim(claim_of(message))


def test_a_whole_number_is_read_as_javascript_prints_it() -> None:
    """1750000000000.0 is 1750000000000; a fraction is looked for as such."""
    verify_claim(claim_of(timestamp=float(NOW)))
    verify_claim(claim_of(text_of(timestamp=f"{NOW}.5"), timestamp=NOW + 0.5))


def twins(signature: str) -> list[str]:
    """Other signatures that the same key might have made: n - s, other recovery bytes, other case."""
    r, s, v = signature[2:66], int(signature[66:130], 16), int(signature[130:], 16)
    flipped = f"0x{r}{ORDER - s:064x}"
    return [
        flipped + f"{55 - v:02x}",
        flipped + f"{28 - v:02x}",
        signature[:130] + f"{v - 27:02x}",
        "0x" + signature[2:].upper(),
    ]


def test_twin_signatures_are_one_claim() -> None:
    """Flipping s, respelling v or the hex digits recovers the same signer, and gives the same key: no replay."""
    for twin in twins(GOOD):
        assert recover_signer(text_of(), twin) == WALLET.address.lower()
        assert claim_key(WalletClaim(WALLET.address, text_of(), twin, NOW)) == claim_key(claim_of())


def test_the_key_does_not_depend_on_the_address_case() -> None:
    """One account, one message: one key; another message or account: another."""
    lower = WalletClaim(WALLET.address.lower(), text_of(), GOOD, NOW)
    assert claim_key(lower) == claim_key(claim_of())
    assert claim_key(claim_of(text_of() + " ")) != claim_key(claim_of())
    assert claim_key(claim_of(address="0x" + "0" * 40)) != claim_key(claim_of())


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60), st.binary(min_size=65, max_size=65))
def test_random_signatures_never_pass_and_never_crash(message: str, raw: bytes) -> None:
    """Whatever 65 bytes and text arrive, the answer is one of ours."""
    with pytest.raises(WzrdError):
        verify_claim(WalletClaim(WALLET.address, message, "0x" + raw.hex(), NOW))


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=32, max_size=32).filter(lambda key: 0 < int.from_bytes(key) < ORDER), st.text(max_size=40))
def test_every_wallet_may_sign_every_text(key: bytes, words: str) -> None:
    """Any key, and any text (unicode included) that names address and time, passes."""
    wallet = Account.from_key(key)
    message = f"{words} {wallet.address} {NOW}"
    verify_claim(WalletClaim(wallet.address, message, sign(message, wallet), NOW))


def test_verification_is_bounded() -> None:
    """A long message costs little more than a short one."""
    claim = claim_of(text_of() + "x" * 60_000)
    began = time.thread_time()
    verify_claim(claim)
    assert time.thread_time() - began < 1
