"""Who may read the pages that are for the operator: this machine, whoever has the token, everybody, or nobody."""

import hmac
import re
from collections.abc import Sequence
from typing import Literal

from fastapi import Request
from pydantic import SecretStr

from server.api.client_network import Network, read_address
from wzrd.domain.errors import Forbidden, NotFound, Unauthenticated
from wzrd.net.addresses import is_loopback_host

Access = Literal["local", "token", "open", "off"]

_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
_HOST = re.compile(r"(?:\[([^\]]*)\]|([^:]*))(?::\d*)?")


def require_access(
    request: Request, access: Access, *, setting: str, proxies: Sequence[Network], token: SecretStr | None = None
) -> None:
    """Let the caller in as `access` says; `setting` is the variable that says it, for the refusal.

    `proxies` are those that the operator trusts: what comes from one comes from somebody else.

    Raises:
        NotFound: the page is off.
        Unauthenticated: there is a token, and the caller has not sent it.
        Forbidden: the page is for this machine only.
    """
    if access == "off":
        raise NotFound("Not found")
    if access == "open" or (access == "local" and is_local(request, proxies)):
        return
    if token is not None:
        if not _bears(request, token):
            raise Unauthenticated
        return
    remedy = f"set {setting}_TOKEN" if access == "token" or setting == "WZRD_METRICS" else f"set {setting}=open"
    raise Forbidden(f"This page is for the machine itself: ask from there, without a proxy, or {remedy}")


def _bears(request: Request, token: SecretStr) -> bool:
    scheme, _, given = request.headers.get("authorization", "").strip().partition(" ")
    wanted = token.get_secret_value().encode()
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), wanted)


def is_local(request: Request, proxies: Sequence[Network]) -> bool:
    """True if a program on this machine asks, and asks us.

    Three things look like that and are not: a proxy on this machine passes on somebody else's request, and may say
    nothing of it (nginx does not by itself); a page in a browser on this machine asks for its site (`Origin`); and such
    a page's own name may point here (`Host`).
    """
    peer = request.client.host if request.client else ""
    address = read_address(peer)
    is_own = "origin" not in request.headers and not any(name in request.headers for name in _FORWARDED)
    is_own = is_own and not (address and any(address in network for network in proxies))
    called = _HOST.fullmatch(request.headers.get("host", ""))
    return is_own and is_loopback_host(peer) and called is not None and is_loopback_host(called[1] or called[2])
