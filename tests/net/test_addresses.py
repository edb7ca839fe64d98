"""Which addresses count as public, and which URLs are read at all."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.net.addresses import FetchRefused, is_public, origins_of, parse_address, read_url

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::1",
    "2001:0:808:808::80ff:fffe",  # Teredo, whose client is 127.0.0.1
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::",
    "2002:c0a8:101::1",
    "2002:808:808::1",  # 6to4 to a public address: nobody's any more, and not public to every Python
    "2620:fe::5efe:10.0.0.1",
    "2620:fe::200:5efe:127.0.0.1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "fec0::1",
    "ff02::1",
    "ffff::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.15.255.255",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:0:0",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("text", PRIVATE)
def test_what_is_not_public(text: str) -> None:
    """Every private, special, local and multicast range, and every IPv6 dress of one."""
    address = parse_address(text)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize("text", [text for text in PUBLIC if text != "::ffff:0:0"])
def test_what_is_public(text: str) -> None:
    """Ordinary addresses pass, also next to a forbidden range and behind NAT64."""
    address = parse_address(text)
    assert address is not None
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_dress_makes_a_private_address_public(inner: ipaddress.IPv4Address) -> None:
    """Mapped, translated, NAT64, 6to4 and ISATAP addresses are no better than the IPv4 address in them."""
    number = int(inner)
    dresses = [
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0xFFFF << 48) | number),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1),
        ipaddress.IPv6Address((0x26064700 << 96) | (0x5EFE << 32) | number),
    ]
    if not is_public(inner):
        assert not any(map(is_public, dresses))


@given(st.ip_addresses())
def test_nothing_private_by_python_is_public_by_us(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Our rule is narrower than the standard library's, NAT64 of a public address aside."""
    if is_public(address):
        assert address.is_global or address in ipaddress.IPv6Network("64:ff9b::/96")
        assert not address.is_multicast


REFUSED = [
    "",
    "example.com",
    "//example.com/x",
    "/etc/passwd",
    "file:///etc/passwd",
    "ftp://example.com/x",
    "gopher://example.com/x",
    "data:image/png;base64,AA",
    "javascript:alert(1)",
    "http://example.com/x",
    "https://",
    "https:///x",
    "https:example.com",
    "https://example.com:8443/",
    "https://example.com:80/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:443x/",
    "https://user@example.com/",
    "https://user:pw@example.com/",
    "https://@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com%40127.0.0.1/",
    "https://example.com\\@127.0.0.1/",
    "https:\\\\127.0.0.1/",
    "https://127.0.0.1\\.example.com/",
    "https://example.com/\r\nHost: evil",
    "https://example.com/a\nb",
    "https://exa\tmple.com/",
    " https://example.com/",
    "https://example.com/a b",
    "https://example.com/\x00",
    "https://example.com\u3002evil/",
    "https://127\u30020\u30020\u30021/",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://\u2460\u2461\u2466.0.0.1/",
    "https://ex\u00e4mple.com/",
    "https://ex\u00adample.com/",
    "https://example.com\u2028/",
    "https://localhost./",
    "https://example.com./",
    "https://.example.com/",
    "https://example..com/",
    "https://-example.com/",
    "https://exa$mple.com/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.0.0.0x1/",
    "https://0x/",
    "https://1.2.3.4.5/",
    "https://256.256.256.256/",
    "https://01.02.03.04/",
    "https://[::1/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[::ffff:127.0.0.1.nip.io]/",
    "https://[]/",
    "https://" + "a" * 64 + ".com/",
    "https://example.com/" + "a" * 5000,
]


@pytest.mark.parametrize("url", REFUSED)
def test_urls_that_are_not_read(url: str) -> None:
    """Other schemes and ports, names of users, and whatever two readers might read differently."""
    with pytest.raises(FetchRefused):
        read_url(url)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com", "example.com"),
        ("https://EXAMPLE.com:443/a?b=c#d", "example.com"),
        ("HTTPS://a_b.example.com/x@y", "a_b.example.com"),
        ("https://v3.fal.media/files/a%20b.png?sig=a%2Fb", "v3.fal.media"),
        ("https://xn--e1afmkfd.com/", "xn--e1afmkfd.com"),
        ("https://93.184.216.34/", "93.184.216.34"),
        ("https://[2606:4700::1111]/", "2606:4700::1111"),
        ("https://example.com/\u00e9.png", "example.com"),
        ("https://example.com?x=@127.0.0.1", "example.com"),
    ],
)
def test_urls_that_are_read(url: str, host: str) -> None:
    """An ordinary URL is read, to the very host that is then resolved."""
    target = read_url(url)
    assert target.origin == ("https", host, 443)
    assert not target.exempt


def test_the_operators_origins_are_free() -> None:
    """Exactly scheme, host and port of a configured address; nothing beside it."""
    allowed = origins_of(["http://127.0.0.1:8900/v1", "https://fakes.internal:8443"])
    assert read_url("http://127.0.0.1:8900/files/a.png", allowed).exempt
    assert read_url("https://fakes.internal:8443/", allowed).exempt
    for url in (
        "http://127.0.0.1:8901/",
        "https://127.0.0.1:8900/",
        "http://127.0.0.1/",
        "http://localhost:8900/",
        "http://127.0.0.2:8900/",
        "http://x@127.0.0.1:8900/",
        "http://127.1:8900/",
        "http://fakes.internal:8443/",
    ):
        with pytest.raises(FetchRefused):
            read_url(url, allowed)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text breaks the reader in another way."""
    for url in (text, f"https://{text}", f"https://{text}/x", f"https://example.com/{text}"):
        try:
            target = read_url(url)
        except FetchRefused:
            continue
        assert target.origin[0] == "https"
        assert target.origin[2] == 443
        assert target.url.userinfo == b""
        assert target.url.raw_host.decode() == target.origin[1]


def test_a_refusal_does_not_repeat_the_url() -> None:
    """A signed URL or a password in it reaches no log by our message."""
    with pytest.raises(FetchRefused) as caught:
        read_url("https://me:hunter2@example.com/?signature=abc")
    assert "hunter2" not in caught.value.message
    assert "signature" not in caught.value.message
