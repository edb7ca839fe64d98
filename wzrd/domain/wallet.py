"""Signing in with an Ethereum wallet: what is checked, in which order, with which words.

An externally owned account signs a text (EIP-191 personal message) that names its address and the time: the documented
message, or one of ERC-4361. For which domain, and with which nonce, is the business of wallet_binding.py.
"""

import hashlib
import re
from dataclasses import dataclass

from wzrd.domain.erc4361 import SignInMessage, is_sign_in_message, parse_sign_in_message
from wzrd.domain.errors import BadRequest, Unauthenticated

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
