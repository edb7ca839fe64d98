"""Scope of a signature: the domain, nonce and times that its text names, whatever the body says."""

import time
from typing import Any

import pytest
from eth_account import Account

from tests.domain.siwe import DOMAIN, NONCE, WALLET, sign, siwe, stamp
from wzrd.domain.errors import BadRequest, Forbidden, Unauthenticated
from wzrd.domain.wallet import (
    EXPIRED,
    MAX_AGE_MS,
    MAX_AHEAD_MS,
    SignInRules,
    WalletClaim,
    check_binding,
    read_claim,
    verify_claim,
)

NOW = 1_750_000_000_000
RULES = SignInRules((DOMAIN, "localhost:3000"))
STRICT = SignInRules((DOMAIN,), require_nonce=True)


def plain(lines: str = "") -> str:
    """The documented message, with more lines where wanted."""
    return (
        f"Sign this message to authenticate with MOG Studio.\n\nWallet: {WALLET.address}\nTimestamp: {NOW}\n{lines}\n"
        "This signature proves you own this wallet and does not authorize any transactions."
    )


def claimed(message: str, address: str = WALLET.address, timestamp: object = NOW) -> WalletClaim:
    """The claim as the route reads it."""
    return read_claim(address, message, sign(message), timestamp, now_ms=NOW)


def bound(message: str, rules: SignInRules = RULES, nonce: object = None, **changed: Any) -> str | None:
    """The nonce to be spent."""
    return check_binding(claimed(message, **changed), rules, nonce, now_ms=NOW)


@pytest.mark.parametrize("timestamp", [NOW, None, "", 0])
@pytest.mark.parametrize("address", [WALLET.address, WALLET.address.lower()])
def test_an_erc_4361_message_signs_in(timestamp: object, address: str) -> None:
    """It dates itself, so a timestamp may be left out; the body may spell the address in lower case."""
    claim = claimed(siwe(at_ms=NOW), address, timestamp)
    assert check_binding(claim, STRICT, None, now_ms=NOW) == NONCE
    verify_claim(claim)


def test_its_address_is_the_signers_in_its_checksummed_spelling() -> None:
    """Signed by one wallet and speaking of another, or of itself in lower case: tampered."""
    other = Account.from_key("0x" + "22" * 32)
    for message in (siwe(at_ms=NOW, address=other.address), siwe(at_ms=NOW, address=WALLET.address.lower())):
        with pytest.raises(BadRequest, match="tampered"):
            verify_claim(claimed(message))
    forged = WalletClaim(other.address, siwe(at_ms=NOW), sign(siwe(at_ms=NOW)), NOW, claimed(siwe(at_ms=NOW)).sign_in)
    with pytest.raises(Unauthenticated, match="Invalid signature"):
        verify_claim(forged)


@pytest.mark.parametrize(
    "domain",
    ["evil.example", f"evil.{DOMAIN}", f"{DOMAIN}.evil.example", f"{DOMAIN}:444", "localhost", "localhost:3001"],
)
def test_a_message_for_another_domain_is_refused(domain: str) -> None:
    """A message signed on another site, or for another port of a host of ours, signs nobody in here."""
    ours = f"https://{DOMAIN}/login"
    for message in (siwe(at_ms=NOW, domain=domain, uri=ours), plain(f"Domain: {domain}\nNonce: {NONCE}\n")):
        with pytest.raises(Unauthenticated, match=r"WZRD_WALLET_DOMAINS") as refusal:
            bound(message)
        assert f"signed for the domain '{domain}'" in refusal.value.message


def test_a_message_of_another_site_is_not_read_as_the_documented_one() -> None:
    """It names address and timestamp, which is all that the documented message must do: it is refused all the same."""
    message = siwe(at_ms=NOW, domain="evil.example", uri=f"https://{DOMAIN}/", statement=f"Order {NOW}")
    assert WALLET.address in message
    assert str(NOW) in message
    with pytest.raises(Unauthenticated):
        bound(message)
    for spoilt in (message + "\n", message.replace("wants you", "wants  you"), message.replace("\n", "\r\n")):
        with pytest.raises(BadRequest, match="ERC-4361"):
            claimed(spoilt)


@pytest.mark.parametrize(
    "uri",
    ["https://evil.example/", "https://studio.example.org@evil.example/", "https://evil.example/?studio.example.org",
     "https://user@studio.example.org/", "https://studio.example.org:444/", "did:key:z6Mk", "javascript:alert(1)",
     "ftp://studio.example.org/", "https://[", "https:studio.example.org"],
)  # fmt: skip
def test_a_uri_elsewhere_is_refused(uri: str) -> None:
    """The resource that is signed in to must lie on a domain of ours as well."""
    with pytest.raises(Unauthenticated, match="URI"):
        bound(siwe(at_ms=NOW, uri=uri))


def test_domains_are_compared_as_hosts_are() -> None:
    """Case does not matter; the URI may lie on another of our domains; a scheme may be named."""
    assert bound(siwe(at_ms=NOW, domain="Studio.EXAMPLE.org", uri="http://LOCALHOST:3000")) == NONCE
    assert bound("https://" + siwe(at_ms=NOW)) == NONCE
    with pytest.raises(BadRequest, match="scheme"):
        bound("ftp://" + siwe(at_ms=NOW))


