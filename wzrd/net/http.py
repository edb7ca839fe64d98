"""The HTTP client of a process towards configured providers. It never retries, never follows a redirect.

Addresses that users give do not pass here: they go through the guarded fetch.
"""

import httpx

CONNECT_SECONDS = 5.0
WRITE_SECONDS = 15.0
_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")


def open_http(*, idle: float, connections: int = 64) -> httpx.AsyncClient:
    """A client for paid calls. `idle` seconds: the longest silence while reading, the first byte included.

    Proxies of the environment are honoured, but not for loopback (a local model or a fake is never behind one).
    The caller closes it (`aclose`).
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=16, keepalive_expiry=5.0)
    return httpx.AsyncClient(
        timeout=httpx.Timeout(connect=CONNECT_SECONDS, read=idle, write=WRITE_SECONDS, pool=CONNECT_SECONDS),
        limits=limits,
        follow_redirects=False,
        headers={"user-agent": "wzrd", "accept-encoding": "identity"},
        mounts=dict.fromkeys(_LOOPBACK),
    )
