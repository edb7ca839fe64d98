"""What one direct generation becomes: its model, its price, its one item, its first event. Asked by routes and flow."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from wzrd.contracts import encoders
from wzrd.contracts.events import NewEvent
from wzrd.contracts.generate import (
    GenerationMetadata,
    GenerationResultMetadata,
    OutputConfig,
    ReferenceAsset,
    done,
    error,
    meta,
)
from wzrd.db.items import Item
from wzrd.db.projects import find_scene
from wzrd.db.runs import NewItem, RunRow
from wzrd.domain.catalog import price_of
from wzrd.domain.errors import BadRequest, NotFound
from wzrd.domain.generation_inputs import chat_inputs, check_inputs, merge_inputs
from wzrd.domain.ids import parse_uuid
from wzrd.domain.offline import stand_in_reason
from wzrd.domain.routing import route
from wzrd.domain.settlement import Ending
from wzrd.domain.storage_place import choose_place
from wzrd.domain.submission import ANIMATIC, Target
from wzrd.generation import GenerationRequest, Own
from wzrd.generation.outputs import MadeOutput, OutputJob
from wzrd.runs.start import NewRun, RunParams, StartResult, run_id_of, start
from wzrd.runtime.kind import Kind, free
from wzrd.runtime.process import Runtime
from wzrd.storage.protocol import check_name

KIND = "generate"
ITEM = "output"
"""The key of a generation's one item."""
DEADLINE = 600.0
DEADLINES: Mapping[str, float] = {"text": 120.0, "video": 1200.0}
"""Seconds that a generation may take in all, from its first submit on: videos queue longest."""
DOCUMENTED_MEDIA = frozenset({"image", "video", "audio", "text"})
"""What the documented metadata call a result's kind; anything else is `unknown` there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateParams(RunParams):
    """One generation. `function` is the route that was called: the same request id at two routes is two runs.

    `inputs` are the prompt and the model's own settings, merged; `media_type` is what is wanted where an unknown id
    does not tell; `max_credits` refuses what is dearer; `shot_id` is the shot that it is for. Without a project and
    without a user there is nobody to pay.
    """

    function: str = KIND
    model: str
    media_type: str | None = None
    inputs: Mapping[str, Any]
    references: tuple[ReferenceAsset, ...] = ()
    output: OutputConfig = field(default_factory=OutputConfig)
    metadata: GenerationMetadata = field(default_factory=GenerationMetadata)
    max_credits: int | None = None
    shot_id: UUID | None = None
    reference_id: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What runs: `credits` for all that is asked for; `normalized` is the id that the asked one stands for."""

    target: Target
    resolved: str
    normalized: str
    media_type: str
    credits: int
    fallback_reason: str | None = None


def choose(
    runtime: Runtime,
    model: str,
    inputs: Mapping[str, Any],
    references: Sequence[ReferenceAsset],
    media_type: str | None,
) -> Chosen:
    """The model that a request means here and now.

    Raises:
        BadRequest: no id, or parameters that make no sense.
        NotConfigured: its provider cannot be asked from here and WZRD_OFFLINE=never.
    """
    if model == ANIMATIC:
        return Chosen(Target(ANIMATIC, ANIMATIC), ANIMATIC, ANIMATIC, media_type or "image", 0)
    way = route(model, parameters=inputs, references=[one.type for one in references], media_type=media_type)
    if way.model is None:
        raise BadRequest(f"_edgeFunction {way.target!r} is no model", field="_edgeFunction")
    runs = way.model
    obstacle = runtime.providers.obstacle(runs.provider, runs.media_type)
    reason = stand_in_reason(obstacle, offline=runtime.settings.offline)
    if reason is not None:
        return Chosen(Target(ANIMATIC, ANIMATIC), ANIMATIC, runs.id, runs.media_type, 0, reason)
    return Chosen(
        Target(runs.provider, runs.id), runs.id, runs.id, runs.media_type, price_of(runs), way.fallback_reason
    )


