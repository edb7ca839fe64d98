"""generate: one picture, clip, sound or text by one model, stored and paid for."""

from typing import Annotated, Any
from uuid import UUID

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.resolve import runtime_for_process
from flows.forms import PayingProject, References, RequestId, RunId, titled
from flows.hooks import durable
from tasks.flow_lifecycle import run_under_lease
from tasks.retrying import step_log, step_task
from wzrd.contracts.generate import OutputConfig, ReferenceAsset
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.operations import output_making
from wzrd.operations.generate import GenerateParams, start_generate
from wzrd.operations.output_making import OutputFailed


@step_task(name="make output", persist_result=True)
async def make_one(run_id: UUID) -> str:
    """Make the run's output; returns its address (empty for text).

    Raises:
        OutputFailed: it could not be made; item and hold have ended, `cause` is the error's code.
    """
    return await output_making.make_one(await runtime_for_process(), run_id, step_log())


async def work(lease: Lease) -> Outcome:
    """Make the one output; its failure is the run's."""
    try:
        await make_one(lease.run_id)
    except OutputFailed as failed:
        return Outcome(error=failed.message, error_code=failed.cause)
    return Outcome()


@flow(
    name="generate",
    description="Make one picture, clip, sound or text with any model of the catalog.",
    **durable,
)
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
