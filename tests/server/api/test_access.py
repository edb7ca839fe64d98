"""The operator's pages: who reads /metrics, /openapi.json, /docs and /redoc, by default and as it is set."""

from ipaddress import ip_network

import httpx
import pytest
from pydantic import SecretStr

from server.api.app import create_app
from tests.server.served import with_settings
from wzrd.runtime.process import Runtime

PAGES = ("/metrics", "/openapi.json", "/docs", "/redoc")
TOKEN = "a-token-for-scrapers"


async def ask(
    runtime: Runtime,
    path: str,
    headers: dict[str, str] | None = None,
    *,
    peer: str = "127.0.0.1",
    url: str = "http://127.0.0.1:8787",
) -> httpx.Response:
    """The answer to a GET by a peer of this address, who calls us by this URL."""
    transport = httpx.ASGITransport(create_app(runtime), client=(peer, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=url) as client:
        return await client.get(path, headers=httpx.Headers(headers, encoding="latin-1"))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("peer", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8787"),
        ("127.8.8.8", "http://localhost:8787"),
        ("::1", "http://[::1]:8787"),
        ("::ffff:127.0.0.1", "http://127.0.0.1:8787"),
    ],
)
async def test_the_machine_itself_reads_them(runtime: Runtime, path: str, peer: str, url: str) -> None:
    """By default a program here is let in, without a token."""
    response = await ask(runtime, path, peer=peer, url=url)
    assert response.status_code == 200
    kinds = {"/metrics": "text/plain; version=", "/openapi.json": "application/json"}
    assert response.headers["content-type"].startswith(kinds.get(path, "text/html"))


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_else_does(runtime: Runtime, path: str) -> None:
    """Another machine, a proxy on this one, a page of another site in a browser here, a name that points here."""
    assert (await ask(runtime, path, peer="192.0.2.7")).status_code == 403
    for header in ("x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-host", "x-forwarded-proto"):
        assert (await ask(runtime, path, {header: "127.0.0.1"})).status_code == 403
    assert (await ask(runtime, path, {"origin": "https://evil.test"})).status_code == 403
    refused = await ask(runtime, path, url="http://evil.test:8787")
    assert refused.status_code == 403
    assert "WZRD_" in refused.json()["error"]
    for odd in ({"host": "127.0.0.1.evil.test"}, {"host": "localhost@evil.test"}, {"host": ""}):
        assert (await ask(runtime, path, odd)).status_code == 403


@pytest.mark.parametrize("path", PAGES)
async def test_a_proxy_on_this_machine_need_not_say_that_it_is_one(runtime: Runtime, path: str) -> None:
    """An nginx that adds no header passes on strangers' requests as its own: named as a proxy, it is let in no more."""
    behind = with_settings(runtime, trusted_proxies=(ip_network("127.0.0.1"),))
    assert (await ask(behind, path)).status_code == 403
    assert (await ask(behind, path, peer="::ffff:127.0.0.1")).status_code == 403
    assert (await ask(behind, path, peer="::1", url="http://[::1]:8787")).status_code == 200
    elsewhere = with_settings(runtime, trusted_proxies=(ip_network("10.0.0.0/8"),))
    assert (await ask(elsewhere, path)).status_code == 200


async def test_metrics_from_afar_take_a_token(runtime: Runtime) -> None:
    """Whoever sends it, from wherever; no other one, no part of it, in no other scheme. The other pages have none."""
    guarded = with_settings(runtime, metrics_token=SecretStr(TOKEN))
    for good in (f"Bearer {TOKEN}", f"bearer  {TOKEN} "):
        headers = {"authorization": good, "x-forwarded-for": "192.0.2.7"}
        assert (await ask(guarded, "/metrics", headers, peer="192.0.2.7")).status_code == 200
    for bad in ("", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", TOKEN, "Bearer \xfc"):
        refused = await ask(guarded, "/metrics", {"authorization": bad}, peer="192.0.2.7")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert (await ask(guarded, "/docs", {"authorization": f"Bearer {TOKEN}"}, peer="192.0.2.7")).status_code == 403


async def test_each_page_has_its_setting(runtime: Runtime) -> None:
    """Off is a 404 for everybody, open lets everybody in; `token` asks this machine for the token too."""
    for path, name in (("/metrics", "metrics"), ("/openapi.json", "openapi"), ("/docs", "docs"), ("/redoc", "docs")):
        assert (await ask(with_settings(runtime, **{name: "off"}), path)).status_code == 404
        assert (await ask(with_settings(runtime, **{name: "open"}), path, peer="192.0.2.7")).status_code == 200
    strict = with_settings(runtime, metrics="token")
    assert "WZRD_METRICS_TOKEN" in (await ask(strict, "/metrics")).json()["error"]
    strict = with_settings(strict, metrics_token=SecretStr(TOKEN))
    assert (await ask(strict, "/metrics")).status_code == 401
    assert (await ask(strict, "/metrics", {"authorization": f"Bearer {TOKEN}"})).status_code == 200
