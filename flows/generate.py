"""generate: one picture, clip, sound or text by one model, stored and paid for."""

from functools import partial
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.resolve import runtime_for_process
from flows.forms import PayingProject, References, RequestId, RunId, titled
from flows.hooks import durable
from tasks.flow_lifecycle import run_under_lease
from tasks.retrying import OUTAGE, report_outage, step_log
from wzrd.contracts.generate import OutputConfig, ReferenceAsset
from wzrd.db.engine import is_outage
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.operations import output_making
from wzrd.operations.generate import GenerateParams, start_generate
from wzrd.operations.output_making import OutputFailed
from wzrd.retry import retry


async def work(lease: Lease) -> Outcome:
    """Make the one output; its failure is the run's. A flow of one step needs no task: it is the step."""
    log = step_log()

    async def once() -> str:
        return await output_making.make_one(await runtime_for_process(), lease.run_id, log)

    try:
        await retry(OUTAGE, once, on_retry=partial(report_outage, log), retryable=is_outage)
    except OutputFailed as failed:
        return Outcome(error=failed.message, error_code=failed.cause)
    return Outcome()


@flow(name="generate", description="Make one picture, clip, sound or text with any model of the catalog.", **durable)
async def generate(
    project: PayingProject,
    model: Annotated[str, titled("Model", min_length=1)] = "animatic",
    prompt: Annotated[str, titled("Prompt")] = "",
    parameters: Annotated[dict[str, Any] | None, titled("Settings of the model")] = None,
    references: References = None,
    request_id: RequestId = None,
    run_id: RunId = None,
) -> State[Any]:
    """Make one output; its project's owner pays what the model costs.

    Args:
        project: Its id, the beginning of its id (four letters or more), or its title. Its owner pays.
        model: A model of the catalog, or `animatic`, which is free and needs no key.
        prompt: What is wanted, in words.
        parameters: The model's own settings, such as {"aspect_ratio": "9:16"} or {"duration": 5}.
        references: Addresses of pictures for the model to go by.
        request_id: An idempotency key of your own; empty means one a flow run.
        run_id: Leave empty. The API fills it in for a run that it has already started.
    """
    params = GenerateParams(
        user_id=None,
        project_id=project,
        model=model,
        inputs={**(parameters or {}), **({"prompt": prompt} if prompt else {})},
        references=tuple(ReferenceAsset(url=url, type="image") for url in references or ()),
        output=OutputConfig(),
        request_id=request_id,
    )
    return await run_under_lease(run_id, params, start_generate, work)
