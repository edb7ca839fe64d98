"""Listening sockets, opened by the supervisor and inherited by its servers.

So a port cannot be taken between its choice and its use, it stays ours while a server restarts, and clients that
come in that moment wait in the queue instead of being refused.
"""

import socket
from dataclasses import dataclass

from server.stack.errors import StackError

BACKLOG = 2048
_PORTS = 65_536
TRIES = 200  # how many ports after the wanted one are tried


@dataclass(frozen=True, slots=True)
class BoundSocket:
    """An open listening socket and the address that clients on this machine use for it."""

    socket: socket.socket
    url: str

    @property
    def port(self) -> int:
        """The port that was found free."""
        return int(self.socket.getsockname()[1])


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # an ended server's connections may linger
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def client_url(host: str, port: int) -> str:
    """The HTTP address of a server that listens on `host`, as seen from this machine."""
    seen = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - translated away
    return f"http://[{seen}]:{port}" if ":" in seen and not seen.startswith("[") else f"http://{seen}:{port}"


def listen(host: str, port: int, *, exactly: bool) -> BoundSocket:
    """Listen on `port`, or, unless `exactly`, on the next free one after it (0: on any).

    Raises:
        StackError: the host is unknown, or no port is free.
    """
    last: OSError | None = None
    if not 0 <= port < _PORTS:  # a resolver takes what is left over 65536
        raise StackError(f"{port} is no port", remedy="choose one from 1 to 65535, with --port or WZRD_PORT")
    for wanted in [port] if exactly or port == 0 else range(port, min(port + TRIES, _PORTS)):
        try:
            bound = _bind(host, wanted)
        except socket.gaierror as error:
            raise StackError(f"{host} is no address to listen on: {error}", remedy="set WZRD_HOST") from error
        except OSError as error:
            last = error
        else:
            return BoundSocket(bound, client_url(host, bound.getsockname()[1]))
    raise StackError(f"port {port} on {host} cannot be used: {last}", remedy="choose another one with --port") from last
