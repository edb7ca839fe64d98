"""The product's own client and a scripted server, and the queues' adapters between them."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from server.fakes import Fakes, open_fakes
from tests.fakes.chat import ChatServer, chat_server
from tests.providers.conformance import Bench
from tests.providers.scripted_fal import make_fal
from tests.providers.scripted_gmi import make_gmi
from wzrd.net.http import open_http
from wzrd.providers.fal.adapter import Fal
from wzrd.providers.fal.storage import INLINE_BYTES
from wzrd.providers.gmi import Gmi


@pytest.fixture
def patience(request: pytest.FixtureRequest) -> float:
    """Seconds that a client waits for an answer: few where none comes, and so many that they only end what hangs."""
    return 1.0 if request.node.get_closest_marker("silence") else 60.0


@pytest.fixture
async def http(patience: float) -> AsyncGenerator[httpx.AsyncClient]:
    """The product's own client."""
    async with open_http(idle=patience) as made:
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
    async with open_http(idle=60.0) as patient, open_http(idle=1.0) as hasty:
        yield patient, hasty


@pytest.fixture
async def bench(
    request: pytest.FixtureRequest, vendors: Fakes, clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> Bench:
    """One subject towards its fake, which has forgotten what was before."""
    await vendors.reset()
    return Bench(request.param, vendors, *clients)


@pytest.fixture
def fal(http: httpx.AsyncClient, server: ChatServer, patience: float) -> Fal:
    """The adapter pointed at the server."""
    return make_fal(http, server.origin, seconds=patience)


@pytest.fixture
def gmi(http: httpx.AsyncClient, server: ChatServer, patience: float) -> Gmi:
    """The adapter pointed at the server."""
    return make_gmi(http, server.origin, seconds=patience)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file that is too large for a data URI."""
    path = tmp_path / "still.png"
    path.write_bytes(b"\x89PNG" + bytes(INLINE_BYTES))
    return path
