"""Our own worker, of whatever pool WZRD_WORK_POOL names, that knows one more flow: one that does nothing."""

from prefect import flow

from flows import FLOWS
from server.worker.serve import main

EMPTY = "empty"


@flow(name=EMPTY)
async def empty() -> None:
    """Nothing."""


if __name__ == "__main__":
    FLOWS[EMPTY] = empty
    main()
