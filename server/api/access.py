"""Who may read the operator's pages, and from which network a request comes: the peer's, or what trusted proxies say.

uvicorn's own reading of proxy headers is switched off (server/api/serve.py): it believes every local caller.
"""

import hmac
import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Literal, TypeAlias

from fastapi import Request
from pydantic import SecretStr

from wzrd.domain.errors import Forbidden, NotFound, Unauthenticated
from wzrd.net.addresses import is_loopback_host

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

UNKNOWN = "unknown"
"""Where a peer has no address (a unix socket): all such callers count as one network."""
MAX_HOPS = 32
IPV6_PREFIX = 64
"""A customer gets at least this much of IPv6, so that its single addresses would be no limit at all."""


def network_of(request: Request, trusted: Sequence[Network]) -> str:
    """The network that a request counts for: an IPv4 address, an IPv6 /64, or `unknown`."""
    peer = read_address(request.client.host) if request.client else None
    if peer is None:
        return UNKNOWN
    return describe_network(find_client(peer, request.headers.getlist("x-forwarded-for"), trusted))


def find_client(peer: Address, forwarded: Sequence[str], trusted: Sequence[Network]) -> Address:
    """The right-most address that no trusted proxy has: whom the outermost proxy of ours was called by.

    What stands left of it, the caller has written. An entry that is no address ends the search: the proxy that
    reported it is then the best that is known.
    """
    found = peer
    for entry in reversed(",".join(forwarded).rsplit(",", MAX_HOPS)[-MAX_HOPS:]):
        if not any(found in network for network in trusted):
            break
        address = read_address(entry)
        if address is None:
            break
        found = address
    return found


def read_address(text: str) -> Address | None:
    """The address in `1.2.3.4`, `1.2.3.4:80`, `::1` or `[::1]:80`; an IPv4 address in IPv6 dress is an IPv4 address."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def describe_network(address: Address) -> str:
    """The address itself, or the /64 of an IPv6 one."""
    return str(address) if isinstance(address, IPv4Address) else str(IPv6Network((address, IPV6_PREFIX), strict=False))


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