async def start_generate(runtime: Runtime, params: GenerateParams, *, executor: str = "flow") -> StartResult[None]:
    """Start the generation, or join the run of its request id. `executor`: "flow", or "inline" for this process.

    Raises:
        NotFound: the project is not there, or not the caller's.
        BadRequest: no such model, or it costs more than `max_credits`: both numbers are named.
        NotConfigured: as `choose`.
        Conflict, InsufficientCredits, TooMany: as `wzrd.runs.start.start`.
    """
    user_id, project_id = await _resolve_owner(runtime, params)
    place = choose_place(
        user_id, project_id, bucket=params.output.storage_bucket, prefix=params.output.storage_path_prefix
    )
    check_name(place.bucket, place.folder)
    inputs = merge_inputs(params.inputs, params.references, params.output)
    check_inputs(inputs)
    chosen = choose(runtime, params.model, inputs, params.references, params.media_type)
    _check_price(chosen, params.max_credits)
    bare_id = params.request_id or str(uuid.uuid4())
    request_id = f"{params.function}:{bare_id}"
    run_id = run_id_of(user_id, KIND, request_id)
    first = meta(
        requested=params.model,
        normalized=chosen.normalized,
        resolved=chosen.resolved,
        media_type=chosen.media_type,
        fallback_reason=chosen.fallback_reason,
        request_id=bare_id,
        run_id=run_id,
    )
    item = NewItem(ITEM, 1, chosen.media_type, params.shot_id, price=chosen.credits)
    new = NewRun(
        kind=KIND,
        user_id=user_id,
        project_id=project_id,
        request_id=request_id,
        identity=_identity(params, project_id, inputs),
        extra={
            "label": params.model[:80],
            "metadata": params.metadata.wire(),
            "chosen": _kept(chosen),
        },
        items=lambda _: [item],
        first_event=lambda: NewEvent("meta", first),
        reference_id=params.reference_id or str(project_id or params.shot_id or params.model),
        flow_run_id=params.flow_run_id,
        executor=executor,
    )
    return await start(runtime, new)


async def _resolve_owner(runtime: Runtime, params: GenerateParams) -> tuple[UUID, UUID | None]:
    """Who pays, and the project it is for; a short transaction that is given back at once."""
    named = params.project_id or (params.metadata.project_id if parse_uuid(params.metadata.project_id) else None)
    if not named:
        if params.user_id is None:
            raise BadRequest("project_id is required: the project's owner pays", field="project_id")
        return params.user_id, None
    project_id = parse_uuid(named)
    place = None
    if project_id is not None:
        async with runtime.begin() as tx:
            place = await find_scene(tx, project_id, None, user_id=params.user_id)
    if place is None:
        raise NotFound("Project not found or access denied")
    return place.user_id, place.project_id


def _check_price(chosen: Chosen, most: int | None) -> None:
    if most is not None and chosen.credits > most:
        told = f"{chosen.resolved} costs {chosen.credits} credits here, more than maxCredits {most}: raise it"
        raise BadRequest(f"{told}, or ask for another model", field="maxCredits")


def _kept(chosen: Chosen) -> dict[str, Any]:
    return {
        "provider": chosen.target.provider,
        "target": chosen.target.model,
        "model": chosen.resolved,
        "normalized": chosen.normalized,
        "mediaType": chosen.media_type,
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
    }


def pinned_choice(runtime: Runtime, run: RunRow, item: Item) -> Chosen:
    """What the run runs on: as it was chosen and priced at its start, unless its provider cannot be asked any more.

    Raises:
        NotConfigured: it cannot, and nothing may stand in.
    """
    first = run.params["chosen"]
    pinned = Chosen(
        Target(first["provider"], first["target"]),
        first["model"],
        first["normalized"],
        first["mediaType"],
        item.price,
        first["fallbackReason"],
    )
    if pinned.target.provider == ANIMATIC:
        return pinned
    obstacle = runtime.providers.obstacle(pinned.target.provider, pinned.media_type)
    if obstacle is None:
        return pinned
    reason = stand_in_reason(obstacle, offline=runtime.settings.offline)
    return replace(pinned, target=Target(ANIMATIC, ANIMATIC), resolved=ANIMATIC, credits=0, fallback_reason=reason)


