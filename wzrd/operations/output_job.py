"""A generation's run as the job of its one step, and the step's result as the documented metadata."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wzrd.contracts.generate import GenerationResultMetadata, OutputConfig, kind_of
from wzrd.db.items import Item
from wzrd.db.provider_jobs import ProviderJob
from wzrd.db.runs import RunRow
from wzrd.db.shot_work import OUTPUT
from wzrd.domain.buckets import choose_location
from wzrd.domain.errors import BadRequest, ProviderError, ProviderRejected
from wzrd.domain.offline import ANIMATIC, stand_in_reason
from wzrd.domain.submission import Target
from wzrd.generation import FallbackTarget, GenerationRequest, Own
from wzrd.generation.approval import still_gate
from wzrd.generation.output_files import Destination
from wzrd.generation.outputs import KeptOutput, OutputJob, keep_output
from wzrd.generation.values import Gate
from wzrd.models.bodies import ModelBody, check_chat, make_body
from wzrd.models.body_maker import take_known
from wzrd.models.catalog import Model, price_of
from wzrd.models.functions import falls_back, text_stand_ins
from wzrd.models.generation_inputs import chat_inputs
from wzrd.models.output_counts import is_count, order_outputs
from wzrd.models.routing import animatic_model, fallback_model, given_media, routed_catalog
from wzrd.models.schemas.input_schemas import find_schema, is_verified
from wzrd.models.shot_orders import ShotRequest, read_order
from wzrd.models.text_targets import find_text_model
from wzrd.providers.base import Output
from wzrd.runtime.kind import SHARE
from wzrd.runtime.process import Runtime

KIND = "generate"
ITEM = OUTPUT
"""The key of a generation's one item."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Choice a run runs on, as pinned at its start: `credits` for all `count` outputs of the model `resolved`.

    `normalized` is the id that the asked one stands for.
    """

    target: Target
    resolved: str
    normalized: str
    media_type: str
    credits: int
    count: int = 1
    fallback_reason: str | None = None


def chosen_of(params: Mapping[str, Any], price: int) -> Chosen:
    """Choice a run runs on, as its parameters keep it; `price` is its item's."""
    first = params["chosen"]
    return Chosen(
        Target(first["provider"], first["target"]),
        first["model"],
        first["normalized"],
        first["mediaType"],
        price,
        first["count"],
        first["fallbackReason"],
    )


def pinned_choice(runtime: Runtime, run: RunRow, price: int) -> Chosen:
    """Choice the run runs on, at this price: as pinned at its start, unless its provider cannot be asked any more.

    Raises:
        NotConfigured: it cannot, and nothing may stand in.
    """
    pinned = chosen_of(run.params, price)
    if pinned.target.provider == ANIMATIC:
        return pinned
    obstacle = runtime.providers.obstacle(pinned.target.provider, pinned.media_type)
    if obstacle is None:
        return pinned
    reason = stand_in_reason(obstacle, offline=runtime.settings.offline)
    free = animatic_model(pinned.media_type)
    return replace(
        pinned, target=Target(free.provider, free.endpoint_id), resolved=free.id, credits=0, fallback_reason=reason
    )


def job_of(run: RunRow, item: Item, chosen: Chosen) -> OutputJob:
    """Job of the run's one step: the request, its fallbacks, and where the files go."""
    request = GenerationRequest(
        item_key=item.key,
        target=chosen.target,
        inputs=inputs_of(run.params, chosen, chosen.resolved),
        funding=Own(chosen.credits, chosen.media_type, deferred=True),
        media_type=chosen.media_type,
        outputs=chosen.count,
        shown=chosen.media_type == "text",
        fallbacks=_fallbacks(run, chosen),
        fall_back_on="inactive" if run.params.get("shot") else "failure",
        gate=_gate_of(run, item),
    )
    return OutputJob(request, destination_of(run, item.key, chosen.media_type))


