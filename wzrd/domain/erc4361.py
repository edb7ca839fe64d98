"""Sign-in messages of ERC-4361 (Sign-In with Ethereum), read strictly: every byte of the text has its one meaning.

Source: https://eips.ethereum.org/EIPS/eip-4361, its ABNF. No check against a server or a clock stands here.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from wzrd.domain.errors import BadRequest

_DATE_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
_URI = r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~]*"
_ANNOUNCED = re.compile(r"wants\s+you\s+to\s+sign\s+in\s+with\s+your", re.IGNORECASE)
_ORDER = "domain, address, statement, URI, Version, Chain ID, Nonce, Issued At, Expiration Time, Not Before"


@cache
def _message() -> re.Pattern[str]:
    return re.compile(
        r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?"
        r"(?P<domain>[A-Za-z0-9.-]+(?::[0-9]+)?|\[[0-9A-Fa-f:.]+\](?::[0-9]+)?)"
        r" wants you to sign in with your Ethereum account:\n"
        r"(?P<address>0x[0-9A-Fa-f]{40})\n"
        r"\n"
        r"(?:(?P<statement>[ !#-;=?-\[\]_a-z~]+)\n)?"
        r"\n"
        rf"URI: (?P<uri>{_URI})\n"
        r"Version: (?P<version>[0-9]+)\n"
        r"Chain ID: (?P<chain_id>[0-9]{1,78})\n"
        r"Nonce: (?P<nonce>[A-Za-z0-9]{8,128})\n"
        rf"Issued At: (?P<issued_at>{_DATE_TIME})"
        rf"(?:\nExpiration Time: (?P<expiration_time>{_DATE_TIME}))?"
        rf"(?:\nNot Before: (?P<not_before>{_DATE_TIME}))?"
        r"(?:\nRequest ID: (?P<request_id>[A-Za-z0-9._~!$&'()*+,;=:@%-]*))?"
        rf"(?:\nResources:(?P<resources>(?:\n- {_URI})*))?",
        re.ASCII,
    )


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """Fields of the signed text. `domain` is an authority (host, perhaps a port); times know their zone."""

    scheme: str | None
    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expiration_time: datetime | None = None
    not_before: datetime | None = None


def is_sign_in_message(message: str) -> bool:
    """True if a text looks like an ERC-4361 message. Broad, so that a malformed one is refused, not read freely."""
    return _ANNOUNCED.search(message) is not None


def parse_sign_in_message(message: str) -> SignInMessage:
    """The message that a text is.

    Raises:
        BadRequest: it does not have the exact form, or says something that cannot be.
    """
    found = _message().fullmatch(message)
    if found is None:
        raise BadRequest(f"The ERC-4361 message is malformed: it needs, in this order and one a line, {_ORDER}")
    if found["version"] != "1":
        raise BadRequest(f"The ERC-4361 message has Version {found['version'][:20]}: only 1 is known")
    if int(found["chain_id"]) < 1:
        raise BadRequest("The ERC-4361 message has Chain ID 0: chains are counted from 1")
    issued_at = _moment("Issued At", found["issued_at"])
    assert issued_at is not None
    return SignInMessage(
        scheme=found["scheme"],
        domain=found["domain"],
        address=found["address"],
        uri=found["uri"],
        chain_id=int(found["chain_id"]),
        nonce=found["nonce"],
        issued_at=issued_at,
        expiration_time=_moment("Expiration Time", found["expiration_time"]),
        not_before=_moment("Not Before", found["not_before"]),
    )


def _moment(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise BadRequest(f"The ERC-4361 message has no such time: {name}: {text[:40]}") from None
