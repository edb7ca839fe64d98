"""Serving the fakes, here, in a process of their own or until interrupted; and the handle on them."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx
import uvicorn

from server.fakes.app import FakesApp, environment
from server.fakes.script import GOOD_DAY, Behaviour, Script, dump_behaviours, read_behaviours
from server.fakes.state import FakeState
from server.fakes.submits import Submit
from wzrd.contracts.wire import dumps, loads

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 300
"""Longer than any client keeps an idle connection: none is cut off by a fake that was not told to do so."""


class Fakes:
    """The handle on running fakes, wherever they run: it steers them over their own control addresses.

    `pid` is that of the process that they run in, when it is one of their own.
    """

    def __init__(self, base_url: str, pid: int | None = None) -> None:
        self.base_url = base_url
        self.pid = pid
        self._http = httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=130.0)

    def environment(self) -> Mapping[str, str]:
        """The variables that send every provider's calls here."""
        return environment(self.base_url)

    async def script(self, *behaviours: Behaviour) -> None:
        """Add behaviours: the next requests that they are meant for take them in turn."""
        await self._call("POST", "/control/script", content=dumps(dump_behaviours(behaviours)))

    async def release(self, match: str = "") -> int:
        """Let go what is held back and contains `match` in its model or prompt; how many they were."""
        answer = await self._call("POST", "/control/release", params={"match": match})
        return int(answer["released"])

    async def reset(self) -> None:
        """Forget scripts, jobs, submits and uploads."""
        await self._call("POST", "/control/reset")

    async def paid_submits(self, provider: str = "", match: str = "") -> list[Submit]:
        """The paid submits so far, in order, of a provider (empty: any) and with `match` in model or prompt."""
        return await self._submits({"provider": provider, "match": match})

    async def tell(self, provider: str = "", match: str = "") -> dict[str, Any]:
        """The account as `GET /control/submits` tells it: counts of paid submits by payload and prompt, refusals."""
        return await self._call("GET", "/control/submits", params={"provider": provider, "match": match})

    async def wait_submit(
        self, count: int = 1, *, provider: str = "", match: str = "", seconds: float = 60.0
    ) -> list[Submit]:
        """The paid submits, once there are `count`.

        Raises:
            TimeoutError: after `seconds` there were fewer.
        """
        found = await self._submits({"provider": provider, "match": match, "at_least": count, "within": seconds})
        if len(found) < count:
            raise TimeoutError(f"{len(found)} of {count} submits within {seconds:g} s")
        return found

    async def _submits(self, query: dict[str, str | float]) -> list[Submit]:
        answer = await self._call("GET", "/control/submits", params=query)
        return [Submit(**one) for one in answer["submits"]]

    async def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = await self._http.request(method, path, **more)
        if not answer.is_success:
            raise ValueError(answer.json()["error"])
        return answer.json()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()


class _Server(uvicorn.Server):
    """uvicorn that leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let go of every answer that is held back, then end."""
        app = self.config.app
        assert isinstance(app, FakesApp)
        app.state.is_closing = True
        app.state.holds.cancel()
        await app.state.webhooks.aclose()
        await super().shutdown(sockets)


def _server(otherwise: Behaviour = GOOD_DAY, first: Sequence[Behaviour] = ()) -> _Server:
    config = uvicorn.Config(
        FakesApp(FakeState(Script(otherwise, first))),
        log_level="warning",
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    return _Server(config)


def listen(port: int = 0, host: str = "127.0.0.1") -> socket.socket:
    """A listening socket; port 0 is a free one. Connections wait in it until somebody serves.

    Raises:
        OSError: the port is taken.
    """
    made = socket.create_server((host, port), backlog=BACKLOG)
    made.setblocking(False)
    return made


def address_of(listener: socket.socket) -> str:
    """The base URL of what is served on a socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


async def serve(listener: socket.socket, first: Sequence[Behaviour], ready: Callable[[], None]) -> bool:
    """Serve until a signal to stop; whether it was SIGINT. `first` is the script from the start.

    `ready` is called when connections are taken and signals heard.
    """
    server, came = _server(first=first), list[signal.Signals]()

    def stop(number: signal.Signals) -> None:
        came.append(number)
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    ready()
    await server.serve(sockets=[listener])
    return signal.SIGINT in came


@asynccontextmanager
async def open_fakes(*, process: bool = False, otherwise: Behaviour = GOOD_DAY) -> AsyncGenerator[Fakes]:
    """Running fakes on a free loopback port, in this event loop or in a process of their own.

    `otherwise` is how a request is answered that no script is meant for.
    """
    listener = listen()
    address = address_of(listener)
    where = _in_process(listener, otherwise) if process else _in_loop(listener, otherwise)
    async with where as pid, Fakes(address, pid) as fakes:
        yield fakes


@asynccontextmanager
async def _in_loop(listener: socket.socket, otherwise: Behaviour) -> AsyncGenerator[None]:
    server = _server(otherwise)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def _in_process(listener: socket.socket, otherwise: Behaviour) -> AsyncGenerator[int]:
    """A child that has the socket; it ends when its stdin does, so that it never outlives us."""
    behaviour = dumps(dump_behaviours([otherwise])).decode()
    words = (sys.executable, "-m", "server.fakes", str(listener.fileno()), behaviour)
    listener.set_inheritable(True)
    child = await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.PIPE, pass_fds=(listener.fileno(),))
    listener.close()
    assert child.stdin is not None
    try:
        yield child.pid
    finally:
        child.stdin.close()
        await child.wait()


async def serve_as_child(descriptor: int, otherwise: str) -> None:
    """Serve on an inherited socket until stdin ends; `otherwise` is a behaviour as JSON."""
    server = _server(read_behaviours(loads(otherwise))[0])
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = asyncio.create_task(server.serve(sockets=[socket.socket(fileno=descriptor)]))
    await reader.read()
    server.should_exit = True
    await running
