"""The internet of a test: vendors who are not on loopback, and reach nothing that is.

Either they have their own names, which a proxy and a resolver of ours lead to the fakes; or they live in a second
network namespace, as we do in a first one. Nothing leaves this machine.
"""

import asyncio
import ctypes
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httpcore
import pytest

from server.fakes import Fakes, open_fakes
from server.fakes.app import HOSTS
from tests.fakes.cloud import DEVICE
from tests.server.fakes.tls_proxy import open_tls_proxy
from wzrd.net.guarded import GuardedFetch

CLOUD, STUDIO, LAPTOP = "151.101.1.7", "151.101.2.9", "10.77.0.1"
"""Addresses inside of namespaces: the vendors', a server's public one, one of a home network."""
ROOT = Path(__file__).resolve().parent.parent


class NamedFakes(Fakes):
    """The fakes as the vendors: the environment has keys, and every address is the vendor's own."""

    def environment(self) -> Mapping[str, str]:
        """The keys alone."""
        told = super().environment()
        return {name: value for name, value in told.items() if name.endswith("_KEY") and "SUPABASE" not in name}


class _Tunnel(httpcore.AsyncNetworkBackend):
    """Connects through the proxy, whatever address a name was given; and gives names addresses."""

    def __init__(self, proxy: str) -> None:
        self._proxy = urlsplit(proxy)
        self._names = {f"151.101.9.{number}": name for number, name in enumerate(HOSTS)}

    async def resolve(self, host: str, _: int) -> Sequence[str]:
        return [address for address, name in self._names.items() if name == host]

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface's own
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        backend = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        stream = await backend.connect_tcp(self._proxy.hostname or "", self._proxy.port or 0, timeout)
        await stream.write(f"CONNECT {self._names[host]}:{port} HTTP/1.1\r\n\r\n".encode(), timeout)
        assert (await stream.read(1024, timeout)).startswith(b"HTTP/1.1 200")
        return stream


@dataclass(frozen=True, slots=True)
class NamedCloud:
    """Vendors under their own names: who is asked there, and what fetches from there."""

    fakes: NamedFakes
    fetch: GuardedFetch


@asynccontextmanager
async def open_named_cloud(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[NamedCloud]:
    """The vendors while inside; their certificate and the way to them stand in the environment, as an operator's do."""
    async with open_fakes() as fakes, open_tls_proxy(fakes.base_url, list(HOSTS), folder) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(proxy.certificate))
        tunnel = _Tunnel(proxy.url)
        fetch = GuardedFetch(resolver=tunnel.resolve, inner=tunnel)
        async with NamedFakes(fakes.base_url) as named:
            yield NamedCloud(named, fetch)
        await fetch.aclose()


def can_make_namespaces() -> bool:
    """True if this process may make network namespaces, and this machine can."""
    if os.geteuid() != 0 or not (shutil.which("ip") and shutil.which("unshare")):
        return False
    tried = ("unshare", "--net", "ip", "link", "add", "wzrd0", "type", "veth", "peer", "name", "wzrd1")
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def between_namespaces(work: Callable[[Fakes], Awaitable[None]]) -> None:
    """Run `work` in a thread with a network of its own, whose only neighbour are the vendors."""
    failures: list[BaseException] = []

    def body() -> None:
        try:
            _enter_network()
            with _cloud() as url:
                asyncio.run(_worked(work, url))
        except BaseException as error:  # noqa: BLE001 - it is raised again by who waits
            failures.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


async def _worked(work: Callable[[Fakes], Awaitable[None]], url: str) -> None:
    async with Fakes(url) as fakes:
        await work(fakes)


def _enter_network() -> None:
    """A namespace of this thread's own; it ends with its last thread and socket."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(0x40000000) != 0:  # CLONE_NEWNET
        raise OSError(ctypes.get_errno(), "no network namespace")
    _ip("link", "set", "lo", "up")


@contextmanager
def _cloud() -> Generator[str]:
    """The vendors' namespace beside ours; the fakes' address in it."""
    words = ("unshare", "--net", sys.executable, "-m", "tests.fakes.cloud", CLOUD, LAPTOP, STUDIO)
    child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == b"ready\n"
        _ip("link", "add", "laptop0", "type", "veth", "peer", "name", DEVICE, "netns", str(child.pid))
        for address in (LAPTOP, STUDIO):
            _ip("addr", "add", f"{address}/32", "dev", "laptop0")
        _ip("link", "set", "laptop0", "up")
        _ip("route", "add", CLOUD, "dev", "laptop0", "src", LAPTOP)
        child.stdin.write(b"\n")
        child.stdin.flush()
        yield child.stdout.readline().decode().strip()
    finally:
        child.stdin.close()
        child.wait()


def _ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True)
