"""Eight clients that send one request again and again for some seconds; prints how often each status came back."""

import contextlib
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path

CLIENTS = 8
_PIECE = 1 << 16


def _send(port: int, request: bytes, until: float, seen: Counter[str]) -> None:
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as connection:
            connection.settimeout(30)
            with contextlib.suppress(OSError):  # refused early: the answer is there all the same
                for at in range(0, len(request), _PIECE):
                    connection.sendall(request[at : at + _PIECE])
            seen[connection.recv(64)[9:12].decode("latin-1") or "none"] += 1


def main(port: int, seconds: float, request: Path) -> None:
    """Send from eight threads."""
    until, seen, data = time.monotonic() + seconds, Counter[str](), request.read_bytes()
    threads = [threading.Thread(target=_send, args=(port, data, until, seen)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(" ".join(f"{status}x{count}" for status, count in seen.most_common(3)))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
