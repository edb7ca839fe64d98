"""An inline run that has begun, without a provider: the rig of the tests of its end."""

from dataclasses import replace

from tests.rows import Studio
from wzrd.domain.lease import Lease
from wzrd.domain.submission import Target
from wzrd.operations.generate import GenerateParams, new_generation
from wzrd.operations.inline_end import RunFacts
from wzrd.operations.output_job import Chosen, chosen_of
from wzrd.runs.start import Inline, StartResult, start
from wzrd.runtime.process import Runtime

TARGET = Target("groq", "llama")
CHOSEN = Chosen(TARGET, "llama", "llama", "text", 3)
PARAMS = GenerateParams(
    user_id=None, project_id=None, function="groq-chat", model="llama", inputs={"prompt": "p"}, chosen=CHOSEN
)


async def begin(runtime: Runtime, studio: Studio, request_id: str) -> tuple[StartResult[None], RunFacts]:
    """A run that this process executes from its first commit on."""
    params = replace(PARAMS, user_id=studio.user_id, request_id=request_id)
    new = replace(await new_generation(runtime, params), inline=Inline(TARGET, 120.0))
    started = await start(runtime, new)
    row = started.row
    assert row is not None
    lease = Lease(row.run_id, runtime.leases.owner, row.lease_epoch, row.attempt, row.user_id, row.project_id)
    return started, RunFacts(row, lease, chosen_of(new.extra, CHOSEN.credits), started.hold_id)
