"""Run of a project-auto-generate request: the shots of one phase as items, each paying for itself."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from wzrd.assets.bible import read_film
from wzrd.contracts import encoders
from wzrd.contracts.auto_generate import EVENTS, AutoGenerateAnswer, complete, error, meta
from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx
from wzrd.db.items import Item, list_items
from wzrd.db.projects import lock_project
from wzrd.db.runs import RunRow, find_latest_run, find_request, find_run, list_open_runs, list_twins
from wzrd.db.shot_work import list_being_made
from wzrd.db.shots import revise_shot
from wzrd.domain.auto_generate import MEDIA, NEXT_PHASE, BatchShot, Phase, item_key, read_phase
from wzrd.domain.bible import SHEET_ITEM, Scope
from wzrd.domain.errors import BadRequest, Conflict
from wzrd.domain.money import MoneyBound, kept_bound, read_bound
from wzrd.domain.project_choice import found_in_project, project_id_of
from wzrd.domain.runs import AWAITS, NewItem
from wzrd.domain.settlement import Ending
from wzrd.domain.storyboard import Storyboard, idea_of
from wzrd.language.shots.notes import revise_idea, revise_prompt
from wzrd.operations.auto_generate.order import (
    KIND,
    AutoGenerateParams,
    BatchRequest,
    check_pictures,
    choose,
    read_film_of,
    take_order,
)
from wzrd.operations.shots.rows import release_shots
from wzrd.operations.shots_after_end import keep_shot_after_end, mirror_shot_after_end
from wzrd.operations.voice_casting import settle_voices
from wzrd.runs.start import NewRun, StartResult, hash_identity, run_id_of, start_in
from wzrd.runtime.kind import Kind, Replacement, free, same_names
from wzrd.runtime.process import Runtime

__all__ = [
    "AUTO_GENERATE",
    "KIND",
    "AutoGenerateParams",
    "Started",
    "choose",
    "start_approved",
    "start_auto_generate",
]

MAX_TITLE = 60
MAX_ERRORS = 50
TWICE_SECONDS = 10.0
"""Within so many a wish that comes again without a requestId is the same one, though it has been fulfilled."""


Started = StartResult[AutoGenerateAnswer]


async def start_auto_generate(runtime: Runtime, params: AutoGenerateParams) -> Started:
    """Start the phase's run, or join the one that is under way for the project: two clicks make one run.

    Raises:
        NotFound: no such project, or not the caller's.
        BadRequest: as `take_order`; or it may cost more than `max_credits`: both numbers are named.
        OverMoney, UnknownPrice: it may cost more than `money` has, or nobody knows how much.
        NotConfigured: as `take_order`.
        ReferenceUnreachable: the model could never read the pictures that lie here.
        Conflict, TooMany: as `wzrd.runs.start.start`; Conflict too if the one under way runs on another model.
    """
    project_id = project_id_of(params.project_id)
    if params.require_approval and params.phase == "images":
        raise BadRequest("requireApproval is for phase videos: a clip waits for its still", field="requireApproval")
    if params.native_sound and params.phase == "images":
        raise BadRequest("nativeSound is for phase videos: pictures are silent", field="nativeSound")
    if params.phase == "videos":
        await check_pictures(runtime, params, project_id)
        params = replace(params, sheets="none")  # clips are made of stills
    settled = await settle_voices(runtime, params.project_id, params.voices, user_id=params.user_id)
    params = replace(params, voices=settled.by_name)
    film = await read_film_of(runtime, params, project_id)
    async with runtime.begin() as tx:
        owner = found_in_project(await lock_project(tx, project_id, user_id=params.user_id))
        if under_way := await _under_way(tx, owner, project_id, params):
            return under_way
        known = params.request_id and await find_request(tx, owner, KIND, params.request_id)
        order = await take_order(runtime, tx, params, project_id, film, joins=bool(known))
        return await _start(tx, runtime, params, order)


async def start_approved(runtime: Runtime, user_id: UUID, project_id: UUID) -> Started | None:
    """Start the clips that the project's latest batch of clips has left waiting, as far as they may be made now.

    It goes on with that batch's model, within what its bounds have left. None: there is nothing to start.

    Raises:
        NotFound: no such project of the user's.
        as `start_auto_generate`.
    """
    film = await read_film(runtime, project_id, user_id=user_id, anyway=False)
    async with runtime.begin() as tx:
        found_in_project(await lock_project(tx, project_id, user_id=user_id))
        run = await find_latest_run(tx, KIND, project_id, phase="videos")
        if run is None or "awaiting" not in run.params or run.status == "canceled":
            return None
        params = _rest_of(run, await list_items(tx, run.run_id), project_id)
        order = await take_order(runtime, tx, params, project_id, film)
        being_made, batch = await list_being_made(tx, project_id, "video"), order.batch
        work = tuple(one for one in batch.work if one.shot.shot_id not in being_made)
        return await _start(tx, runtime, params, replace(order, batch=replace(batch, work=work))) if work else None


def _rest_of(run: RunRow, items: Sequence[Item], project_id: UUID) -> AutoGenerateParams:
    """A request for what a batch has left waiting, within what its bounds leave when its own work is paid."""
    most, money = run.params["maxCredits"], read_bound(run.params)
    spent = sum(item.price for item in items if item.status in {"pending", "running", "succeeded"})
    if money is not None:
        money = MoneyBound(max(Decimal(0), money.most - Decimal(run.params["plannedUsd"])), money.unpriced)
    return AutoGenerateParams(
        user_id=run.user_id,
        project_id=str(project_id),
        request_id=str(uuid.uuid4()),
        phase="videos",
        model=run.params["chosen"],
        max_credits=None if most is None else max(0, most - spent),
        money=money,
        require_approval=bool(run.params.get("requireApproval")),
        soften=bool(run.params.get("soften")),
        **_speech_of(run),
    )


def _speech_of(run: RunRow) -> dict[str, Any]:
    """Voices and lips of a run's request, as parameters of another."""
    params = run.params
    said = {"voices": params.get("voices", {}), "voice_model": params.get("voiceModel")}
    return {**said, "lips": tuple(params.get("lips", ())), "native_sound": bool(params.get("nativeSound"))}


