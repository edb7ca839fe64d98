"""Which addresses somebody else's URL may send a server to, and how such a URL is read. No I/O.

The rule is what may pass, not what may not: a global unicast address, in every disguise an IPv4 address can wear.
Sources: IANA's special-purpose registries, RFC 4291 (mapped), 6052 (NAT64), 4380 (Teredo), 5214 (ISATAP).
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import httpx

from wzrd.domain.errors import BadRequest

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Origin: TypeAlias = tuple[str, str, int]  # scheme, host, port

MAX_URL = 4096
_PORTS = {"https": 443, "http": 80}
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LOOPBACK_NAMES = frozenset({"localhost", "ip6-localhost"})
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Networks that are not the public internet although Python's tables (of some version) call them global."""
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # a cloud's own channel to its machines
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # Teredo, ORCHID, benchmarks
        "2001:db8::/32",
        "2002::/16",  # 6to4, given up (RFC 7526); Pythons do not agree on it
        "3fff::/20",
    )
)


class FetchRefused(BadRequest):
    """This address may not be fetched."""

    code = "fetch_refused"


@dataclass(frozen=True, slots=True)
class FetchTarget:
    """A URL that was read and found well-formed. `exempt`: the operator named its origin, so its address is free."""

    url: httpx.URL
    origin: Origin
    exempt: bool


def _disguised(address: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for or is delivered to."""
    packed = address.packed
    if packed[:10] == bytes(10) or packed[:12] == bytes(8) + b"\xff\xff\x00\x00" or address in _NAT64:
        yield ipaddress.IPv4Address(packed[12:])  # mapped, compatible, translated
    if packed[:4] == b"\x20\x01\x00\x00":
        yield ipaddress.IPv4Address(packed[4:8])  # Teredo: its server, and its client, written inverted
        yield ipaddress.IPv4Address(bytes(byte ^ 0xFF for byte in packed[12:]))
    if packed[8:12] in (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe"):
        yield ipaddress.IPv4Address(packed[12:])  # ISATAP


def is_public(address: Address) -> bool:
    """True if the address, and every address hidden in it, is one of the public internet's."""
    if any(address.version == network.version and address in network for network in _NOT_PUBLIC):
        return False
    if address.is_multicast or (address.is_reserved and address not in _NAT64):
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global
    if address.scope_id is not None or not all(is_public(inner) for inner in _disguised(address)):
        return False
    return address in _NAT64 or (address in _GLOBAL_UNICAST and address.is_global)


def parse_address(text: str) -> Address | None:
    """The IP address in `text` (as a resolver answers, or as a URL's host), or None when it is none."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def is_loopback_host(host: str) -> bool:
    """True if a host, as a URL or a `Host` header names it, is this very machine."""
    address = parse_address(host.strip("[]"))
    if address is None:
        return host.lower() in _LOOPBACK_NAMES
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def is_loopback_url(text: str) -> bool:
    """True if a URL leads to this very machine."""
    try:
        return is_loopback_host(origin_of(text)[1])
    except (httpx.InvalidURL, ValueError, TypeError):
        return False


def _host_problem(host: str) -> str | None:
    """Why a host is neither a plain IP address nor a plain name; None when it is one."""
    if parse_address(host):
        return "an address with a zone" if "%" in host else None
    if not host.isascii():
        return "a host that is not ASCII (write it in punycode)"
    if host.endswith("."):
        return "a host that ends with a dot"
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return "a host that is no name"
    return "an IP address in another notation than a.b.c.d" if _NUMBER.fullmatch(labels[-1]) else None


def _text_problem(text: str) -> str | None:
    """Problem that lets different readers read a URL differently, found before any reader has cleaned it."""
    if len(text) > MAX_URL:
        return f"more than {MAX_URL} characters"
    if any(char <= " " or "\x7f" <= char <= "\xa0" or char in "\\\u2028\u2029" for char in text):
        return "a space, control character or backslash"
    authority = re.split("[/?#]", text.split("://", 1)[-1], maxsplit=1)[0]
    if "@" in authority:
        return "a user name"
    return None if authority.isascii() and "%" not in authority else "a host that is not plain ASCII"


def origin_of(url: str | httpx.URL) -> Origin:
    """Scheme, host and port of a URL, the port filled in where it is the scheme's own.

    Raises:
        ValueError, httpx.InvalidURL: it is malformed, or its port is none.
    """
    parsed = httpx.URL(url)
    port = _PORTS.get(parsed.scheme, 0) if parsed.port is None else parsed.port
    if port >= 1 << 16:
        raise ValueError("no such port")
    return parsed.scheme, parsed.raw_host.decode("ascii"), port  # raw: what is resolved and sent, not what is shown


def origins_of(urls: Iterable[str]) -> frozenset[Origin]:
    """The origins an operator has configured."""
    return frozenset(origin_of(url) for url in urls)


def read_url(text: str, allowed: frozenset[Origin] = frozenset()) -> FetchTarget:
    """Read a URL that somebody else wrote. The reader is the one that fetches: httpx.

    Unless its origin is in `allowed`, a URL must be https on port 443.

    Raises:
        FetchRefused: it is malformed, ambiguous, or of a scheme or port that is not allowed.
    """
    if problem := _text_problem(text):
        raise FetchRefused(f"the URL holds {problem}", field="url")
    try:
        url = httpx.URL(text)
        origin = origin_of(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise FetchRefused("the URL cannot be read", field="url") from None
    scheme, host, port = origin
    if url.userinfo or not host or (problem := _host_problem(host)):
        raise FetchRefused(f"the URL has {problem if host else 'no host'}", field="url")
    if origin in allowed:
        return FetchTarget(url, origin, exempt=True)
    if scheme != "https" or port != 443:
        raise FetchRefused(f"only https on port 443 is fetched, not {scheme} on {port}", field="url")
    return FetchTarget(url, origin, exempt=False)


_LOCAL_NAME = re.compile("localhost|local|localdomain|internal|intranet|lan|home|arpa|corp|test|invalid")


def is_public_url(text: str) -> bool:
    """True if a stranger on the internet could fetch this URL, as far as its text shows."""
    if _text_problem(text):
        return False
    try:
        scheme, host, _ = origin_of(text)
    except (httpx.InvalidURL, ValueError, TypeError):
        return False
    if scheme not in _PORTS or _host_problem(host):
        return False
    address = parse_address(host.strip("[]"))
    if address is not None:
        return is_public(address)
    return "." in host and not _LOCAL_NAME.fullmatch(host.rpartition(".")[2])
