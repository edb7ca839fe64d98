"""From which network a request comes: the peer's, or behind trusted proxies the one that they report.

uvicorn's own reading of proxy headers is switched off (server/api/serve.py): it believes every local caller.
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from fastapi import Request

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
    for entry in _from_the_right(forwarded):
        if not any(found in network for network in trusted):
            break
        address = read_address(entry)
        if address is None:
            break
        found = address
    return found


def _from_the_right(forwarded: Sequence[str]) -> Iterator[str]:
    """The last entries of all X-Forwarded-For headers, the nearest hop first."""
    yield from reversed(",".join(forwarded).rsplit(",", MAX_HOPS)[-MAX_HOPS:])


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