async def _under_way(tx: Tx, owner: UUID, project_id: UUID, params: AutoGenerateParams) -> Started | None:
    """The project's open run of this phase; one that has its own key or its own flow run is another request."""
    if params.request_id or params.flow_run_id:
        return None
    if params.shots:
        return await _twin(tx, owner, project_id, params)
    runs = await list_open_runs(tx, owner, KIND, project_id)
    run = next((run for run in runs if run.params["phase"] == params.phase and "shots" not in run.params), None)
    if run is None:
        return None
    if params.model and params.model != run.params["chosen"]:
        conflict = f"these {params.phase} are being made with {run.params['chosen'] or 'the default model'}"
        raise Conflict(f"{conflict}, not {params.model}: wait for run {run.run_id}, or cancel it", field="model")
    if params.money is not None and ((own := read_bound(run.params)) is None or own.most > params.money.most):
        message = (
            f"run {run.run_id}, which is making these {params.phase}, has no such maxUsd: cancel it, or raise that"
        )
        raise Conflict(message, field="maxUsd")
    if params.sheets != "none" and "sheetScope" not in run.params:
        message = f"run {run.run_id}, which is making these pictures, makes no sheets: cancel it, or wait for it"
        raise Conflict(message, field="sheets")
    voices, sound = dict(params.voices), params.native_sound
    said = {"voices": voices, "voice_model": params.voice_model, "lips": params.lips, "native_sound": sound}
    if (params.voices or sound) and said != _speech_of(run):
        message = f"run {run.run_id}, which is making these clips, has other voices, lips or sound: cancel it, or wait"
        raise Conflict(message, field="voices")
    answer = await _answer_of(tx, run)
    if params.require_approval and answer.awaiting_approval is None:
        message = f"run {run.run_id}, which is making these clips, asks for no approval: cancel it, or wait for it"
        raise Conflict(message, field="requireApproval")
    if params.max_credits is not None and answer.estimated_credits > params.max_credits:
        message = f"run {run.run_id}, which is making these {params.phase}, may cost {answer.estimated_credits} credits"
        raise Conflict(
            f"{message}, more than maxCredits {params.max_credits}: cancel it, or raise that", field="maxCredits"
        )
    return StartResult(run.run_id, created=False, answer=answer, status=run.status)


async def _twin(tx: Tx, owner: UUID, project_id: UUID, params: AutoGenerateParams) -> Started | None:
    """The run of the very same wish for these shots, a moment ago: a click that came twice makes and pays one take."""
    key = hash_identity(_identity(params, project_id))
    run = next(iter(await list_twins(tx, owner, KIND, key, seconds=TWICE_SECONDS)), None)
    if run is None:
        return None
    return StartResult(run.run_id, created=False, answer=await _answer_of(tx, run), status=run.status)