def _gate_of(run: RunRow, item: Item) -> Gate | None:
    """The gate of a shot's clip, where its project asks for the approval of stills."""
    order = read_order(run.params)
    if order is None or order.brief.media != "video" or run.project_id is None or item.entity_id is None:
        return None
    return still_gate(run.project_id, item.entity_id, order.brief.image_url, asked=False)


def destination_of(run: RunRow, item_key: str, media_type: str) -> Destination:
    """Where the files of the run's output go: as its `outputConfig` said."""
    output = OutputConfig.model_validate(run.params["output"])
    location = choose_location(
        run.user_id, run.project_id, bucket=output.storage_bucket, prefix=output.storage_path_prefix
    )
    return Destination(run.user_id, run.run_id, item_key, media_type, location, store=output.auto_store)


def counted_inputs(model_id: str, inputs: Mapping[str, Any], count: int) -> dict[str, Any]:
    """The inputs, which ask the model for the outputs that were priced; one that has left the catalog for one."""
    model = routed_catalog().find(model_id)
    if model is None:
        return {name: value for name, value in inputs.items() if not is_count(name)}
    return order_outputs(model, inputs, count).inputs


def body_of(model_id: str, given: Mapping[str, Any], *, count: int, strict: bool = False) -> ModelBody:
    """Body that a model gets for a request, over its own defaults, with the outputs that were priced.

    Raises:
        BadRequest: as `wzrd.models.bodies.make_body`.
    """
    model = routed_catalog().find(model_id)
    asked = counted_inputs(model_id, given, count)
    if model is None:
        return ModelBody(asked)
    body = make_body(model, asked, strict=strict)
    return replace(body, inputs=counted_inputs(model_id, body.inputs, count))


def inputs_of(params: Mapping[str, Any], chosen: Chosen, model_id: str) -> dict[str, Any]:
    """The inputs of the run for this model. Those of a shot's order are whole as they are."""
    given = params["inputs"]
    if params.get("shot") and model_id == chosen.resolved:
        return _known_inputs(model_id, counted_inputs(model_id, given, chosen.count))
    inputs = body_of(model_id, given, count=chosen.count).inputs
    return check_chat(chosen.target.provider, chat_inputs(inputs)) if chosen.media_type == "text" else inputs


