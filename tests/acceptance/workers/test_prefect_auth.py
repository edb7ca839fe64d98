"""Prefect's server, attacked as a local user or a web page would: without the home's auth string it says nothing."""

import asyncio
import contextlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from server.stack.health import open_client
from server.stack.state import AUTH_FILE, ClientSettings, client_settings, read_state
from tests.acceptance.conftest import Stack, watch
from tests.acceptance.test_gen_shots import answer
from tests.fakes.chat import says
from tests.files import files_holding
from tests.server.api.attack import connected

SECRET = "sk-nobody-may-read-this"


async def ask(found: ClientSettings, method: str, path: str, auth: str, **more: Any) -> httpx.Response:
    async with open_client(found.prefect_api_url, auth=auth, seconds=60) as http:
        return await http.request(method, found.prefect_api_url + path, **more)


def command_lines() -> Iterator[bytes]:
    """Command lines of all processes, as `ps` shows them."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            yield file.read_bytes()


async def store_key(found: ClientSettings) -> None:
    """A provider's key in a block, as an operator enters it in the UI."""
    slug = "/block_types/slug/secret"
    block_type = (await ask(found, "GET", slug, found.prefect_auth)).raise_for_status().json()
    wanted = {"block_schemas": {"block_type_id": {"any_": [block_type["id"]]}}}
    schemas = await ask(found, "POST", "/block_schemas/filter", found.prefect_auth, json=wanted)
    made = await ask(
        found,
        "POST",
        "/block_documents/",
        found.prefect_auth,
        json={
            "name": "a-key",
            "block_type_id": block_type["id"],
            "block_schema_id": schemas.json()[0]["id"],
            "data": {"value": SECRET},
        },
    )
    assert made.status_code in {201, 409}, made.text


@pytest.mark.parametrize("auth", ["", "wzrd:", "wzrd:wrong", "admin:pass"])
async def test_without_the_string_nothing_is_told_or_started(stack: Stack, auth: str) -> None:
    """Keys, deployments, flow runs, the list of routes: 401, whoever asks and whatever host the request names."""
    found = client_settings(stack.home)
    await store_key(found)
    secrets = {"include_secrets": True}
    told = await ask(found, "POST", "/block_documents/filter", found.prefect_auth, json=secrets)
    assert SECRET in told.text
    deployment = (await ask(found, "GET", "/deployments/name/gen-shots/write-shots", found.prefect_auth)).json()["id"]
    start = {"parameters": {"project": "00000000-0000-0000-0000-000000000000"}}
    attacks: list[tuple[str, str, Any]] = [
        ("POST", "/block_documents/filter", secrets),
        ("GET", "/deployments/name/gen-shots/write-shots", None),
        ("POST", f"/deployments/{deployment}/create_flow_run", start),
        ("POST", "/flow_runs/filter", {}),
        ("GET", "/admin/settings", None),
        ("GET", "/openapi.json", None),
    ]
    for host in (httpx.URL(found.prefect_api_url).netloc.decode(), "attacker.example", "127.0.0.1/api/health?"):
        for method, path, body in attacks:
            answered = await ask(found, method, path, auth, json=body, headers={"host": host})
            assert answered.status_code == 401, (host, path, answered.text)
            assert SECRET not in answered.text


@pytest.mark.parametrize("path", ["/events/in", "/events/out", "/logs/out"])
async def test_the_sockets_ask_for_it_too(stack: Stack, path: str) -> None:
    """A web page's WebSocket, which no CORS rule stops: closed without an event, with a wrong string or none."""
    found = client_settings(stack.home)
    address = found.prefect_api_url.replace("http:", "ws:") + path
    for token in (None, "wzrd:wrong", found.prefect_auth):
        async with websockets.connect(address, subprotocols=[websockets.Subprotocol("prefect")], proxy=None) as socket:
            await socket.send(json.dumps({"type": "auth", "token": token}))
            async with asyncio.timeout(60):
                if token == found.prefect_auth:
                    assert json.loads(await socket.recv())["type"] == "auth_success"
                else:
                    with pytest.raises(websockets.ConnectionClosed):
                        await socket.recv()
    with pytest.raises((websockets.InvalidHandshake, websockets.ConnectionClosed)):
        async with asyncio.timeout(60), websockets.connect(address, proxy=None) as socket:
            await socket.recv()


