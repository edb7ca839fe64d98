"""Run of a reading by a model: scenes that it has not read as they are, each paying for itself."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wzrd.assets.breakdowns import StoredBreakdown, find_stored, reading_key
from wzrd.contracts import encoders
from wzrd.contracts.breakdown import EVENTS, Breakdown, ReadingAnswer, ReadingPlan, SceneBreakdown, complete, meta
from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx
from wzrd.db.items import Item
from wzrd.db.ledger import read_balance
from wzrd.db.projects import lock_project
from wzrd.db.runs import RunRow, list_open_runs
from wzrd.domain.errors import BadRequest, Conflict, NotConfigured
from wzrd.domain.money import AskedPrice, Cost, add_up, kept_bound
from wzrd.domain.offline import describe_obstacle
from wzrd.domain.project_choice import found_in_project, project_id_of
from wzrd.domain.runs import NewItem
from wzrd.domain.settlement import Ending
from wzrd.domain.storyboard import StoryboardScene
from wzrd.domain.submission import Target
from wzrd.language.breakdown.prompt import reader_inputs
from wzrd.models.body_prices import price_inputs
from wzrd.models.catalog import price_of
from wzrd.models.price_cards import names_of
from wzrd.models.text_targets import choose_text, find_text_model
from wzrd.runs.start import NewRun, RunParams, StartResult, run_id_of, start_in
from wzrd.runtime.kind import Kind, Replacement, free
from wzrd.runtime.process import Runtime

KIND = "breakdown"
MAX_TITLE = 60
Started = StartResult[ReadingAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingParams(RunParams):
    """Reading of a project by `model` (None: the server's writer), for `max_credits` at most (None: whatever)."""

    model: str | None = None
    max_credits: int | None = None


@dataclass(frozen=True, slots=True)
class ReadingOrder:
    """Order of a request for the project as it stands: who reads, which scenes, and for how much."""

    stored: StoredBreakdown
    model: str
    target: Target
    credits: int
    scenes: Sequence[StoryboardScene]

    @property
    def total(self) -> int:
        """Credits for all of them."""
        return self.credits * len(self.scenes)

    @property
    def cost(self) -> Cost:
        """Price in money: each scene may be asked for twice."""
        nobody = Breakdown()
        costs: list[Cost] = []
        for scene in self.scenes:
            inputs = reader_inputs(scene.brief, nobody, SceneBreakdown(number=scene.brief.number))
            once = price_inputs(self.target.provider, self.target.model, inputs)
            costs.append(Cost(once.least, once.times(2).most, once.reason))
        return add_up(costs)

    def check_price(self, params: ReadingParams) -> None:
        """See that it costs no more than the request has.

        Raises:
            BadRequest: it may cost more credits; both numbers are named.
            OverMoney, UnknownPrice: it may in money, or nobody knows how much.
        """
        if params.money is not None and self.scenes:
            params.money.check(AskedPrice(self.cost, names_of(self.target.provider, self.target.model)))
        if params.max_credits is not None and self.total > params.max_credits:
            raise BadRequest(
                f"reading {len(self.scenes)} scenes with {self.model} costs {self.total} credits, more than "
                f"maxCredits {params.max_credits}: raise it, or read by rule",
                field="maxCredits",
            )


async def take_order(runtime: Runtime, tx: Tx, params: ReadingParams) -> ReadingOrder:
    """Order of the request.

    Raises:
        NotFound: no such project, or not the caller's.
        BadRequest: no such text model.
        NotConfigured: it cannot be asked from here.
    """
    settings = runtime.settings
    model = find_text_model(params.model or settings.writer_model)
    choice = choose_text(model, offline=settings.offline, obstacle=runtime.providers.obstacle)
    if choice.obstacle is not None:
        raise NotConfigured(
            f"{model.id} cannot read here: {describe_obstacle(choice.obstacle)}; the rules read without a key",
            provider=choice.target.provider,
        )
    project_id = project_id_of(params.project_id)
    stored = found_in_project(await find_stored(tx, project_id, user_id=params.user_id, reader=model.id))
    owner = stored.storyboard.user_id
    scenes = [
        scene
        for scene in stored.storyboard.scenes
        if scene.scene_id not in stored.edits.scenes
        and reading_key(owner, model.id, scene.brief) not in stored.readings
    ]
    return ReadingOrder(stored, model.id, choice.target, price_of(model), scenes)


async def plan_reading(runtime: Runtime, params: ReadingParams) -> ReadingPlan:
    """Plan what `start_reading` would do now, and its price. Nothing is started, held or written.

    Raises:
        as `take_order`.
    """
    async with runtime.begin() as tx:
        order = await take_order(runtime, tx, params)
        available = await read_balance(tx, order.stored.storyboard.user_id)
    return ReadingPlan(
        model=order.model,
        total=len(order.stored.storyboard.scenes),
        queued=len(order.scenes),
        credits=order.credits,
        estimated_credits=order.total,
        available_credits=available,
        estimated_cost=order.cost.wire(),
    )


async def start_reading(runtime: Runtime, params: ReadingParams) -> Started:
    """Start the run, or join the one that is reading the project.

    Raises:
        NotFound, BadRequest, NotConfigured: as `take_order`, `ReadingOrder.check_price`.
        OverMoney, UnknownPrice: as `ReadingOrder.check_price`.
        Conflict, TooMany: as `wzrd.runs.start.start`; Conflict too if another model is reading it.
    """
    project_id = project_id_of(params.project_id)
    async with runtime.begin() as tx:
        owner = found_in_project(await lock_project(tx, project_id, user_id=params.user_id))
        order = await take_order(runtime, tx, params)
        if not params.request_id and not params.flow_run_id and (joined := await _under_way(tx, owner, order)):
            return joined
        order.check_price(params)
        return await _start(runtime, tx, params, order)


async def _under_way(tx: Tx, owner: UUID, order: ReadingOrder) -> Started | None:
    runs = await list_open_runs(tx, owner, KIND, order.stored.storyboard.project_id)
    run = next(iter(runs), None)
    if run is None:
        return None
    if run.params["model"] != order.model:
        raise Conflict(f"run {run.run_id} is reading it with {run.params['model']}: wait for it, or cancel it")
    return StartResult(run.run_id, created=False, answer=_answer(order, run.run_id), status=run.status)


def _answer(order: ReadingOrder, run_id: UUID) -> ReadingAnswer:
    return ReadingAnswer(
        run_id=run_id,
        model=order.model,
        total=len(order.stored.storyboard.scenes),
        queued=len(order.scenes),
        estimated_credits=order.total,
    )


async def _start(runtime: Runtime, tx: Tx, params: ReadingParams, order: ReadingOrder) -> Started:
    storyboard, request_id = order.stored.storyboard, params.request_id or str(uuid.uuid4())
    answer = _answer(order, run_id_of(storyboard.user_id, KIND, request_id))
    first = meta(answer, project_id=storyboard.project_id, request_id=request_id)
    started = await start_in(
        runtime,
        tx,
        NewRun(
            kind=KIND,
            user_id=storyboard.user_id,
            project_id=storyboard.project_id,
            request_id=request_id,
            identity={"projectId": str(storyboard.project_id), "model": order.model},
            extra={
                "label": f"{storyboard.title[:MAX_TITLE] or 'Untitled'}, read by {order.model}",
                "target": [order.target.provider, order.target.model],
                **kept_bound(params.money),
            },
            items=lambda _: [
                NewItem(f"scene/{at}", at, "scene", scene.scene_id, order.credits)
                for at, scene in enumerate(order.scenes, start=1)
            ],
            first_event=lambda: NewEvent("meta", first),
            reference_id=str(storyboard.project_id),
            asked=params,
        ),
    )
    return started.answering(answer)


def _sum_up(_run: RunRow, items: Sequence[Item]) -> Mapping[str, Any]:
    outputs = [item.output or {} for item in items]
    return {
        "total": len(items),
        "failed": sum(item.status == "failed" for item in items),
        "mended": sum(bool(one.get("faults")) for one in outputs),
        "spent": sum(int(one.get("charged", 0)) for one in outputs),
    }


def _terminal(ending: Ending) -> NewEvent:
    event = complete(
        ending.run_id, status=ending.status, completed=ending.completed, result=ending.result, error=ending.error
    )
    return NewEvent("complete", event)


async def _replace(runtime: Runtime, wanted: Replacement) -> object:
    """The scenes that are unread as they are now."""
    model = wanted.replaced.params["model"]
    return await start_reading(runtime, ReadingParams(**wanted.common(), model=model, max_credits=wanted.max_credits))


BREAKDOWN = Kind(
    name=KIND,
    route="/functions/v1/projects/{project_id}/breakdown",
    resource_type="text",
    reference_type="breakdown",
    parameters={"projectId": "project", "model": "model", "maxUsd": "max_usd", "allowUnpriced": None},
    price=free,
    events=EVENTS,
    encoder=encoders.plain,
    terminal=_terminal,
    deployment="read-scenes",
    sum_up=_sum_up,
    replace=_replace,
)
