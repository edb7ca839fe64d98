"""ERC-4361 messages for tests, written here and not by the code that reads them."""

import time
from datetime import UTC, datetime
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct

WALLET = Account.from_key("0x" + "11" * 32)
DOMAIN = "studio.example.org"
NONCE = "a1B2c3D4e5F6"
STATEMENT = "Sign in to the studio."


def stamp(at_ms: float) -> str:
    """A moment as ERC-4361 spells it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def siwe(
    *,
    wallet: Any = WALLET,
    at_ms: float | None = None,
    domain: str = DOMAIN,
    address: str | None = None,
    statement: str | None = STATEMENT,
    uri: str | None = None,
    nonce: str = NONCE,
    tail: str = "",
) -> str:
    """A message; `tail` goes behind `Issued At`, with its own line breaks."""
    issued = stamp(time.time() * 1000 if at_ms is None else at_ms)
    return (
        f"{domain} wants you to sign in with your Ethereum account:\n{address or wallet.address}\n\n"
        + (f"{statement}\n" if statement is not None else "")
        + f"\nURI: {uri or f'https://{domain}/login'}\nVersion: 1\nChain ID: 1\nNonce: {nonce}\n"
        + f"Issued At: {issued}{tail}"
    )


def sign(message: str, wallet: Any = WALLET) -> str:
    """The wallet's signature of a personal message."""
    return "0x" + wallet.sign_message(encode_defunct(text=message)).signature.hex().removeprefix("0x")
