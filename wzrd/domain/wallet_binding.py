"""Where and when a wallet's signature counts: the domain that the signed text names, its nonce, its times.

What is signed decides. The body around it comes from whoever holds the signature, so it can neither add nor remove a
binding: a text that names a domain is good for that domain only, and a text that carries a nonce is good once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from wzrd.domain.erc4361 import SignInMessage
from wzrd.domain.errors import BadRequest, Forbidden, Unauthenticated
from wzrd.domain.wallet import EXPIRED, WalletClaim, is_recent

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
