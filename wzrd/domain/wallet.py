"""Signing in with an Ethereum wallet: what is checked, in which order, with which words.

An externally owned account signs a text (EIP-191 personal message) that names its address and the time: the documented
message, or one of ERC-4361. For which domain, and with which nonce, see the end of this file.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from wzrd.domain.erc4361 import SignInMessage, is_sign_in_message, parse_sign_in_message
from wzrd.domain.errors import BadRequest, Forbidden, Unauthenticated

MAX_AGE_MS = 600_000
MAX_AHEAD_MS = 120_000
EMAIL_DOMAIN = "wallet.local"
_ADDRESS = re.compile(r"0x[a-f0-9]{40}", re.IGNORECASE | re.ASCII)
_SIGNATURE = re.compile(r"0x[a-f0-9]{130}", re.IGNORECASE | re.ASCII)
_RECOVERY_BYTES = frozenset({0, 1, 27, 28})
EXPIRED = "Signature expired. Please sign again."
_ABSENT = (None, "", 0, False)


@dataclass(frozen=True, slots=True)
class WalletClaim:
    """Claim of a person who wants to sign in; `address` as sent, `timestamp_ms` in Unix milliseconds.

    Where the message is one of ERC-4361, `sign_in` is what it says, and its own times count.
    """

    address: str
    message: str
    signature: str
    timestamp_ms: int | float
    sign_in: SignInMessage | None = None

    @property
    def account(self) -> str:
        """The address in the one spelling that identifies an account: lower case."""
        return self.address.lower()


def read_claim(address: object, message: object, signature: object, timestamp: object, *, now_ms: int) -> WalletClaim:
    """Checks 2 to 4: all there, recent, an address. A timestamp that is no number counts as expired.

    A message of ERC-4361 is dated by its `Issued At`, so that a timestamp beside it may be left out.

    Raises:
        BadRequest: in the documented words; a text field of another type is named; a malformed ERC-4361 message.
    """
    fields = {"walletAddress": address, "message": message, "signature": signature}
    dates_itself = isinstance(message, str) and is_sign_in_message(message)
    if any(value in _ABSENT for value in fields.values()) or (timestamp in _ABSENT and not dates_itself):
        raise BadRequest("Missing required fields: walletAddress, message, signature, timestamp")
    sign_in = parse_sign_in_message(str(message)) if dates_itself else None
    if sign_in is not None and timestamp in _ABSENT:
        timestamp = int(sign_in.issued_at.timestamp() * 1000)
    if not isinstance(timestamp, int | float) or isinstance(timestamp, bool) or not is_recent(timestamp, now_ms):
        raise BadRequest(EXPIRED)
    for name, value in fields.items():
        if not isinstance(value, str):
            raise BadRequest(f"{name}: should be a string")
    if not _ADDRESS.fullmatch(str(address)):
        raise BadRequest("Invalid wallet address format")
    return WalletClaim(str(address), str(message), str(signature), timestamp, sign_in)


def is_recent(timestamp_ms: float, now_ms: int) -> bool:
    """At most ten minutes old and two ahead."""
    return now_ms - timestamp_ms <= MAX_AGE_MS and timestamp_ms - now_ms <= MAX_AHEAD_MS


def verify_claim(claim: WalletClaim) -> None:
    """Checks 5 and 6: signed by that address, and the signed text names the address as sent and the time.

    Several milliseconds of arithmetic: call it off the event loop.

    Raises:
        Unauthenticated: signed by somebody else, or no signature at all.
        BadRequest: the signed text is about something else.
    """
    if recover_signer(claim.message, claim.signature) != claim.account:
        raise Unauthenticated("Invalid signature for wallet address")
    if not _names_its_signer(claim):
        raise BadRequest("Message format invalid or tampered")


def _names_its_signer(claim: WalletClaim) -> bool:
    """Check 6. An ERC-4361 message has a place for the address, and wants it in its checksummed spelling (EIP-55)."""
    if claim.sign_in is None:
        return claim.address in claim.message and _decimal(claim.timestamp_ms) in claim.message
    from eth_utils.address import is_checksum_address

    named = claim.sign_in.address
    return named.lower() == claim.account and is_checksum_address(named)


def recover_signer(message: str, signature: str) -> str:
    """The lower-case address whose key made `signature` (0x and 65 bytes: r, s, v) over the personal `message`.

    Raises:
        Unauthenticated: the signature is malformed or belongs to no key.
    """
    from eth_account import Account
    from eth_account.messages import encode_defunct

    refusal = Unauthenticated("Invalid signature format or verification failed")
    if not _SIGNATURE.fullmatch(signature) or int(signature[-2:], 16) not in _RECOVERY_BYTES:
        raise refusal
    try:
        signer: str = Account.recover_message(encode_defunct(text=message), signature=signature)
    except Exception:  # noqa: BLE001 - the library raises errors of four packages; check 5 has one text for all
        raise refusal from None
    return signer.lower()


def _decimal(timestamp_ms: float) -> str:
    """The number as JavaScript prints it: 1700000000000.0 is 1700000000000."""
    return str(int(timestamp_ms)) if timestamp_ms == int(timestamp_ms) else repr(timestamp_ms)


def claim_key(claim: WalletClaim) -> bytes:
    """Key of a claim, which may be used once.

    Of (account, message), not of the signature: a signature has twins (n - s, other v).
    """
    return hashlib.sha256(f"{claim.account}\n{claim.message}".encode()).digest()


def wallet_email(account: str) -> str:
    """The synthetic address under which a wallet's user is known."""
    return f"{account}@{EMAIL_DOMAIN}"


