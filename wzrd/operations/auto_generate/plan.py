"""Plan of a project-auto-generate request, told beforehand: shots, sheets, speech, and what all of it may cost."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from wzrd.contracts.auto_generate import AutoGeneratePlan, PlannedLine, PlannedSheet, PlannedShot, PlannedSpeech
from wzrd.db.ledger import read_balance
from wzrd.domain.auto_generate import MEDIA, BatchShot
from wzrd.domain.bible import SheetKey, SheetOrder
from wzrd.domain.money import FREE, add_up
from wzrd.domain.project_choice import project_id_of
from wzrd.domain.speech import NATIVE
from wzrd.domain.storyboard import Storyboard
from wzrd.language.shots.following import goes_on_in
from wzrd.models.body_prices import price_inputs
from wzrd.models.catalog import Model
from wzrd.models.placeholders import PROMPT
from wzrd.models.price_cards import PriceBook
from wzrd.models.routing import routed_catalog
from wzrd.models.schemas.input_schemas import is_verified
from wzrd.models.shot_inputs import (
    GENERIC_MOTION,
    SECONDS,
    clip_format,
    image_body,
    needs_reference,
    takes_last_frame,
    video_body,
)
from wzrd.models.sounds import PROVIDER, SPEECH
from wzrd.models.speech_routes import speech_cost, speech_models
from wzrd.operations.auto_generate.order import (
    AutoGenerateParams,
    BatchRequest,
    check_pictures,
    read_film_of,
    take_order,
)
from wzrd.operations.auto_generate.speech import SpeechWork
from wzrd.operations.spending import plan_spending
from wzrd.operations.voice_casting import settle_voices
from wzrd.runtime.process import Runtime

_WORDS, _PICTURE = GENERIC_MOTION, "https://pictures.invalid/shot.png"
"""Inputs of any shot, by which a plan tells what a model ignores."""


async def plan_auto_generate(runtime: Runtime, params: AutoGenerateParams) -> AutoGeneratePlan:
    """Plan what `start_auto_generate` would do now, and its price. Nothing is started, held or written.

    Raises:
        NotFound, BadRequest, NotConfigured, ReferenceUnreachable: as `start_auto_generate`, but for `max_credits`.
    """
    project_id = project_id_of(params.project_id)
    if params.phase == "videos":
        await check_pictures(runtime, params, project_id)
    settled = await settle_voices(runtime, params.project_id, params.voices, user_id=params.user_id)
    params = replace(params, voices=settled.by_name)
    film = await read_film_of(runtime, params, project_id)
    async with runtime.begin() as tx:
        order = await take_order(runtime, tx, params, project_id, film)
        available = await read_balance(tx, order.storyboard.user_id)
    batch, prices, model = order.batch, order.prices, routed_catalog().models[order.choice.model_id]
    unknown = len(batch.unsettled)
    awaiting = None if batch.awaiting is None else len(batch.awaiting)
    return AutoGeneratePlan(
        phase=params.phase,
        total=batch.total,
        queued=len(batch.work),
        skipped=batch.skipped,
        done=batch.done,
        waiting=batch.skipped - batch.done - unknown - (awaiting or 0) - batch.locked,
        unknown=unknown,
        awaiting_approval=awaiting,
        locked=batch.locked,
        model=order.choice.model_id,
        verified=is_verified(model),
        ignored=_ignored(model, order),
        credits=prices.media,
        prompt_credits=prices.prompt,
        fallback_used=order.choice.fallback_reason is not None,
        fallback_reason=order.choice.fallback_reason,
        estimated_credits=order.credits,
        available_credits=available,
        estimated_cost=order.cost.wire(),
        speech=planned_speech(order.speech, order.work, order.storyboard, order.book) if order.speech.routes else [],
        **planned_more(order),
        cast=list(settled.cast),
        speech_fallback_reason=order.speech.fallback_reason,
        own_sound=order.own_sound,
        usual_cost=order.pricing.usual(MEDIA[order.phase], order.choice).wire(),
        items=[_planned_shot(order, one) for one in order.work],
        **_planned_sheets(order),
        spending=plan_spending(order),
    )


def _planned_shot(order: BatchRequest, one: BatchShot) -> PlannedShot:
    bare = order.bare.choice(one.shot.shot_id)
    model = routed_catalog().models[(bare or order.choice).model_id]
    is_dressed = bool(order.bible.film.people or order.bible.scenes) and not order.choice.drawn
    dressed = order.pricing.dress(one, MEDIA[order.phase], model) if is_dressed else None
    is_clip = order.phase == "videos" and not order.choice.drawn and one not in order.speech.lips_only
    following = goes_on_in(one.scene, one.shot) if is_clip and takes_last_frame(model) else None
    return PlannedShot(
        shot_id=one.shot.shot_id,
        scene_id=one.scene.scene_id,
        scene_number=one.scene.number,
        shot_number=one.shot.number,
        credits=order.clip_credits(one) + order.speech.credits_of(one.shot.shot_id),
        **planned_lines(order.speech, one.shot.shot_id),
        sheets=list(dressed.placed) if dressed else [],
        left_out=list(dressed.left_out) if dressed else [],
        ends_in=following.shot_id if following else None,
        model=bare.model_id if bare else "",
    )


def _planned_sheets(order: BatchRequest) -> dict[str, Any]:
    work, pricing = order.sheets, order.pricing
    if work.maker is None:
        return {}
    usual = SheetOrder(SheetKey("person", "-"), "-", PROMPT)
    return {
        "sheets": [
            PlannedSheet(
                key=str(one.key),
                name=one.name,
                model=order.maker_of(one).model_id,
                credits=order.maker_of(one).credits,
            )
            for one in work.orders
        ],
        "more_sheets": work.more,
        "sheet_credits": work.maker.credits,
        "sheet_cost": pricing.sheet(usual, work.maker).wire(),
    }


def _ignored(model: Model, order: BatchRequest) -> dict[str, str] | None:
    """Wishes of any shot that the model does not take as they are, and why; None: none, or this machine draws it."""
    if order.choice.drawn:
        return None
    ratio, style = order.storyboard.aspect_ratio, order.storyboard.style_url or None
    if model.media_type == "image":
        style = style or (_PICTURE if needs_reference(model) else None)
        return dict(image_body(model, prompt=_WORDS, aspect_ratio=ratio, reference=style).ignored) or None
    of_clip: dict[str, Any] = {**clip_format(order.storyboard.wanted), "sound": order.native_sound}
    body = video_body(model, prompt=_WORDS, image_url=_PICTURE, aspect_ratio=ratio, seconds=SECONDS, **of_clip)
    return dict(body.ignored) or None


def planned_lines(work: SpeechWork, shot_id: UUID) -> dict[str, Any]:
    """Fields of a planned shot: its lines with their ways, and who makes them be seen."""
    if (route := work.routes.get(shot_id)) is None:
        return {}
    lines = [PlannedLine(character=one.speaker, route=one.route, reason=one.reason) for one in route.lines]
    return {"lines": lines, "speech_model": route.model, **({"clips": route.parts} if route.parts > 1 else {})}


def planned_speech(
    work: SpeechWork, shots: Sequence[BatchShot], storyboard: Storyboard, book: PriceBook
) -> list[PlannedSpeech]:
    """Every line that is spoken in these shots, by its way and model."""
    resolution = clip_format(storyboard.wanted)["resolution"]
    routed = [(one.shot.shot_id, work.routes[one.shot.shot_id]) for one in shots if one.shot.shot_id in work.routes]
    unpaid = [inputs for shot_id, _ in routed for inputs in work.lines[shot_id]]
    found = [
        PlannedSpeech(
            route="voice",
            model=SPEECH,
            shots=len(routed) - sum(route.route == NATIVE for _, route in routed),
            lines=sum(one.route == "voice" for _, route in routed for one in route.lines),
            seconds=round(sum(route.seconds for _, route in routed if route.route != NATIVE), 1),
            credits=work.voices.price * len(unpaid),
            estimated_cost=add_up(price_inputs(PROVIDER, SPEECH, one, book=book) for one in unpaid).wire(),
        )
    ]
    if own := [route for _, route in routed if route.route == NATIVE]:
        lines, seconds = sum(len(route.lines) for route in own), round(sum(route.seconds for route in own), 1)
        free = FREE.wire()  # beside its clip
        found.append(
            PlannedSpeech(
                route=NATIVE, model="", shots=len(own), lines=lines, seconds=seconds, credits=0, estimated_cost=free
            )
        )
    for model_id in dict.fromkeys(route.model for _, route in routed if route.model):
        model, own = speech_models()[model_id], [route for _, route in routed if route.model == model_id]
        cost, parts = speech_cost(model, resolution=resolution, book=book), sum(route.parts for route in own)
        found.append(
            PlannedSpeech(
                route=model.route,
                model=model_id,
                shots=len(own),
                lines=sum(one.route == model.route for route in own for one in route.lines),
                seconds=round(sum(route.seconds for route in own), 1),
                credits=model.choice.credits * parts,
                estimated_cost=cost.times(parts).wire(),
            )
        )
    return found


def planned_more(order: BatchRequest) -> dict[str, Any]:
    """Fields of a plan: what shots that are yet to be drawn or written may cost beside one clip each."""
    if not (more := order.speech.more):
        return {}
    resolution, clip = clip_format(order.storyboard.wanted)["resolution"], order.choice.credits
    usual = order.pricing.usual(MEDIA[order.phase], order.choice)
    clips = [parts - 1 if one.route == "lips" else -1 for one, parts in more]
    beside = sum(one.choice.credits * parts for one, parts in more) + clip * sum(clips)
    spoken = [speech_cost(one, resolution=resolution, book=order.book).times(parts) for one, parts in more]
    cost = add_up([*spoken, usual.times(sum(max(0, one) for one in clips))])
    return {"more_lips": len(more), "more_lips_credits": max(0, beside), "more_lips_cost": cost.wire()}