def _known_inputs(model_id: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Those of the inputs that the model's schema knows: an output's format may be none of them."""
    model = routed_catalog().find(model_id)
    schema = find_schema(model.provider, model.endpoint_id) if model else None
    return take_known(schema, inputs) if schema else inputs


def _fallbacks(run: RunRow, chosen: Chosen) -> tuple[FallbackTarget, ...]:
    """Fallback targets of a route, if it falls back and the caller's `maxCredits` allows the price.

    Media models fall back to the media default; text to what its function asks instead, if it falls back.
    """
    if order := read_order(run.params):
        return tuple(_instead(run, chosen, order))
    model = _instead_of(run, chosen)
    if model is None or model.id == chosen.resolved or model.media_type != chosen.media_type:
        return ()
    is_free = chosen.credits == 0  # a route that costs nothing: every model has a price
    price = 0 if is_free else price_of(model) * chosen.count
    most = run.params["maxCredits"]
    if most is not None and price > most:
        return ()
    funding, target = Own(price, model.media_type, deferred=True), Target(model.provider, model.endpoint_id)
    try:
        inputs = inputs_of(run.params, replace(chosen, target=target), model.id)
    except BadRequest:
        return ()  # it has no place for what was asked
    return (FallbackTarget(target, model.id, funding, inputs),)


def _instead_of(run: RunRow, chosen: Chosen) -> Model | None:
    function = run.params["function"]
    if chosen.target.provider == ANIMATIC or not (function == KIND or falls_back(function)):
        return None
    if chosen.media_type == "text":
        others = text_stand_ins(function)
        return find_text_model(others[0]) if others else None
    types = [one["type"] for one in run.params["references"]]
    return fallback_model(chosen.media_type, given_media(run.params["inputs"], types))


def _instead(run: RunRow, chosen: Chosen, order: ShotRequest) -> Iterator[FallbackTarget]:
    """The models that a shot's order names for when its own is switched off: each its own price and inputs, once."""
    most, seen = run.params["maxCredits"], {chosen.target}
    for model in (routed_catalog().models[one] for one in order.instead):
        target, price = Target(model.provider, model.endpoint_id), price_of(model) if chosen.credits else 0
        if target not in seen and (most is None or price <= most) and chosen.target.provider != ANIMATIC:
            seen.add(target)
            funding = Own(price, model.media_type, deferred=True)
            with contextlib.suppress(BadRequest):  # it needs what a shot has not
                yield FallbackTarget(target, model.id, funding, order.brief.body_for(model).inputs)


def describe_fallback(run: RunRow, chosen: Chosen, model_id: str) -> dict[str, Any]:
    """As `meta` tells it of the model that is asked instead: what it ignores, and whether its inputs are known."""
    model, order = routed_catalog().find(model_id), read_order(run.params)
    if model is None:
        return {}
    body = order.brief.body_for(model) if order else body_of(model_id, run.params["inputs"], count=chosen.count)
    return {"ignored": body.ignored or None, "verified": is_verified(model)}


def fallback_reason_of(run: RunRow, failed: str, instead: str) -> str:
    """Why another model is asked now."""
    return f"inactive_model:{failed}->fallback:{instead}" if run.params.get("shot") else f"runtime_failure:{failed}"


def result_of(run: RunRow, chosen: Chosen, kept: KeptOutput, target: Target) -> dict[str, Any]:
    """The documented metadata of what `target` has made, and its address; the credits are known once it is paid."""
    main = kept.files[0] if kept.files else None
    instead = {way.target: way.name for way in _fallbacks(run, chosen)}
    resolved = instead.get(target, chosen.resolved)
    reason = fallback_reason_of(run, chosen.resolved, resolved) if target in instead else chosen.fallback_reason
    metadata = GenerationResultMetadata(
        generation_id=run.run_id,
        resolved_model=resolved,
        requested_model=run.params["model"],
        fallback_used=reason is not None,
        fallback_reason=reason,
        media_type=kind_of(chosen.media_type),
        duration_seconds=main.seconds if main else None,
        raw=kept.result,
        storage_url=main.url if main and main.sha256 else None,
        width=main.width if main else None,
        height=main.height if main else None,
    )
    hashes = [file.sha256 for file in kept.files if file.sha256]
    stored = {"sha256": hashes, "bytes": main.size if main else None} if hashes else {}
    return {**metadata.wire(), "url": main.url if main else "", **stored}


async def keep_after_end(runtime: Runtime, run: RunRow, item: Item, job: ProviderJob, output: Output) -> dict[str, Any]:
    """Store what a provider made after the run had ended; return the output as the item keeps it.

    Raises:
        ResultUseless, FetchRefused, FetchFailed, BadSource, MediaFailed, MediaRefused, StorageFull: as `keep_output`.
    """
    destination, chosen = destination_of(run, item.key, job.media_type), chosen_of(run.params, item.price)
    kept = await keep_output(runtime, destination, job.target, output)
    return {"result": result_of(run, chosen, kept, job.target), SHARE: kept.share(job.media_type, chosen.count)}


def provider_facts(error: ProviderError) -> dict[str, Any]:
    """Facts kept of a provider's failure: its HTTP status, and seconds until it may be asked again."""
    wait = error.retry_after if isinstance(error, ProviderRejected) else error.details.get("retry_after")
    facts = {"providerStatus": error.details.get("status"), "retryAfter": wait}
    return {name: value for name, value in facts.items() if isinstance(value, int | float)}