NONCE_PATH = "/functions/v1/wallet-nonce"
NONCE_REQUIRED = (
    f"This server wants a nonce of its own in the signed message (WZRD_WALLET_REQUIRE_NONCE): GET {NONCE_PATH}, "
    "and sign an ERC-4361 message with it, or add the lines `Domain: …` and `Nonce: …` to the documented one"
)
NONCE_SPENT = f"This nonce is unknown, used or expired. Get a new one from GET {NONCE_PATH} and sign again."
_LINE = re.compile(r"^(Domain|Nonce):(.*)$", re.IGNORECASE | re.MULTILINE)
_SCHEMES = (None, "https", "http")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class SignInRules:
    """Sign-in rules of this server: domains that a text may be signed for, and whether it needs a nonce."""

    domains: Sequence[str]
    require_nonce: bool = False


def check_binding(claim: WalletClaim, rules: SignInRules, nonce: object, *, now_ms: int) -> str | None:
    """The nonce that the claim has to spend; None where its text carries none. `nonce` is the body's field, if any.

    Raises:
        Forbidden: `nonce_required`: there is none, and this server wants one.
        Unauthenticated: signed for another domain.
        BadRequest: the body's nonce is not the signed one; a Domain or Nonce line is repeated or alone; or the times of
            an ERC-4361 message are over, or not yet begun.
    """
    signed = _bind_sign_in(claim.sign_in, rules, now_ms) if claim.sign_in else _bind_lines(claim.message, rules)
    if nonce is not None and nonce != "":
        _compare(nonce, signed)
    if signed is None and rules.require_nonce:
        raise Forbidden(NONCE_REQUIRED, code="nonce_required")
    return signed


def _compare(nonce: object, signed: str | None) -> None:
    if not isinstance(nonce, str):
        raise BadRequest("nonce: should be a string")
    if nonce != signed:
        raise BadRequest("nonce: is not in the signed message: sign it there, in a line `Nonce: …`")


def _bind_sign_in(message: SignInMessage, rules: SignInRules, now_ms: int) -> str:
    _check_domain(message.domain, rules)
    _check_uri(message.uri, rules)
    if message.scheme not in _SCHEMES:
        raise BadRequest(f"The ERC-4361 message has the scheme {message.scheme!r}: only https and http are known")
    ends = message.expiration_time
    if not is_recent(message.issued_at.timestamp() * 1000, now_ms) or (ends and ends.timestamp() * 1000 <= now_ms):
        raise BadRequest(EXPIRED)
    begins = message.not_before
    if begins and begins.timestamp() * 1000 > now_ms:
        raise BadRequest(f"The ERC-4361 message is not valid before {begins.isoformat()}")
    return message.nonce


def _bind_lines(message: str, rules: SignInRules) -> str | None:
    """Check the documented message, where lines of their own may name domain and nonce; return the nonce."""
    found = [(name.capitalize(), value.strip()) for name, value in _LINE.findall(message)]
    lines = dict(found)
    if len(lines) != len(found):
        raise BadRequest("The signed message has more than one Domain line or more than one Nonce line")
    if "Domain" in lines:
        _check_domain(lines["Domain"], rules)
    elif "Nonce" in lines:
        raise BadRequest(f"The signed message has a Nonce line and no Domain line: add `Domain: {rules.domains[0]}`")
    return lines.get("Nonce")


def _check_domain(domain: str, rules: SignInRules) -> None:
    if domain.lower() not in rules.domains:
        raise Unauthenticated(
            f"This message was signed for the domain {domain[:_SHOWN]!r}; this server takes {', '.join(rules.domains)} "
            "(WZRD_WALLET_DOMAINS)"
        )


def _check_uri(uri: str, rules: SignInRules) -> None:
    """The URI of the resource that is signed in to lies on one of our domains, without a user in front of it."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme.lower() not in _SCHEMES[1:] or parts.netloc.lower() not in rules.domains:
        raise Unauthenticated(
            f"This message was signed for the URI {uri[:_SHOWN]!r}; this server takes http(s) URIs on "
            f"{', '.join(rules.domains)} (WZRD_WALLET_DOMAINS)"
        )
