"""auto-generate: every shot's picture, or every shot's clip, a few at once; then the contact sheet."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed

from blocks.resolve import runtime_for_process
from flows.forms import MaxCredits, MaxUsd, Model, Project, RequestId, RunId, VoiceModel, titled
from flows.hooks import durable
from tasks.artifacts.auto_generate import publish_plan, publish_price
from tasks.artifacts.page import count_ended
from tasks.auto_generate import make_reference, make_sheet, make_shot, move_lips, speak_shot
from tasks.flow_lifecycle import current_flow_run, find_project, refuse, run_under_lease
from tasks.flow_names import give_name
from tasks.retrying import FinishedStep, ignore_failure
from wzrd.domain.auto_generate import Phase
from wzrd.domain.errors import WzrdError
from wzrd.domain.money import read_money
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.operations.auto_generate.kind import MAX_TITLE, AutoGenerateParams, start_auto_generate
from wzrd.operations.auto_generate.plan import plan_auto_generate
from wzrd.storyboard.batch.bible import SheetFailed, list_sheet_work
from wzrd.storyboard.batch.ends import ShotFailed, start_progress
from wzrd.storyboard.batch.items import list_chains
from wzrd.storyboard.batch.progress import reporting

_STEPS = {"voice": speak_shot, "lips": move_lips}
"""Steps by what their items' keys begin with: before a shot's clip, and after it."""


async def work(phase: Phase, lease: Lease, *, at_once: int | None = None) -> Outcome:
    """Make sheets, then every shot's picture or clip, `at_once` of them (the phase's number unless given).

    At last comes the contact sheet.
    """
    runtime = await runtime_for_process()
    batch = await start_progress(runtime, lease.run_id, phase, at_once)
    made = list[FinishedStep[str] | None]()
    for sheets in await list_sheet_work(runtime, lease.run_id):
        steps = (ignore_failure(make_reference.run(lease.run_id, key, name), SheetFailed) for key, name in sheets)
        await asyncio.gather(*steps)
    left = iter(await list_chains(runtime, lease.run_id))

    async def one_after_another() -> None:
        for chain in left:
            for key, label in chain:
                step = _STEPS.get(key.partition("/")[0], make_shot)
                made.append(await ignore_failure(step.run(lease.run_id, key, label), ShotFailed))

    async with reporting(runtime, batch), asyncio.TaskGroup() as group:
        for _ in range(batch.at_once):
            group.create_task(one_after_another())
    sheet = await make_sheet.after(*made)(lease.run_id)
    return Outcome(result={"sheetUrl": sheet} if sheet else {})


async def _work_on_page(phase: Phase, lease: Lease) -> Outcome:
    """Publishes the price, then works: the page gives it before anything is sent."""
    await publish_price(lease.run_id)
    return await work(phase, lease)


async def _show_plan(params: AutoGenerateParams) -> State[Any]:
    """Publishes what would be made, and for how much. Nothing is started, held or sent."""
    runtime = await runtime_for_process()
    try:
        project_id, title = await find_project(runtime, params.project_id or "")
        plan = await plan_auto_generate(runtime, replace(params, project_id=str(project_id)))
    except WzrdError as error:
        return await refuse(error)
    facts = current_flow_run()
    await give_name(facts.flow_run_id, facts.name, f"{title[:MAX_TITLE] or 'Untitled'}, {params.phase} · dry run")
    summary = await publish_plan(plan, project_id, title)
    get_run_logger().info("dry run: %s", summary)
    return Completed(message=f"dry run: {summary}", data=plan.wire())


@flow(
    name="auto-generate",
    description="Make the picture, or the clip, of every shot of a project that has none yet.",
    **durable,
)
async def auto_generate(
    project: Project,
    phase: Annotated[Literal["images", "videos"], titled("Pictures or clips")] = "images",
    model: Model = None,
    max_credits: MaxCredits = None,
    max_usd: MaxUsd = None,
    only_failed: Annotated[bool, titled("Only what failed")] = False,
    resubmit_unknown: Annotated[bool, titled("Send once more what may have been made")] = False,
    require_approval: Annotated[bool, titled("Clips of approved pictures alone")] = False,
    sheets: Annotated[Literal["none", "people", "all"], titled("Sheets that are made first")] = "none",
    voices: Annotated[dict[str, str] | None, titled("Voices")] = None,
    voice_model: VoiceModel = None,
    lips: Annotated[list[str] | None, titled("Lips are moved by")] = None,
    native_sound: Annotated[bool, titled("Clips with their own sound")] = False,
    soften: Annotated[bool, titled("Refused words once in milder ones")] = False,
    dry_run: Annotated[bool, titled("Only show what it would cost")] = False,
    request_id: RequestId = None,
    run_id: RunId = None,
) -> State[Any]:
    """Make what every shot lacks: `images`, or `videos` of those that have their image.

    Args:
        project: Its id, the beginning of its id (four letters or more), or its title.
        phase: What is made.
        model: A model of the catalog, or `animatic`; empty means the project's own, else the default.
        max_credits: The most that it may cost; a batch that may cost more is refused. Empty means any price.
        max_usd: The most that its vendors may ask, in US dollars; what nobody knows the price of is refused then.
        only_failed: Work on nothing but what was tried and failed.
        resubmit_unknown: Send once more what a provider may have accepted before, though nobody knows how that ended.
        require_approval: Make clips of approved pictures alone (phase videos); `wzrd approve` approves them.
        sheets: Whose sheets are made before the pictures, where the model takes references: people who recur, or all.
        voices: Voice ids of ElevenLabs by character, at the catalog's price a line; * is everybody else, auto suits.
        voice_model: The model that speaks; empty means eleven_multilingual_v2.
        lips: Models that may make mouths move to these voices, by id, or auto; native, the clip's own speech.
        native_sound: Buy clips with their own sound, where their model has any; the cut hears it below voices.
        soften: Send a prompt that is refused by its words once more in milder ones, which is told.
        dry_run: Only show what would be made, and what it may cost. Nothing is started or sent.
        request_id: An idempotency key of your own; empty means one a flow run.
        run_id: Leave empty. The API fills it in for a run that it has already started.
    """
    params = AutoGenerateParams(
        user_id=None,
        project_id=project,
        phase=phase,
        model=model or None,
        max_credits=max_credits,
        money=read_money(max_usd),
        only_failed=only_failed,
        resubmit_unknown=resubmit_unknown,
        require_approval=require_approval,
        sheets=sheets,
        voices=voices or {},
        voice_model=voice_model or None,
        lips=tuple(lips or ()),
        native_sound=native_sound,
        soften=soften,
        request_id=request_id,
    )
    if dry_run and run_id is None:
        return await _show_plan(params)
    return await run_under_lease(
        run_id, params, start_auto_generate, partial(_work_on_page, phase), progress=partial(count_ended, "shots")
    )
