"""An attacker: requests to a loopback port whose one header has 24 MiB, four at a time, for some seconds."""

import contextlib
import socket
import sys
import threading
import time

AT_ONCE = 4
BYTES = 24 << 20
_PIECE = b"x" * 65_536


def _attack(port: int, until: float) -> None:
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx-endless: ")
            for _ in range(BYTES // len(_PIECE)):
                connection.sendall(_PIECE)


def main(port: int, seconds: float) -> None:
    """Attack from four threads."""
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=_attack, args=(port, until)) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
