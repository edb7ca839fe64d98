"""From which network a call comes: nobody can choose it but a proxy that the operator has named."""

from ipaddress import ip_address, ip_network

import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from server.api.client_network import MAX_HOPS, UNKNOWN, describe_network, find_client, network_of, read_address
from wzrd.models.checked_settings import load

PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"), ip_network("127.0.0.1"))


def client_of(peer: str, *forwarded: str) -> str:
    """The client of a call from `peer` with these X-Forwarded-For headers."""
    return str(find_client(ip_address(peer), forwarded, PROXIES))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1, 10.0.0.1"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9, 10.1.1.1", "10.2.2.2"], "203.0.113.9"),
        ("10.0.0.1", ["10.3.3.3,10.2.2.2"], "10.3.3.3"),
        ("10.0.0.1", ["203.0.113.9, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, <script>, 10.2.2.2"], "10.2.2.2"),
        ("10.0.0.1", ["203.0.113.9,"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("10.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("10.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1, ::ffff:10.2.2.2"], "198.51.100.1"),
        ("2001:db8:1::5", ["203.0.113.9"], "203.0.113.9"),
        ("2001:db8:2::5", ["203.0.113.9"], "2001:db8:2::5"),
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("127.0.0.2", ["203.0.113.9"], "127.0.0.2"),
    ],
)
def test_the_right_most_untrusted_hop_is_the_client(peer: str, forwarded: list[str], client: str) -> None:
    """Entries that an untrusted caller wrote left of it are never read; one that is no address ends the search."""
    assert client_of(peer, *forwarded) == client


def test_without_trusted_proxies_no_header_counts() -> None:
    """The default: the peer is the client."""
    assert str(find_client(ip_address("127.0.0.1"), ["203.0.113.9"], ())) == "127.0.0.1"


def test_a_long_chain_is_read_to_a_limit() -> None:
    """Only so many hops are looked at, and a header of any length costs little."""
    chain = ", ".join(["203.0.113.9", *["10.0.0.2"] * (MAX_HOPS - 1)])
    assert client_of("10.0.0.1", chain) == "203.0.113.9"
    assert client_of("10.0.0.1", chain + ", 10.0.0.2") == "10.0.0.2"
    assert client_of("10.0.0.1", "1.1.1.1," * 100_000 + "203.0.113.9") == "203.0.113.9"


@given(st.text(max_size=40), st.lists(st.text(alphabet="0123456789abcdef.:[]%, ", max_size=40), max_size=3))
def test_no_header_whatever_breaks_it(peer: str, forwarded: list[str]) -> None:
    """Any text is an address, or none."""
    found = find_client(ip_address("10.0.0.1"), [peer, *forwarded], PROXIES)
    assert ip_address(str(found)) == found


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_ipv6_counts_by_64(address: str, network: str) -> None:
    """A customer has 2**64 addresses, and one network."""
    found = read_address(address)
    assert found is not None
    assert describe_network(found) == network


def test_a_peer_without_an_address_has_a_network_of_its_own(app: FastAPI) -> None:
    """A unix socket's callers are one network, and their headers are not believed."""
    for client in (None, ("", 0)):
        headers = [(b"x-forwarded-for", b"203.0.113.9")]
        request = Request({"type": "http", "app": app, "client": client, "headers": headers})
        assert network_of(request, PROXIES) == UNKNOWN


@pytest.mark.parametrize("value", ["10.0.0.0/33", "proxy", "10.0.0.1/8", "10.0.0.0/8,*", "::1/129"])
def test_a_proxy_that_is_no_network_is_refused_at_start(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable and the value."""
    monkeypatch.setenv("WZRD_TRUSTED_PROXIES", value)
    with pytest.raises(ValidationError, match="name proxies by address") as refusal:
        load()
    assert "WZRD_TRUSTED_PROXIES" in str(refusal.value)


def test_proxies_are_listed_with_commas_or_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses and networks of both kinds; none when the variable is empty."""
    monkeypatch.setenv("WZRD_TRUSTED_PROXIES", " 10.0.0.0/8,192.0.2.1  2001:db8:1::/48, ")
    expected = tuple(ip_network(one) for one in ("10.0.0.0/8", "192.0.2.1/32", "2001:db8:1::/48"))
    assert load().trusted_proxies == expected
    monkeypatch.setenv("WZRD_TRUSTED_PROXIES", "")
    assert load().trusted_proxies == ()


@pytest.mark.parametrize("value", ["https://studio.example.org", "studio.example.org/", "a@b", "a:b", "*"])
def test_a_wallet_domain_that_is_none_is_refused_at_start(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A domain is written as a browser shows it; a scheme, path or star would never match."""
    monkeypatch.setenv("WZRD_WALLET_DOMAINS", value)
    with pytest.raises(ValidationError, match="as a browser shows it"):
        load()


def test_wallet_domains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those listed, in lower case; else this server's own address."""
    monkeypatch.setenv("WZRD_PUBLIC_URL", "https://API.example.org:8443/base/")
    assert load().sign_in_domains == ("api.example.org:8443",)
    monkeypatch.setenv("WZRD_WALLET_DOMAINS", "Studio.example.org, localhost:3000 [::1]:3000")
    expected = ("studio.example.org", "localhost:3000", "[::1]:3000")
    assert load().sign_in_domains == expected