async def test_it_is_served_with_the_limits_of_the_api(stack: Stack) -> None:
    """Before anybody is asked who he is: endless heads, slow ones and silent sockets end; others are served."""
    found = client_settings(stack.home)
    port = httpx.URL(found.prefect_api_url).port
    assert port is not None
    head = b"GET /api/flow_runs/filter HTTP/1.1\r\nhost: 127.0.0.1\r\n"

    async def endless() -> None:
        async with connected(port) as client:
            client.writer.write(head)
            pouring = asyncio.create_task(client.pour(b"x-%s: y\r\n" % (b"z" * 1000), 64 << 20))
            try:
                assert (await client.answer()).status == 431
                assert await client.is_closed()
            except ConnectionError:
                pass  # a slow client sends on into a connection that is closed, and its kernel drops the answer
            await pouring

    async def slow() -> None:
        async with connected(port) as client:
            client.writer.write(head + b"x-slow: ")
            dripping = asyncio.create_task(client.drip())
            assert (await client.answer()).status == 408
            await dripping

    async def silent() -> None:
        address = found.prefect_api_url.replace("http:", "ws:") + "/events/in"
        async with websockets.connect(address, subprotocols=[websockets.Subprotocol("prefect")], proxy=None) as socket:
            await socket.wait_closed()
            assert socket.close_code == 1006

    async with asyncio.timeout(300), asyncio.TaskGroup() as group:
        attacks = [group.create_task(attack()) for attack in (endless, endless, slow, silent)]
        while not all(one.done() for one in attacks):
            assert (await ask(found, "GET", "/admin/version", found.prefect_auth)).is_success


async def test_pages_of_other_origins_may_not_read(stack: Stack) -> None:
    """Only the server's own address, by number or by name, is allowed to read its answers and to send a login."""
    found = client_settings(stack.home)
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    foreign = ["https://attacker.example", "null", "http://127.0.0.1:1", found.api_url]
    own = [found.prefect_ui_url, found.prefect_ui_url.replace("127.0.0.1", "localhost")]
    for origin in (*foreign, *own):
        plain = await ask(found, "GET", "/health", "", headers={"origin": origin})
        preflight = await ask(found, "OPTIONS", "/flow_runs/filter", "", headers={"origin": origin, **asked})
        allowed = [one.headers.get("access-control-allow-origin") for one in (plain, preflight)]
        assert allowed == [origin if origin in own else None] * 2
        assert preflight.is_success is (origin in own)


async def test_every_part_has_it(stack: Stack) -> None:
    """A run through API, Prefect and worker ends as it should; the string is the one that the home keeps, 0600."""
    stack.chat.otherwise = says(answer())
    (await watch(stack, await stack.studio()).to_the_end()).check_whole(3)
    path = stack.home / AUTH_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == client_settings(stack.home).prefect_auth


async def test_neither_command_lines_nor_logs_have_it(stack: Stack) -> None:
    """No process of ours shows its password to `ps`, and only two private files of the home hold it."""
    found, state = client_settings(stack.home), read_state(stack.home)
    assert state is not None
    password = found.prefect_auth.partition(":")[2]
    assert len(password) > 40
    lines = list(command_lines())
    assert any(b"server.stack.prefect.server" in line for line in lines)
    assert not [line for line in lines if password.encode() in line]
    holding = [file for file in files_holding(stack.home, password.encode()) if "postgres" not in file.parts]
    assert {file.name for file in holding} == {AUTH_FILE, "state.json"}
    assert not [file for file in holding if stat.S_IMODE(file.stat().st_mode) != 0o600]
