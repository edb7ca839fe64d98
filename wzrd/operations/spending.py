"""Spending of a film by scene: what a batch may cost, and what runs came to, in the same lines."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from wzrd.contracts.spending import Made, SpendingLine
from wzrd.db.costs import SpentPart, list_spent
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.auto_generate import MEDIA, BatchShot, made_before
from wzrd.domain.bible import SHEET_ITEM
from wzrd.domain.film import FPS
from wzrd.domain.money import Cost, add_up, round_up
from wzrd.domain.project_choice import found_in_project, project_id_of
from wzrd.domain.speech import LIPS_ITEM, NATIVE, VOICE_ITEM
from wzrd.domain.storyboard import StoryboardScene
from wzrd.models.body_prices import price_inputs
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_inputs import SECONDS, clip_format
from wzrd.models.sounds import PROVIDER, SPEECH
from wzrd.models.speech_routes import speech_cost, speech_models
from wzrd.operations.auto_generate.order import BatchRequest
from wzrd.runtime.process import Runtime

_MADE: dict[str, Made] = {
    SHEET_ITEM: "sheets", "shot_image": "stills", "shot_video": "clips", VOICE_ITEM: "voices", LIPS_ITEM: "lips",
    "breakdown": "reading", "director-cut": "cut",
}  # fmt: skip
"""Things that are made, by the type of an item, or by the kind of a run."""
_ORDER: tuple[Made, ...] = ("reading", "shots", "sheets", "stills", "voices", "clips", "lips", "cut")


def plan_spending(order: BatchRequest) -> list[SpendingLine]:
    """The lines of a batch: its sheets, then scene by scene what is made; their sums are the order's own."""
    return [*_sheets(order), *(line for scene in order.storyboard.scenes for line in _of_scene(order, scene))]


def _sheets(order: BatchRequest) -> Iterator[SpendingLine]:
    made = sorted(order.sheets.orders, key=lambda one: order.maker_of(one).model_id)
    for model_id, found in groupby(made, key=lambda one: order.maker_of(one).model_id):
        orders = [*found]
        costs = [order.pricing.sheet(one, order.maker_of(one)) for one in orders]
        price, cost = sum(order.maker_of(one).credits for one in orders), add_up(costs)
        yield SpendingLine(
            scene=None, what="sheets", model=model_id, count=len(orders), credits=price, cost=cost.wire()
        )


def _of_scene(order: BatchRequest, scene: StoryboardScene) -> Iterator[SpendingLine]:
    work = [one for one in order.work if one.scene.scene_id == scene.scene_id]
    asked = {one.shot.shot_id for one in order.batch.work}
    there = sum(bool(made_before(shot, order.phase)) for shot in scene.shots if shot.shot_id not in asked)
    for model_id, made in order.unspoken.items():
        usual, kept = [one for one in made if one.scene.scene_id == scene.scene_id], there
        there = 0
        if usual or kept:
            yield _usual(order, scene, usual, model_id, kept)
    yield from _voices(order, scene, work)
    for model_id in dict.fromkeys(route.model for one in work if (route := order.speech.routes.get(one.shot.shot_id))):
        if model_id:
            yield _speaking(order, scene, work, model_id)


def _usual(
    order: BatchRequest, scene: StoryboardScene, work: Sequence[BatchShot], model_id: str, there: int
) -> SpendingLine:
    """The pictures or clips of a scene by one model, of no voices."""
    media, model = MEDIA[order.phase], routed_catalog().models[model_id]
    choice = order.choice_for(work[0]) if work else order.choice
    routes = (order.speech.routes.get(one.shot.shot_id) for one in work)
    seconds = sum(route.seconds if route else SECONDS for route in routes) if media == "video" else 0.0
    is_dressed = bool(order.bible.film.people or order.bible.scenes) and not order.choice.drawn
    dressed = ((one, order.pricing.dress(one, media, model)) for one in work if is_dressed)
    return SpendingLine(
        scene=scene.number,
        what="stills" if media == "image" else "clips",
        model=model_id,
        count=len(work),
        seconds=round(seconds, 1),
        credits=sum(order.clip_credits(one) for one in work),
        cost=order.pricing.batch(tuple(work), media, choice, order.prompts).wire(),
        cached=there,
        without=[f"{one.label}: {left}" for one, how in dressed for left in how.left_out],
    )


def _voices(order: BatchRequest, scene: StoryboardScene, work: Sequence[BatchShot]) -> Iterator[SpendingLine]:
    speech = order.speech
    routed = ((one.shot.shot_id, speech.routes.get(one.shot.shot_id)) for one in work)
    shots = [shot_id for shot_id, route in routed if route is not None and route.route != NATIVE]
    if not shots:
        return
    unpaid = [inputs for shot_id in shots for inputs in speech.lines[shot_id]]
    yield SpendingLine(
        scene=scene.number,
        what="voices",
        model=SPEECH,
        count=len(unpaid),
        seconds=round(sum(speech.routes[shot_id].seconds for shot_id in shots), 1),
        credits=speech.voices.price * len(unpaid),
        cost=add_up(price_inputs(PROVIDER, SPEECH, one, book=order.book) for one in unpaid).wire(),
        cached=sum(speech.found.get(shot_id, 0) for shot_id in shots),
    )


def _speaking(order: BatchRequest, scene: StoryboardScene, work: Sequence[BatchShot], model_id: str) -> SpendingLine:
    """The shots of a scene that one model makes speak: lips of their clips, or pictures in the place of these."""
    model = speech_models()[model_id]
    routes = [route for one in work if (route := order.speech.routes.get(one.shot.shot_id)) and route.model == model_id]
    resolution = clip_format(order.storyboard.wanted)["resolution"]
    return SpendingLine(
        scene=scene.number,
        what="lips" if model.route == "lips" else "clips",
        model=model_id,
        count=len(routes),
        seconds=round(sum(route.seconds for route in routes), 1),
        credits=model.choice.credits * (parts := sum(route.parts for route in routes)),
        cost=speech_cost(model, resolution=resolution, book=order.book).times(parts).wire(),
    )


async def report_spending(
    runtime: Runtime, user_id: UUID, project_id: str, run_ids: Iterable[UUID]
) -> list[SpendingLine]:
    """The lines of these runs of a project, with what they came to; by scene, in the order of their making.

    Raises:
        NotFound: no such project of the user's.
    """
    own = project_id_of(project_id)
    async with runtime.begin() as tx:
        storyboard = found_in_project(await read_storyboard(tx, own, user_id=user_id))
        parts = await list_spent(tx, storyboard.project_id, [*run_ids])
    fps = float(storyboard.wanted.fps or FPS)
    lines = [_came_to(part, fps) for part in parts]
    return sorted(lines, key=lambda line: (line.scene or 0, _ORDER.index(line.what), line.model))


def _came_to(part: SpentPart, fps: float) -> SpendingLine:
    known = not part.unknown
    planned = Cost(part.planned, part.planned if known else None, "" if known else "no price card")
    return SpendingLine(
        scene=part.scene,
        what=_MADE[part.what],
        model=part.model or (SPEECH if part.what == VOICE_ITEM else ""),
        count=part.count,
        seconds=round(part.seconds or part.frames / fps, 1),
        credits=part.credits,
        cost=planned.wire(),
        made=part.made,
        reused=part.reused,
        refused=part.refused,
        failed=part.failed,
        charged=part.charged,
        billed_usd=float(round_up(part.billed or Decimal(0))),
        bills=part.bills,
    )
