"""POST /functions/v1/generation-route: what a generation would run on and cost, told without running it."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.services import ServicesOf
from wzrd.contracts.generate import OutputConfig
from wzrd.contracts.generation_service import GenerationRouteAnswer, GenerationRouteRequest
from wzrd.domain.errors import BadRequest
from wzrd.models.bodies import check_fields, make_body, own_sound
from wzrd.models.body_prices import price_inputs
from wzrd.models.generation_choice import GenerationChoice, choose_generation, describe_refusal, describe_unknown
from wzrd.models.generation_inputs import merge_inputs
from wzrd.models.output_counts import order_outputs
from wzrd.models.placeholders import PROMPT, STILL
from wzrd.models.price_cards import PriceBook
from wzrd.models.schemas.input_schemas import is_verified

router = APIRouter(tags=["catalog"])


@router.post("/functions/v1/generation-route")
@described(body=GenerationRouteRequest, answers={200: GenerationRouteAnswer})
async def post_generation_route(request: Request, services: ServicesOf, _: CurrentUser) -> Response:
    """The choice that a generation of these would make here and now; nothing is held, nothing is sent."""
    runtime = services.runtime
    asked = parse(GenerationRouteRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    parameters = merge_inputs(asked.parameters, (), OutputConfig(count=asked.output_config.count))
    choice = choose_generation(
        asked.model,
        parameters=parameters,
        references=[reference.type for reference in asked.reference_assets],
        media_type=asked.media_type,
        offline=runtime.settings.offline,
        obstacle=runtime.providers.obstacle,
    )
    if choice.fallback_reason is None:
        check_fields(choice.model, order_outputs(choice.model, parameters, choice.count).inputs)
    body = _body(choice, parameters, [reference.type for reference in asked.reference_assets])
    answer = GenerationRouteAnswer(
        route=choice.route,
        function=choice.function,
        resolved_model=choice.model.id,
        media_type=choice.model.media_type,
        fallback_used=choice.fallback_reason is not None,
        fallback_reason=choice.fallback_reason,
        credits=0 if choice.function in runtime.settings.free_routes else choice.credits,
        cost=price_inputs(
            choice.target.provider, choice.target.model, body, book=PriceBook(runtime.providers.told_prices)
        ).wire(),
        own_sound=own_sound(choice.model, body),
        runnable=choice.obstacle is None,
        reason=choice.obstacle and describe_refusal(choice.model, choice.obstacle),
        verified=is_verified(choice.model),
        unknown_model=None if choice.route == "edge-function" else describe_unknown(asked.model),
    )
    return json_response(answer.wire())


def _body(choice: GenerationChoice, parameters: Mapping[str, Any], references: Sequence[str]) -> Mapping[str, Any]:
    """Body as far as the settings tell it: words and files may yet be missing, and others stand for them.

    A text and a sound get no words: they are paid by them.
    """
    model, asked = choice.model, order_outputs(choice.model, parameters, choice.count).inputs
    is_seen = model.media_type in {"image", "video"}
    missing = {"prompt": PROMPT, **dict.fromkeys(references, STILL)} if is_seen else {}
    try:
        return make_body(model, asked, roles=missing).inputs
    except BadRequest:
        return {**model.defaults, **asked}
