"""Who may read the pages that are for the operator: this machine, whoever has the token, everybody, or nobody."""

import hmac
import re
from typing import Literal

from fastapi import Request
from pydantic import SecretStr

from wzrd.domain.errors import Forbidden, NotFound, Unauthenticated
from wzrd.net.addresses import is_loopback_host

Access = Literal["local", "token", "open", "off"]

_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
_HOST = re.compile(r"(?:\[([^\]]*)\]|([^:]*))(?::\d*)?")


def require_access(request: Request, access: Access, *, setting: str, token: SecretStr | None = None) -> None:
    """Let the caller in as `access` says; `setting` is the variable that says it, for the refusal.

    Raises:
        NotFound: the page is off.
        Unauthenticated: there is a token, and the caller has not sent it.
        Forbidden: the page is for this machine only.
    """
    if access == "off":
        raise NotFound("Not found")
    if access == "open" or (access == "local" and is_local(request)):
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


def is_local(request: Request) -> bool:
    """Whether a program on this machine asks, and asks us.

    Three things look like that and are not: a proxy on this machine passes on somebody else's request; a page in a
    browser on this machine asks for its site (`Origin`); and such a page's own name may point here (`Host`).
    """
    peer = request.client.host if request.client else ""
    is_own = "origin" not in request.headers and not any(name in request.headers for name in _FORWARDED)
    called = _HOST.fullmatch(request.headers.get("host", ""))
    return is_own and is_loopback_host(peer) and called is not None and is_loopback_host(called[1] or called[2])