def job_of(run: RunRow, item: Item, chosen: Chosen) -> OutputJob:
    """What the run's one step does."""
    output = OutputConfig.model_validate(run.params["output"])
    inputs = chat_inputs(run.params["inputs"]) if chosen.media_type == "text" else dict(run.params["inputs"])
    request = GenerationRequest(
        item_key=item.key,
        target=chosen.target,
        inputs=inputs,
        funding=Own(item.price, chosen.media_type, deferred=True),
        media_type=chosen.media_type,
        deadline=DEADLINES.get(chosen.media_type, DEADLINE),
    )
    place = choose_place(run.user_id, run.project_id, bucket=output.storage_bucket, prefix=output.storage_path_prefix)
    return OutputJob(request, place, store=output.auto_store)


def result_of(run: RunRow, chosen: Chosen, made: MadeOutput) -> dict[str, Any]:
    """The documented metadata of the result and its address, but for the credits, which are known once it is paid."""
    main = made.files[0] if made.files else None
    generated = made.generated
    resolved = chosen.resolved if generated.target == chosen.target else generated.target.model
    reason = generated.fallback_reason or chosen.fallback_reason
    metadata = GenerationResultMetadata(
        generation_id=run.run_id,
        resolved_model=resolved,
        requested_model=run.params["model"],
        fallback_used=reason is not None,
        fallback_reason=reason,
        media_type=chosen.media_type if chosen.media_type in DOCUMENTED_MEDIA else "unknown",
        duration_seconds=main.seconds if main else None,
        raw=made.result,
        storage_url=main.url if main and main.sha256 else None,
        width=main.width if main else None,
        height=main.height if main else None,
    )
    hashes = [file.sha256 for file in made.files if file.sha256]
    return {**metadata.wire(), "url": main.url if main else "", **({"sha256": hashes} if hashes else {})}


def bare_request_id(run: RunRow) -> str:
    """The request id as its caller wrote it."""
    return run.request_id.removeprefix(f"{run.params['function']}:")


def _sum_up(_run: RunRow, items: Sequence[Item]) -> Mapping[str, Any]:
    """The documented result of the generation and its address, as its item keeps it."""
    made = next((item.output for item in items if item.key == ITEM and item.status == "succeeded"), None) or {}
    return {**made["result"], "credits": made.get("charged", 0)} if "result" in made else {}


def _terminal(ending: Ending) -> NewEvent:
    """`done` with the result, or `error` with its code; the run's own id tells one request from another."""
    if ending.status == "succeeded":
        request_id = ending.request_id.partition(":")[2]
        return NewEvent("done", done(ending.result, request_id=request_id, run_id=ending.run_id))
    told = ending.error or "The generation failed"
    original = ending.result.get("original_error")
    reason = "fallback_failed" if original else "primary_failed_no_fallback"
    code = ending.error_code or "provider_error"
    return NewEvent("error", error(told, code=code, reason=reason, original_error=original, run_id=ending.run_id))


GENERATE = Kind(
    name=KIND,
    resource_type="generation",
    reference_type=KIND,
    parameters={
        "projectId": "project_id",
        "model": "model",
        "function": None,
        "mediaType": None,
        "inputs": None,
        "references": None,
        "output": None,
        "maxCredits": None,
        "shotId": None,
    },
    price=free,
    encoder=encoders.fal_stream,
    terminal=_terminal,
    sum_up=_sum_up,
    upfront=True,
)
