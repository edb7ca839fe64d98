"""What a project-auto-generate request becomes: the shots of one phase as items, each paying for itself."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wzrd.contracts.auto_generate import AutoGenerateAnswer, meta
from wzrd.contracts.events import News
from wzrd.db.engine import Tx
from wzrd.db.items import Item, list_items
from wzrd.db.projects import lock_project
from wzrd.db.runs import NewItem, RunRow, find_request, find_run, list_open_runs
from wzrd.db.storyboards import read_models, read_reel
from wzrd.domain.auto_generate import MEDIA, NEXT_PHASE, Batch, Phase, plan_batch, read_phase
from wzrd.domain.errors import Conflict, NotFound
from wzrd.domain.ids import parse_uuid
from wzrd.domain.media_choice import MediaChoice, choose_media
from wzrd.domain.storyboard import Reel
from wzrd.domain.submission import ANIMATIC
from wzrd.runs.start import NewRun, Started, run_id_of, start_in
from wzrd.runtime.kind import AUTO_GENERATE
from wzrd.runtime.process import Runtime

KIND = AUTO_GENERATE
MAX_TITLE = 60
MAX_ERRORS = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller wants; ids as the caller wrote them. `user_id` None means the project's owner (Prefect's form)."""

    user_id: UUID | None
    project_id: str
    phase: Phase
    model: str | None = None
    request_id: str | None = None
    flow_run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The run, and what its first answer says of it."""

    started: Started
    answer: AutoGenerateAnswer


async def open_auto_generate(runtime: Runtime, wanted: Wanted) -> Opened:
    """Start the phase's run, or join the one that is under way for the project: two clicks make one run.

    Raises:
        NotFound: no such project, or not the caller's.
        BadRequest, NotConfigured: as `choose_media`.
        Conflict, TooMany: as `wzrd.runs.start.start`; Conflict too if the one under way runs on another model.
    """
    project_id = parse_uuid(wanted.project_id)
    if project_id is None:
        raise NotFound("Project not found or access denied")
    async with runtime.begin() as tx:
        owner = await lock_project(tx, project_id, user_id=wanted.user_id)
        if owner is None:
            raise NotFound("Project not found or access denied")
        if under_way := await _under_way(tx, owner, project_id, wanted):
            return under_way
        reel = await read_reel(tx, project_id)
        assert reel is not None, "its row is locked"
        model = wanted.model or (await read_models(tx, project_id)).get(MEDIA[wanted.phase])
        known = wanted.request_id and await find_request(tx, owner, KIND, wanted.request_id)
        choice = choose(runtime, wanted.phase, model if not known else ANIMATIC)  # a known one has chosen before
        return await _start(tx, runtime, wanted, reel, plan_batch(reel, wanted.phase), model, choice)


def choose(runtime: Runtime, phase: Phase, model: str | None) -> MediaChoice:
    """The model that the phase runs on here and now.

    Raises:
        BadRequest, NotConfigured: as `choose_media`.
    """
    return choose_media(model, MEDIA[phase], offline=runtime.settings.offline, usable=runtime.providers.configured)


async def _under_way(tx: Tx, owner: UUID, project_id: UUID, wanted: Wanted) -> Opened | None:
    """The project's open run of this phase; one that has its own key or its own flow run is another request."""
    if wanted.request_id or wanted.flow_run_id:
        return None
    runs = await list_open_runs(tx, owner, KIND, project_id)
    run = next((run for run in runs if run.params["phase"] == wanted.phase), None)
    if run is None:
        return None
    if wanted.model and wanted.model != run.params["chosen"]:
        words = f"these {wanted.phase} are being made with {run.params['chosen'] or 'the default model'}"
        raise Conflict(f"{words}, not {wanted.model}: wait for run {run.run_id}, or cancel it", field="model")
    return Opened(Started(run.run_id, created=False, status=run.status), await _told(tx, run))


async def _told(tx: Tx, run: RunRow) -> AutoGenerateAnswer:
    """What the run's own first answer said."""
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
    tx: Tx, runtime: Runtime, wanted: Wanted, reel: Reel, batch: Batch, model: str | None, choice: MediaChoice
) -> Opened:
    request_id = wanted.request_id or str(uuid.uuid4())
    answer = AutoGenerateAnswer(
        run_id=run_id_of(reel.user_id, KIND, request_id),
        phase=wanted.phase,
        total=batch.total,
        queued=len(batch.work),
        skipped=batch.skipped,
        estimated_credits=choice.credits * len(batch.work),
    )
    started = await start_in(
        tx,
        NewRun(
            kind=KIND,
            user_id=reel.user_id,
            project_id=reel.project_id,
            request_id=request_id,
            identity={"projectId": str(reel.project_id), "phase": wanted.phase, "model": wanted.model or None},
            extra={"total": batch.total, "chosen": model, "label": _label(reel, wanted.phase)},
            items=_items(batch, wanted.phase, choice.credits),
            first_event=lambda: News("meta", meta(answer, project_id=reel.project_id, request_id=request_id)),
            reference_id=str(reel.project_id),
            flow_run_id=wanted.flow_run_id,
        ),
        runtime.settings,
    )
    if started.created:
        return Opened(started, answer)
    run = await find_run(tx, started.run_id)
    assert run is not None, "it was joined in this transaction"
    return Opened(started, await _told(tx, run))


def _items(batch: Batch, phase: Phase, price: int) -> Callable[[UUID], Sequence[NewItem]]:
    media = MEDIA[phase]
    return lambda _: [
        NewItem(f"{media}/{work.shot.shot_id}", at, f"shot_{media}", work.shot.shot_id, price)
        for at, work in enumerate(batch.work, start=1)
    ]


def _label(reel: Reel, phase: Phase) -> str:
    return f"{reel.title[:MAX_TITLE] or 'Untitled'}, {phase}"


def sum_up(run: RunRow, items: Sequence[Item]) -> dict[str, Any]:
    """What the run's `complete` tells: what comes next, what failed and why, whether another model stood in."""
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