async def _answer_of(tx: Tx, run: RunRow) -> AutoGenerateAnswer:
    """The run's own first answer."""
    items = await list_items(tx, run.run_id)
    shots = len({item.entity_id for item in items if item.entity_type != SHEET_ITEM})
    return AutoGenerateAnswer(
        run_id=run.run_id,
        phase=run.params["phase"],
        total=run.params["total"],
        queued=shots,
        skipped=run.params["total"] - shots,
        estimated_credits=sum(item.price for item in items),
        awaiting_approval=run.params.get("awaiting"),
    )


async def _start(tx: Tx, runtime: Runtime, params: AutoGenerateParams, order: BatchRequest) -> Started:
    storyboard, batch, project_id = order.storyboard, order.batch, order.storyboard.project_id
    request_id = params.request_id or str(uuid.uuid4())
    answer = AutoGenerateAnswer(
        run_id=run_id_of(storyboard.user_id, KIND, request_id),
        phase=params.phase,
        total=batch.total,
        queued=len(order.work),
        skipped=batch.total - len(order.work),
        estimated_credits=order.credits,
        awaiting_approval=None if batch.awaiting is None else len(batch.awaiting),
    )
    order.check_price(params.max_credits, params.money)
    first = meta(answer, project_id=project_id, request_id=request_id, fallback_reason=order.choice.fallback_reason)
    started = await start_in(
        runtime,
        tx,
        NewRun(
            kind=KIND,
            user_id=storyboard.user_id,
            project_id=project_id,
            request_id=request_id,
            identity=_identity(params, project_id),
            extra={
                "total": batch.total,
                "chosen": order.model,
                "label": _label(storyboard, params.phase),
                "pinned": order.choice.kept(),
                "prompts": order.prompts.kept(),
                **_kept_gate(order),
                **_kept_sheets(order, params.sheets),
                **order.bare.kept(),
                **order.speech.kept(),
            },
            items=_items(order, params.phase),
            first_event=lambda: NewEvent("meta", first),
            reference_id=str(project_id),
            asked=params,
        ),
    )
    if started.created:
        if params.note:
            await _revise_shots(tx, order, params.note)
        return started.answering(answer)
    run = await find_run(tx, started.run_id)
    assert run is not None, "it was joined in this transaction"
    return started.answering(await _answer_of(tx, run))


async def _revise_shots(tx: Tx, order: BatchRequest, note: str) -> None:
    """The note becomes part of what the shots show, and of their words, with the commit that has them made."""
    for one in order.batch.work:
        shot, brief = one.shot, one.scene.brief
        at = one.scene.shots.index(shot)
        previous = idea_of(one.scene.shots[at - 1]) if at else None
        before = idea_of(shot)
        after = revise_idea(before, brief, note)
        prompt = revise_prompt(shot.visual_prompt, before, after, brief, previous)
        await revise_shot(tx, shot.shot_id, idea=asdict(after), visual_prompt=prompt)


def _kept_gate(order: BatchRequest) -> dict[str, Any]:
    """Facts by which a batch of approved stills is gone on with: how many wait, and what it may cost itself."""
    if order.batch.awaiting is None:
        return {}
    return {"awaiting": len(order.batch.awaiting), "plannedUsd": str(order.cost.most or 0)}


def _kept_sheets(order: BatchRequest, scope: Scope) -> dict[str, Any]:
    """Facts by which sheets are made as they were priced."""
    if scope == "none":
        return {}
    orders, maker = [one.kept() for one in order.sheets.orders], order.sheets.maker
    kept = {"sheetMaker": maker.kept(), "aspectRatio": order.storyboard.aspect_ratio} if maker else {}
    return {"sheets": orders, **kept}


def _identity(params: AutoGenerateParams, project_id: UUID) -> dict[str, Any]:
    return {
        "projectId": str(project_id),
        "phase": params.phase,
        "model": params.model or None,
        "maxCredits": params.max_credits,
        "onlyFailed": params.only_failed,
        "resubmitUnknown": params.resubmit_unknown,
        **({"requireApproval": True} if params.require_approval else {}),
        **({"sheetScope": params.sheets} if params.sheets != "none" else {}),
        **({"shots": sorted(map(str, params.shots)), "note": params.note} if params.shots else {}),
        **({"voices": dict(params.voices), "voiceModel": params.voice_model} if params.voices else {}),
        **({"lips": list(params.lips)} if params.lips else {}),
        **({"nativeSound": True} if params.native_sound else {}),
        **({"soften": True} if params.soften else {}),
        **kept_bound(params.money),
    }


