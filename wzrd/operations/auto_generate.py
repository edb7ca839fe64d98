"""What a project-auto-generate request becomes: the shots of one phase as items, each paying for itself."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wzrd.contracts import encoders
from wzrd.contracts.auto_generate import AutoGenerateAnswer, meta
from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx
from wzrd.db.items import Item, list_items
from wzrd.db.projects import lock_project
from wzrd.db.runs import NewItem, RunRow, find_request, find_run, list_open_runs
from wzrd.db.storyboards import read_models, read_storyboard
from wzrd.domain.auto_generate import MEDIA, NEXT_PHASE, Batch, Phase, plan_batch, read_phase
from wzrd.domain.errors import Conflict, NotFound
from wzrd.domain.ids import parse_uuid
from wzrd.domain.media_choice import MediaChoice, choose_media
from wzrd.domain.settlement import Ending
from wzrd.domain.storyboard import Storyboard
from wzrd.domain.submission import ANIMATIC
from wzrd.operations.shot_rows import release_shots
from wzrd.runs.start import NewRun, RunParams, StartResult, run_id_of, start_in
from wzrd.runtime.kind import Kind, free
from wzrd.runtime.process import Runtime

KIND = "auto-generate"
MAX_TITLE = 60
MAX_ERRORS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoGenerateParams(RunParams):
    """One phase of a project: what is made, and by which model (None: the project's own, else the default)."""

    phase: Phase
    model: str | None = None


Started = StartResult[AutoGenerateAnswer]


async def start_auto_generate(runtime: Runtime, params: AutoGenerateParams) -> Started:
    """Start the phase's run, or join the one that is under way for the project: two clicks make one run.

    Raises:
        NotFound: no such project, or not the caller's.
        BadRequest, NotConfigured: as `choose_media`.
        Conflict, TooMany: as `wzrd.runs.start.start`; Conflict too if the one under way runs on another model.
    """
    project_id = parse_uuid(params.project_id)
    if project_id is None:
        raise NotFound("Project not found or access denied")
    async with runtime.begin() as tx:
        owner = await lock_project(tx, project_id, user_id=params.user_id)
        if owner is None:
            raise NotFound("Project not found or access denied")
        if under_way := await _under_way(tx, owner, project_id, params):
            return under_way
        storyboard = await read_storyboard(tx, project_id)
        assert storyboard is not None, "its row is locked"
        model = params.model or (await read_models(tx, project_id)).get(MEDIA[params.phase])
        known = params.request_id and await find_request(tx, owner, KIND, params.request_id)
        choice = choose(runtime, params.phase, model if not known else ANIMATIC)  # a known one has chosen before
        return await _start(tx, runtime, params, storyboard, plan_batch(storyboard, params.phase), model, choice)


def choose(runtime: Runtime, phase: Phase, model: str | None) -> MediaChoice:
    """The model that the phase runs on here and now.

    Raises:
        BadRequest, NotConfigured: as `choose_media`.
    """
    return choose_media(model, MEDIA[phase], offline=runtime.settings.offline, obstacle=runtime.providers.obstacle)


async def _under_way(tx: Tx, owner: UUID, project_id: UUID, params: AutoGenerateParams) -> Started | None:
    """The project's open run of this phase; one that has its own key or its own flow run is another request."""
    if params.request_id or params.flow_run_id:
        return None
    runs = await list_open_runs(tx, owner, KIND, project_id)
    run = next((run for run in runs if run.params["phase"] == params.phase), None)
    if run is None:
        return None
    if params.model and params.model != run.params["chosen"]:
        conflict = f"these {params.phase} are being made with {run.params['chosen'] or 'the default model'}"
        raise Conflict(f"{conflict}, not {params.model}: wait for run {run.run_id}, or cancel it", field="model")
    return StartResult(run.run_id, created=False, answer=await _answer_of(tx, run), status=run.status)


async def _answer_of(tx: Tx, run: RunRow) -> AutoGenerateAnswer:
    """The run's own first answer."""
    items = await list_items(tx, run.run_id)
    return AutoGenerateAnswer(
        run_id=run.run_id,
        phase=run.params["phase"],
        total=run.params["total"],
        queued=len(items),
        skipped=run.params["total"] - len(items),
        estimated_credits=sum(item.price for item in items),
    )


async def _start(
    tx: Tx,
    runtime: Runtime,
    params: AutoGenerateParams,
    storyboard: Storyboard,
    batch: Batch,
    model: str | None,
    choice: MediaChoice,
) -> Started:
    request_id = params.request_id or str(uuid.uuid4())
    answer = AutoGenerateAnswer(
        run_id=run_id_of(storyboard.user_id, KIND, request_id),
        phase=params.phase,
        total=batch.total,
        queued=len(batch.work),
        skipped=batch.skipped,
        estimated_credits=choice.credits * len(batch.work),
    )
    started = await start_in(
        runtime,
        tx,
        NewRun(
            kind=KIND,
            user_id=storyboard.user_id,
            project_id=storyboard.project_id,
            request_id=request_id,
            identity={"projectId": str(storyboard.project_id), "phase": params.phase, "model": params.model or None},
            extra={"total": batch.total, "chosen": model, "label": _label(storyboard, params.phase)},
            items=_items(batch, params.phase, choice.credits),
            first_event=lambda: NewEvent("meta", meta(answer, project_id=storyboard.project_id, request_id=request_id)),
            reference_id=str(storyboard.project_id),
            flow_run_id=params.flow_run_id,
        ),
    )
    if started.created:
        return started.answering(answer)
    run = await find_run(tx, started.run_id)
    assert run is not None, "it was joined in this transaction"
    return started.answering(await _answer_of(tx, run))


def _items(batch: Batch, phase: Phase, price: int) -> Callable[[UUID], Sequence[NewItem]]:
    media = MEDIA[phase]
    return lambda _: [
        NewItem(f"{media}/{work.shot.shot_id}", at, f"shot_{media}", work.shot.shot_id, price)
        for at, work in enumerate(batch.work, start=1)
    ]


def _label(storyboard: Storyboard, phase: Phase) -> str:
    return f"{storyboard.title[:MAX_TITLE] or 'Untitled'}, {phase}"


def _sum_up(run: RunRow, items: Sequence[Item]) -> dict[str, Any]:
    """The data of the run's `complete`: what comes next, what failed and why, whether another model stood in."""
    failed = [item for item in items if item.status == "failed"]
    reasons = [reason for item in items if (reason := (item.output or {}).get("fallbackReason"))]
    return {
        "phase": NEXT_PHASE[read_phase(run.params["phase"])],
        "total": len(items),
        "failed": len(failed),
        "reused": sum(bool((item.output or {}).get("reused")) for item in items),
        "errors": [{"shotId": str(item.entity_id), "error": item.error} for item in failed[:MAX_ERRORS]],
        **({"fallbackUsed": True, "fallbackReason": reasons[0]} if reasons else {}),
    }


def _terminal(ending: Ending) -> NewEvent:
    """`complete` however it ends, with what was made; `error` when nothing could be begun."""
    if ending.status == "failed" and not ending.result.get("failed"):
        return NewEvent("error", {"error": ending.error or "Generation failed", "runId": ending.run_id})
    head = {"runId": ending.run_id, "status": ending.status, "completed": ending.completed}
    rest = {"phase": "idle"} if ending.status == "canceled" else {}
    return NewEvent("complete", {**head, **ending.result, **rest, **({"error": ending.error} if ending.error else {})})


AUTO_GENERATE = Kind(
    name=KIND,
    resource_type="image",
    reference_type="auto_generate",
    parameters={"projectId": "project_id", "phase": "phase", "model": "model"},
    price=free,
    encoder=encoders.plain,
    terminal=_terminal,
    sum_up=_sum_up,
    on_end=release_shots,
)
