"""One flow run through Prefect's engine in this event loop, which it neither blocks nor ends."""

import contextlib
import time
from copy import copy
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import Abort, Pause
from prefect.filesystems import WritableFileSystem
from prefect.flow_engine import run_flow_async
from prefect.results import aget_default_result_storage

STORAGE_SECONDS = 30.0
"""Seconds after which Prefect's server is asked again for its default result storage."""


class DefaultStorage:
    """The default result storage, asked for now and then, not by each flow run."""

    def __init__(self) -> None:
        self._found: tuple[float, WritableFileSystem] | None = None

    async def find(self) -> WritableFileSystem:
        """The storage as Prefect's server names it, or did a moment ago."""
        if self._found is None or time.monotonic() - self._found[0] > STORAGE_SECONDS:
            self._found = time.monotonic(), await aget_default_result_storage()
        return self._found[1]


async def execute(flow: "Flow[..., Any]", flow_run: FlowRun, storage: DefaultStorage) -> None:
    """Run the flow run to its end, to its abort or to its pause. Prefect has its state; errors of the engine leave.

    Abort and Pause are BaseExceptions: uncaught, the pause of one run would end all runs of the process.

    The engine has two synchronous calls to Prefect's server at each start, and every lease of the process would wait
    for them. It watches for a suspension from a thread and waits for that thread, but only for a flow run of a
    deployment; and it asks for the default result storage, but only where the flow names none.
    """
    alone = flow_run.model_copy(update={"deployment_id": None})
    stored = copy(flow)
    stored.result_storage = await storage.find()
    with contextlib.suppress(Abort, Pause):
        await run_flow_async(stored, flow_run=alone, parameters=flow_run.parameters, return_type="state")
