"""Servers that all machines here share: an S3, the fakes, and a stack with Prefect and PostgreSQL."""

import logging
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer

from server.fakes import Fakes, open_fakes
from tests.acceptance.conftest import Stack, open_stack
from tests.acceptance.machines.rig import prepared
from tests.acceptance.test_gen_shots import answer, in_pieces
from tests.fakes.chat import says


@dataclass(frozen=True, slots=True)
class Place:
    """Servers, and the environment that names them to machines."""

    stack: Stack
    fakes: Fakes
    shared: dict[str, str]


@pytest.fixture(scope="package")
def endpoint() -> Iterator[str]:
    """An S3 on loopback, with an empty bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    urlopen(Request(f"http://{host}:{port}/media", method="PUT")).close()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="package")
async def _place(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Place]:
    """In a stack of its own: deployments that are put on another pool are no longer on the former one."""
    async with open_fakes() as fakes:
        paid = {name: value for name, value in fakes.environment().items() if not name.startswith("GROQ")}
        async with open_stack(**paid) as stack:
            folder: Path = tmp_path_factory.mktemp("operator")
            yield Place(stack, fakes, await prepared(stack, endpoint, folder))


@pytest.fixture
async def place(_place: Place) -> Place:
    """The place, its fakes and its model with no memory of former tests."""
    await _place.fakes.reset()
    _place.stack.chat.otherwise = says(*in_pieces(answer(), 6), pause=0.05)
    return _place


@pytest.fixture(autouse=True)
def _clean() -> None:
    """No test here uses the stack of the folder above, so none is started."""
