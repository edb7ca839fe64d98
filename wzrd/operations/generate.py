"""Run of one direct generation: its model, its price, its one item, its first event. Asked by routes and flow."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast
from uuid import UUID

from wzrd.assets.data_uris import keep_data_uris
from wzrd.contracts import encoders
from wzrd.contracts.events import NewEvent
from wzrd.contracts.generate import EVENTS, OutputConfig, ReferenceAsset, RouteMetadata, done, error, meta
from wzrd.db.engine import Tx
from wzrd.db.items import Item
from wzrd.db.projects import find_scene
from wzrd.db.runs import RunRow
from wzrd.domain.buckets import choose_location
from wzrd.domain.errors import BadRequest
from wzrd.domain.ids import parse_uuid
from wzrd.domain.money import AskedPrice, kept_bound
from wzrd.domain.offline import ANIMATIC
from wzrd.domain.project_choice import found_in_project, project_id_of
from wzrd.domain.results import replace_urls
from wzrd.domain.runs import NewItem
from wzrd.domain.settlement import Ending, Settlement
from wzrd.generation.dollars import ask_dollars
from wzrd.generation.references import check_references
from wzrd.models.bodies import ModelBody, check_chat
from wzrd.models.catalog import price_of
from wzrd.models.generation_choice import check_known, choose_generation
from wzrd.models.generation_inputs import (
    chat_inputs,
    check_bounds,
    check_inputs,
    data_uris,
    merge_inputs,
    wanted_seconds,
)
from wzrd.models.routing import ALIASES, asked_model, routed_catalog
from wzrd.models.schemas.input_schemas import is_verified
from wzrd.models.shot_orders import ShotRequest, read_order
from wzrd.models.sounds import PROVIDER, offline_inputs, translate
from wzrd.operations.output_job import ITEM, KIND, Chosen, body_of, chosen_of, keep_after_end
from wzrd.operations.shots.rows import release_shots, show_after_end, show_prompt
from wzrd.runs.start import DayLimit, NewRun, RunParams, StartResult, run_id_of, start
from wzrd.runtime.kind import Kind, Replacement, free
from wzrd.runtime.process import Runtime
from wzrd.storage.protocol import check_new_name, unguessable_path

TOLD = ("originalError", "providerStatus", "retryAfter")
"""Fields of a failure that the row keeps: the first error, the provider's HTTP status, the wait to ask again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateParams(RunParams):
    """One generation. `function` is the route that was called: the same request id at two routes is two runs.

    `inputs` are the prompt and the model's own settings, merged; `media_type` is what is wanted where an unknown id
    does not tell; `max_credits` refuses what is dearer, `day_credits` bounds a day of what nobody has signed in for;
    `shot_id` is the shot that it is for, `shot` what was ordered of it; `chosen` is what runs, where the route has a
    rule of its own for that. Without a project and without a user there is nobody to pay.
    """

    function: str = KIND
    model: str
    media_type: str | None = None
    inputs: Mapping[str, Any]
    references: tuple[ReferenceAsset, ...] = ()
    output: OutputConfig = field(default_factory=OutputConfig)
    metadata: RouteMetadata = field(default_factory=RouteMetadata)
    max_credits: int | None = None
    day_credits: int | None = None
    shot_id: UUID | None = None
    shot: ShotRequest | None = None
    reference_id: str | None = None
    chosen: "Chosen | None" = None


def choose(
    runtime: Runtime,
    model: str,
    inputs: Mapping[str, Any],
    references: Sequence[ReferenceAsset],
    media_type: str | None,
) -> Chosen:
    """The model that a request means here and now; see `choose_generation`.

    Raises:
        BadRequest: no id, or parameters that make no sense.
        NotConfigured: its provider cannot be asked from here, and nothing may stand in.
    """
    choice = choose_generation(
        model,
        parameters=inputs,
        references=[one.type for one in references],
        media_type=media_type,
        offline=runtime.settings.offline,
        obstacle=runtime.providers.obstacle,
    )
    choice.check_runnable()
    wanted = ALIASES.get(model.strip(), model.strip())
    known = routed_catalog().find(wanted)
    return Chosen(
        choice.target,
        choice.model.id,
        known.id if known else wanted,
        choice.model.media_type,
        choice.credits,
        choice.count,
        choice.fallback_reason,
    )


async def start_generate(runtime: Runtime, params: GenerateParams) -> StartResult[None]:
    """Start the generation as a flow run, or join the run of its request id.

    Raises:
        NotFound, BadRequest, NotConfigured: as `new_generation`.
        Conflict, InsufficientCredits, TooMany: as `wzrd.runs.start.start`.
    """
    return await start(runtime, await new_generation(runtime, params))


