"""The product's own client and a scripted server, and the queues' adapters between them."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from server.fakes import Fakes, open_fakes
from tests.fakes.chat import ChatServer, chat_server
from tests.providers.conformance import Bench
from tests.providers.fal_rig import make_fal
from tests.providers.gmi_rig import make_gmi
from wzrd.net.http import open_http
from wzrd.providers.fal import Fal
from wzrd.providers.fal_storage import INLINE_BYTES
from wzrd.providers.gmi import Gmi


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    """The product's own client, impatient."""
    async with open_http(idle=0.5) as made:
        yield made


@pytest.fixture
async def server() -> AsyncGenerator[ChatServer]:
    """A scripted server."""
    async with chat_server() as made:
        yield made


@pytest.fixture(scope="session")
async def vendors() -> AsyncGenerator[Fakes]:
    """The vendors' fakes, for the whole suite of conformance."""
    async with open_fakes() as made:
        yield made


@pytest.fixture(scope="session")
async def clients() -> AsyncGenerator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """A patient client and a hasty one: making one costs more than what is tried with it."""
    async with open_http(idle=10.0) as patient, open_http(idle=0.5) as hasty:
        yield patient, hasty


@pytest.fixture
async def bench(
    request: pytest.FixtureRequest, vendors: Fakes, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> Bench:
    """One subject towards its fake, which has forgotten what was before."""
    await vendors.reset()
    return Bench(request.param, vendors, *clients)


@pytest.fixture
def fal(http: httpx.AsyncClient, server: ChatServer) -> Fal:
    """The adapter pointed at the server."""
    return make_fal(http, server.origin)


@pytest.fixture
def gmi(http: httpx.AsyncClient, server: ChatServer) -> Gmi:
    """The adapter pointed at the server."""
    return make_gmi(http, server.origin)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file that is too large for a data URI."""
    path = tmp_path / "still.png"
    path.write_bytes(b"\x89PNG" + bytes(INLINE_BYTES))
    return path
