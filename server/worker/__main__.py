"""A child's program: the worker. It imports the flows while Prefect's server still starts, then waits for its pool.

With `--template ENTRYPOINT…` it describes these flows and forks workers instead (server/stack/template.py).

Where everything runs already, `python -m server.worker.serve` does the same without waiting.
"""

import asyncio
import sys

from server.stack.health import wait_http
from server.stack.template import OPTION, await_fork
from server.terminal import guard_streams
from wzrd.models.checked_settings import load
from wzrd.runtime.gc_tuning import no_collections
from wzrd.settings import Settings

POOL_SECONDS = 180.0


async def _await_pool(settings: Settings) -> None:
    """Return when the work pool exists: a worker that made it by itself could collide with the supervisor."""
    auth = settings.prefect_auth_string.get_secret_value() if settings.prefect_auth_string else ""
    pool = f"{settings.prefect_api_url}/work_pools/{settings.work_pool}"
    await wait_http(pool, seconds=POOL_SECONDS, auth=auth)


def main() -> None:
    """Work until SIGTERM."""
    guard_streams()
    with no_collections():
        from server.worker import serve  # seconds: imported first, so that the waiting overlaps
        from server.worker.flow_schemas import describe_all

        if OPTION in sys.argv[1:]:
            await_fork(describe_all)
    asyncio.run(_await_pool(load()))
    serve.main()


if __name__ == "__main__":
    main()
