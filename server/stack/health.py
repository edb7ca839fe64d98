"""Checks that a part answers: a real connection, a real request. Used while starting and by `wzrd status`."""

import asyncio

import httpx
import psycopg

from wzrd.net.addresses import is_loopback_url


def open_client(url: str, *, auth: str = "", seconds: float = 3.0) -> httpx.AsyncClient:
    """A client for the server at `url`; `auth` is Prefect's `name:password`."""
    name, _, password = auth.partition(":")
    credentials = httpx.BasicAuth(name, password) if auth else None
    return httpx.AsyncClient(timeout=seconds, auth=credentials, trust_env=not is_loopback_url(url))


async def answers_postgres(url: str) -> bool:
    """True if a connection to the database opens and answers."""
    plain = "postgresql" + url[url.index(":") :]  # without SQLAlchemy's driver name, and without importing it
    try:
        async with asyncio.timeout(3.0):
            connection = await psycopg.AsyncConnection.connect(plain, connect_timeout=3)
            async with connection:
                await connection.execute("select 1")
    except (psycopg.Error, OSError, TimeoutError):
        return False
    return True


async def answers_http(url: str, *, seconds: float = 3.0, auth: str = "") -> bool:
    """True if `url` answers with success."""
    try:
        async with open_client(url, auth=auth, seconds=seconds) as client:
            return (await client.get(url)).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


async def wait_http(url: str, *, seconds: float, auth: str = "") -> None:
    """Return when `url` answers with success.

    Raises:
        TimeoutError: it did not in time.
    """
    async with asyncio.timeout(seconds):
        while not await answers_http(url, seconds=seconds, auth=auth):  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.05)
