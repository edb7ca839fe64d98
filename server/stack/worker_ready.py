"""When a worker counts as up: Prefect's server has heard from it since we started it."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from server.stack.deployments import POOL_TYPE
from server.stack.health import open_client

POLL_SECONDS = 0.1


async def serves_itself(prefect_api_url: str, pool: str, *, auth: str = "") -> bool:
    """True if other workers serve pools of this type: ours takes none of its runs, and sends no heartbeat."""
    try:
        async with open_client(prefect_api_url, auth=auth, seconds=10.0) as client:
            response = await client.get(f"{prefect_api_url}/work_pools/{pool}")
            return response.is_success and response.json()["type"] != POOL_TYPE
    except (httpx.HTTPError, ValueError):
        return False


async def read_heartbeats(prefect_api_url: str, pool: str, *, auth: str = "") -> Mapping[str, str] | None:
    """The last heartbeat of every worker of the pool, by name; None when Prefect does not answer."""
    try:
        async with open_client(prefect_api_url, auth=auth, seconds=10.0) as client:
            response = await client.post(f"{prefect_api_url}/work_pools/{pool}/workers/filter", json={})
            if response.status_code == 404:  # nobody has made the pool yet
                return {}
            workers: list[dict[str, Any]] = response.raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return None
    return {str(worker["name"]): str(worker.get("last_heartbeat_time")) for worker in workers}


async def wait_heartbeat(
    prefect_api_url: str, pool: str, *, auth: str = "", before: Mapping[str, str] | None = None
) -> None:
    """Return when a worker of the pool is heard that was not heard by the first look; at once where ours takes nothing.

    To be called as soon as the worker is started: it needs seconds before it can be heard, the look does not; where it
    is heard sooner, `before` is a look of before. (No clocks are compared: a given server's may differ from ours.)
    """
    while True:
        heard = await read_heartbeats(prefect_api_url, pool, auth=auth)
        if before is None:
            before = heard
        elif (heard and set(heard.items()) - set(before.items())) or await serves_itself(
            prefect_api_url, pool, auth=auth
        ):
            return
        await asyncio.sleep(POLL_SECONDS)