async def new_generation(runtime: Runtime, params: GenerateParams) -> NewRun:
    """The run that is to be started: checked, chosen and priced; nothing is written but the files of `data:` URIs.

    Raises:
        NotFound: the project is not there, or not the caller's.
        BadRequest: no such model (of a form's the nearest are named), or it costs more than `max_credits`: both numbers
            are named.
        OverMoney, UnknownPrice: it may cost more than `money` has, or nobody knows how much.
        NotConfigured: as `choose`.
    """
    user_id, project_id = await _resolve_owner(runtime, params)
    location = choose_location(
        user_id, project_id, bucket=params.output.storage_bucket, prefix=params.output.storage_path_prefix
    )
    check_new_name(location.bucket, unguessable_path(f"{user_id}/{location.folder}", ".anytype"))
    params = await _keep_files(runtime, user_id, params)
    inputs = merge_inputs(params.inputs, params.references, params.output)
    check_bounds(inputs)
    if params.function == KIND and params.chosen is None:  # a form's; the documented routes take the default instead
        check_known(params.model)
    chosen = params.chosen or choose(runtime, params.model, inputs, params.references, params.media_type)
    if params.function in runtime.settings.free_routes:
        chosen = replace(chosen, credits=0)
    _check_price(chosen, params.max_credits)
    body = _body_of(params, chosen, inputs)
    if params.money is not None:
        params.money.check(await _ask_price(runtime, user_id, chosen, body.inputs))
    await _check_runnable(runtime, params.model, chosen, body.inputs)
    return _new_run(params, user_id, project_id, inputs, chosen, body.ignored)


def _body_of(params: GenerateParams, chosen: Chosen, inputs: Mapping[str, Any]) -> ModelBody:
    """Body for the chosen model. A form is for one model: what that does not know is an error."""
    if params.shot is not None:
        return params.shot.brief.body_for(routed_catalog().models[chosen.resolved])
    return body_of(chosen.resolved, inputs, count=chosen.count, strict=params.function == KIND)


def _new_run(
    params: GenerateParams,
    user_id: UUID,
    project_id: UUID | None,
    inputs: Mapping[str, Any],
    chosen: Chosen,
    ignored: Mapping[str, str],
) -> NewRun:
    """The run of a request that was checked, with its one item and its first event."""
    bare_id = params.request_id or str(uuid.uuid4())
    request_id = f"{params.function}:{bare_id}"
    first = meta(
        requested=params.model,
        normalized=chosen.normalized,
        resolved=chosen.resolved,
        media_type=chosen.media_type,
        fallback_reason=chosen.fallback_reason,
        request_id=bare_id,
        run_id=run_id_of(user_id, KIND, request_id),
        ignored=ignored or None,
        verified=_is_verified(chosen),
    )
    entity = f"shot_{chosen.media_type}" if params.shot_id else chosen.media_type
    item = NewItem(ITEM, 1, entity, params.shot_id, price=chosen.credits)
    return NewRun(
        kind=KIND,
        user_id=user_id,
        project_id=project_id,
        request_id=request_id,
        identity=_identity(params, project_id, inputs),
        extra={
            "label": params.model[:80],
            "metadata": params.metadata.wire(),
            "chosen": _kept(chosen),
            **({"shot": params.shot.kept()} if params.shot else {}),
        },
        items=lambda _: [item],
        first_event=lambda: NewEvent("meta", first),
        reference_id=params.reference_id or str(project_id or params.shot_id or params.model),
        asked=params,
        day=None if params.day_credits is None else DayLimit(params.day_credits, _day_share(params.model)),
    )


def _is_verified(chosen: Chosen) -> bool:
    model = routed_catalog().find(chosen.resolved)
    return model is None or is_verified(model)


def _day_share(model: str) -> int:
    """Credits a run counts for in its day: its price, even if it costs nothing here; anybody could ask."""
    return price_of(routed_catalog().models[model])


async def _check_runnable(runtime: Runtime, model: str, chosen: Chosen, inputs: Mapping[str, Any]) -> None:
    """Refuse what the chosen model could never make, before anything is held."""
    if chosen.media_type == "text" and chosen.target.provider != ANIMATIC:
        check_chat(chosen.target.provider, chat_inputs(inputs))
    if chosen.target.provider != ANIMATIC:
        await check_references(runtime, chosen.target, chosen.media_type, inputs)
    elif chosen.media_type == "video":
        wanted_seconds(inputs)
    elif chosen.media_type == "audio":
        offline_inputs(asked_model(model, "audio"), inputs)
    if chosen.target.provider == PROVIDER:
        translate(chosen.target.model, inputs)


async def _resolve_owner(runtime: Runtime, params: GenerateParams) -> tuple[UUID, UUID | None]:
    """Who pays, and the project it is for; a short transaction that is given back at once."""
    named = params.project_id or (params.metadata.project_id if parse_uuid(params.metadata.project_id) else None)
    if not named:
        if params.user_id is None:
            raise BadRequest("project_id is required: the project's owner pays", field="project_id")
        return params.user_id, None
    project_id = project_id_of(named)
    async with runtime.begin() as tx:
        location = found_in_project(await find_scene(tx, project_id, None, user_id=params.user_id))
    return location.user_id, location.project_id


