"""generate played without Prefect's engine: the flow's own work under a kept lease."""

import uuid
from typing import Any

from tests.rows import Studio
from wzrd.operations.generate import GenerateParams, start_generate
from wzrd.runtime.process import Runtime


async def asked(runtime: Runtime, studio: Studio, model: str = "animatic", **more: Any) -> uuid.UUID:
    """A queued run of this user's, in their project unless `project_id` says otherwise."""
    inputs = more.pop("inputs", {"prompt": "Wide shot. A lighthouse in the rain at night."})
    wanted: dict[str, Any] = {"project_id": str(studio.project_id), "inputs": inputs, **more}
    return (await start_generate(runtime, GenerateParams(user_id=studio.user_id, model=model, **wanted))).run_id