def _items(order: BatchRequest, phase: Phase) -> Callable[[UUID], Sequence[NewItem]]:
    sheets = [NewItem(one.item_key, 0, SHEET_ITEM, None, order.maker_of(one).credits) for one in order.sheets.orders]
    shots = [item for one in order.work for item in order.speech.items(one, _clip_item(order, phase, one))]
    numbered = [replace(item, position=at) for at, item in enumerate((*sheets, *shots), start=1)]
    return lambda _: numbered


def _clip_item(order: BatchRequest, phase: Phase, one: BatchShot) -> NewItem | None:
    """The item of a shot's picture or clip; None where that is there, and only its lips are moved."""
    if one in order.speech.lips_only:
        return None
    shot_id = one.shot.shot_id
    return NewItem(item_key(phase, shot_id), 0, f"shot_{MEDIA[phase]}", shot_id, order.clip_credits(one))


def _label(storyboard: Storyboard, phase: Phase) -> str:
    return f"{storyboard.title[:MAX_TITLE] or 'Untitled'}, {phase}"


def _sum_up(run: RunRow, items: Sequence[Item]) -> Mapping[str, Any]:
    """The data of the run's `complete`: what comes next, what failed and why, whether another model stood in."""
    failed = [item for item in items if item.status == "failed"]
    skipped = [item for item in items if item.status == "skipped"]
    waits = sum(item.phase == AWAITS for item in items) + run.params.get("awaiting", 0)
    reasons = [reason for item in items if (reason := (item.output or {}).get("fallbackReason"))]
    return {
        "phase": NEXT_PHASE[read_phase(run.params["phase"])],
        "total": len(items),
        "failed": len(failed),
        "reused": sum(bool((item.output or {}).get("reused")) for item in items),
        "errors": [
            {"shotId": str(item.entity_id), "error": item.error}
            for item in (*failed, *skipped)[:MAX_ERRORS]
            if item.entity_id
        ],
        **({"sheets": made} if (made := _sheets_made(items)) else {}),
        "spent": sum(int((item.output or {}).get("charged", 0)) for item in items),
        **({"skipped": len(skipped)} if skipped else {}),
        **({"awaitingApproval": waits} if "awaiting" in run.params or waits else {}),
        **({"fallbackUsed": True, "fallbackReason": reasons[0]} if reasons else {}),
    }


def _sheets_made(items: Sequence[Item]) -> int:
    """Sheets that the batch made."""
    made = [item for item in items if item.entity_type == SHEET_ITEM and item.status == "succeeded"]
    return sum(not (item.output or {}).get("reused") for item in made)


def _terminal(ending: Ending) -> NewEvent:
    """`complete` however it ends, with what was made; `error` when nothing could be begun."""
    if ending.status == "failed" and not ending.result.get("failed"):
        return NewEvent("error", error(ending.error or "Generation failed", run_id=ending.run_id))
    event = complete(
        ending.run_id, status=ending.status, completed=ending.completed, result=ending.result, error=ending.error
    )
    return NewEvent("complete", event)


async def _replace(runtime: Runtime, wanted: Replacement) -> object:
    """The phase's shots as they are now: those that lack something."""
    params = wanted.replaced.params
    phase, model = params["phase"], params.get("chosen")
    again = AutoGenerateParams(
        **wanted.common(),
        phase=phase,
        model=model,
        max_credits=wanted.max_credits,
        require_approval=bool(params.get("requireApproval")),
        shots=tuple(map(UUID, params.get("shots", ()))),
        sheets=params.get("sheetScope", "none"),
        soften=bool(params.get("soften")),
        **_speech_of(wanted.replaced),
    )
    return await start_auto_generate(runtime, again)


AUTO_GENERATE = Kind(
    name=KIND,
    route="/functions/v1/project-auto-generate",
    resource_type="image",
    reference_type="auto_generate",
    parameters={
        "projectId": "project",
        **same_names("phase", "model", "maxCredits", "onlyFailed", "resubmitUnknown", "requireApproval"),
        "shots": None,
        "note": None,
        "sheetScope": "sheets",
        **same_names("voices", "voiceModel", "lips", "nativeSound", "soften", "maxUsd"),
        "allowUnpriced": None,
    },
    price=free,
    events=EVENTS,
    encoder=encoders.plain,
    terminal=_terminal,
    deployment="{phase}",
    sum_up=_sum_up,
    on_end=release_shots,
    keep_after_end=keep_shot_after_end,
    on_result_after_end=mirror_shot_after_end,
    replace=_replace,
)