@pytest.mark.parametrize("at", [NOW - MAX_AGE_MS - 1, NOW + MAX_AHEAD_MS + 1, 0, -10_000])
@pytest.mark.parametrize("timestamp", [NOW, None])
def test_an_old_and_a_future_message_are_expired(at: int, timestamp: object) -> None:
    """`Issued At` counts, whatever timestamp the body claims."""
    with pytest.raises(BadRequest) as refusal:
        bound(siwe(at_ms=at), timestamp=timestamp)
    assert refusal.value.message == EXPIRED


@pytest.mark.parametrize("timestamp", [NOW - MAX_AGE_MS - 1, "soon", True, [NOW]])
def test_a_timestamp_that_is_sent_must_be_right(timestamp: object) -> None:
    """It may be left out; it may not be wrong."""
    with pytest.raises(BadRequest, match="expired"):
        bound(siwe(at_ms=NOW), timestamp=timestamp)


def test_its_own_limits_count() -> None:
    """From `Not Before` on, up to and without `Expiration Time`."""
    for ends, begins in ((NOW + 1, NOW), (NOW + 9_000, NOW - 9_000)):
        tail = f"\nExpiration Time: {stamp(ends)}\nNot Before: {stamp(begins)}"
        assert bound(siwe(at_ms=NOW, tail=tail)) == NONCE
    with pytest.raises(BadRequest, match="expired"):
        bound(siwe(at_ms=NOW - 1000, tail=f"\nExpiration Time: {stamp(NOW)}"))
    with pytest.raises(BadRequest, match="not valid before"):
        bound(siwe(at_ms=NOW, tail=f"\nNot Before: {stamp(NOW + 1)}"))
    for edge in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        bound(siwe(at_ms=NOW, tail=f"\nExpiration Time: 9999-12-31T23:59:59-23:59\nNot Before: {stamp(NOW)}"))
        with pytest.raises(BadRequest):
            bound(siwe(at_ms=NOW).replace(stamp(NOW), edge))


def test_the_documented_message_carries_none() -> None:
    """It signs in as ever, unless this server requires a nonce: then the refusal says what to do."""
    assert bound(plain()) is None
    with pytest.raises(Forbidden, match=r"WZRD_WALLET_REQUIRE_NONCE.*/functions/v1/wallet-nonce") as refusal:
        bound(plain(), STRICT)
    assert refusal.value.code == "nonce_required"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_documented_message_may_carry_domain_and_nonce(line_end: str) -> None:
    """Two lines more, wherever they stand; they satisfy a server that requires a nonce."""
    message = plain(f"domain:  {DOMAIN} \nNonce:{NONCE}\n").replace("\n", line_end)
    for nonce in (None, "", NONCE):
        assert bound(message, STRICT, nonce) == NONCE


def test_a_domain_line_counts_without_a_nonce() -> None:
    """Where a text names a domain, it is good for no other; but that alone is no nonce."""
    assert bound(plain(f"Domain: {DOMAIN}\n")) is None
    with pytest.raises(Unauthenticated):
        bound(plain("Domain: evil.example\n"))
    with pytest.raises(Forbidden):
        bound(plain(f"Domain: {DOMAIN}\n"), STRICT)


def test_a_nonce_line_needs_a_domain_line() -> None:
    """Any site may fetch a nonce here: without a domain it would bind to nothing."""
    with pytest.raises(BadRequest, match=f"add `Domain: {DOMAIN}`"):
        bound(plain(f"Nonce: {NONCE}\n"))


@pytest.mark.parametrize("more", [f"Nonce: {NONCE}\nNonce: other\n", f"Domain: {DOMAIN}\nDOMAIN: evil.example\n"])
def test_a_repeated_line_is_refused(more: str) -> None:
    """Of two nonces or domains nobody could say which one was meant."""
    with pytest.raises(BadRequest, match="more than one"):
        bound(plain(more))


def test_an_empty_nonce_line_is_a_nonce() -> None:
    """It will be looked for and not found; it is not the absence of one."""
    assert bound(plain(f"Domain: {DOMAIN}\nNonce:\n"), STRICT) == ""


@pytest.mark.parametrize("message", [plain(), plain(f"Domain: {DOMAIN}\n"), plain(f"See Nonce: {NONCE}\n")])
def test_a_nonce_beside_the_message_binds_nothing(message: str) -> None:
    """Whoever holds a signature writes the body: a nonce that was not signed is refused, not believed."""
    for rules in (RULES, STRICT):
        with pytest.raises(BadRequest, match="nonce: is not in the signed message"):
            bound(message, rules, NONCE)


@pytest.mark.parametrize("nonce", [7, 0, False, [NONCE], {"nonce": NONCE}])
def test_a_nonce_of_another_type_is_named(nonce: object) -> None:
    """As any field of another type."""
    for message in (plain(), siwe(at_ms=NOW)):
        with pytest.raises(BadRequest, match="nonce: should be a string"):
            bound(message, RULES, nonce)


def test_another_nonce_than_the_signed_one_is_refused() -> None:
    """Also beside an ERC-4361 message."""
    with pytest.raises(BadRequest, match="nonce"):
        bound(siwe(at_ms=NOW), RULES, NONCE + "x")


@pytest.mark.parametrize("more", ["Nonce:a" + " " * 60_000 + "b", "Nonce:" + " \t" * 30_000, "x" * 60_000])
def test_reading_is_bounded(more: str) -> None:
    """No text of 64 KiB costs more than a moment."""
    claim = WalletClaim(WALLET.address, plain(f"Domain: {DOMAIN}\n{more}\n"), "0x", NOW)
    began = time.thread_time()
    check_binding(claim, RULES, None, now_ms=NOW)
    assert time.thread_time() - began < 0.2