async def _keep_files(runtime: Runtime, user_id: UUID, params: GenerateParams) -> GenerateParams:
    """Request with bounded texts, its `data:` URIs replaced by addresses of files of ours."""
    check_inputs(params.inputs)
    given = {"inputs": dict(params.inputs), "references": [one.url for one in params.references]}
    ours = await keep_data_uris(runtime, user_id, data_uris(given))
    if not ours:
        return params
    references = tuple(one.model_copy(update={"url": ours.get(one.url, one.url)}) for one in params.references)
    inputs = cast("dict[str, Any]", replace_urls(given["inputs"], ours))
    return replace(params, inputs=inputs, references=references)


async def _ask_price(runtime: Runtime, user_id: UUID, chosen: Chosen, inputs: Mapping[str, Any]) -> AskedPrice:
    sent = chat_inputs(inputs) if chosen.media_type == "text" else inputs
    return await ask_dollars(runtime, user_id, chosen.target, sent)


def _check_price(chosen: Chosen, most: int | None) -> None:
    if most is not None and chosen.credits > most:
        message = f"{chosen.resolved} costs {chosen.credits} credits here, more than maxCredits {most}: raise it"
        raise BadRequest(f"{message}, or ask for another model", field="maxCredits")


def _kept(chosen: Chosen) -> dict[str, Any]:
    return {
        "provider": chosen.target.provider,
        "target": chosen.target.model,
        "model": chosen.resolved,
        "normalized": chosen.normalized,
        "mediaType": chosen.media_type,
        "count": chosen.count,
        "fallbackReason": chosen.fallback_reason,
    }


def _identity(params: GenerateParams, project_id: UUID | None, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "function": params.function,
        "projectId": str(project_id) if project_id else None,
        "model": params.model,
        "mediaType": params.media_type,
        "inputs": dict(inputs),
        "references": [one.wire() for one in params.references],
        "output": params.output.wire(),
        "maxCredits": params.max_credits,
        "shotId": str(params.shot_id) if params.shot_id else None,
        **kept_bound(params.money),
    }


def _sum_up(_run: RunRow, items: Sequence[Item]) -> Mapping[str, Any]:
    """The documented result of the generation and its address, as its item keeps it; or what failed at first."""
    kept = next((item.output for item in items if item.key == ITEM and item.output), None) or {}
    if "result" in kept:
        return {**kept["result"], "credits": kept.get("charged", 0)}
    return {name: kept[name] for name in TOLD if name in kept}


def _terminal(ending: Ending) -> NewEvent:
    """`done` with the result, or `error` with its code; the run's own id tells one request from another."""
    if ending.status == "succeeded":
        request_id = ending.request_id.partition(":")[2]
        return NewEvent("done", done(ending.result, request_id=request_id, run_id=ending.run_id))
    message = ending.error or "The generation failed"
    original = ending.result.get("originalError")
    reason = "fallback_failed" if original else "primary_failed_no_fallback"
    code = ending.error_code or "provider_error"
    return NewEvent("error", error(message, code=code, reason=reason, original_error=original, run_id=ending.run_id))


async def _mirror_end(tx: Tx, run: RunRow, ending: Settlement, open_items: Sequence[Item]) -> None:
    await release_shots(tx, run, ending, open_items)
    await show_prompt(tx, run, ending, open_items)


async def _replace(runtime: Runtime, wanted: Replacement) -> object:
    """Start the same generation again, by the model that was chosen for it."""
    run, params = wanted.replaced, wanted.replaced.params
    again = GenerateParams(
        **wanted.common(),
        function=params["function"],
        model=params["model"],
        media_type=params.get("mediaType"),
        inputs=params["inputs"],
        references=tuple(ReferenceAsset.model_validate(one) for one in params.get("references") or ()),
        output=OutputConfig.model_validate(params.get("output") or {}),
        metadata=RouteMetadata.model_validate(params.get("metadata") or {}),
        max_credits=wanted.max_credits,
        shot_id=parse_uuid(params.get("shotId")),
        shot=read_order(params),
        reference_id=str(params.get("referenceId", run.run_id)),
        chosen=chosen_of(params, wanted.items[0].price),
    )
    return await start_generate(runtime, again)


_SAME_WORK = ("function", "projectId", "model", "mediaType", "inputs", "references", "output", "shotId")
"""Parameters whose equality makes two generations the same work."""

GENERATE = Kind(
    name=KIND,
    route="/functions/v1/fal-stream",
    resource_type="generation",
    reference_type=KIND,
    parameters={
        **dict.fromkeys((*_SAME_WORK, "maxCredits", "maxUsd", "allowUnpriced")),
        "projectId": "project",
        "model": "model",
    },
    price=free,
    events=EVENTS,
    encoder=encoders.fal_stream,
    terminal=_terminal,
    deployment="one",
    sum_up=_sum_up,
    on_end=_mirror_end,
    upfront=True,
    keep_after_end=keep_after_end,
    on_result_after_end=show_after_end,
    duplicate_key=_SAME_WORK,
    replace=_replace,
)
