"""One shot's picture or clip by its own function: ordered, or joined where it is being made."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from wzrd.assets.data_uris import keep_data_uris
from wzrd.contracts.generate import OutputConfig, RouteMetadata
from wzrd.db.engine import Tx, mirrored
from wzrd.db.projects import lock_project
from wzrd.db.runs import RunRow
from wzrd.db.shot_work import ShotRef, find_open_work, find_own_shot
from wzrd.db.shots import mark_failed, mark_generating
from wzrd.domain.errors import BadRequest, InsufficientCredits, NotFound
from wzrd.domain.ids import parse_uuid
from wzrd.domain.money import MoneyBound
from wzrd.generation.approval import still_gate
from wzrd.generation.references import able_to_read
from wzrd.models.generation_inputs import data_uris
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_inputs import GENERIC_MOTION
from wzrd.models.shot_models import ShotModel, choose_shot_image, choose_shot_video
from wzrd.models.shot_orders import ShotMedia, ShotOrder, ShotRequest, read_order
from wzrd.operations.generate import ITEM, GenerateParams, choose, new_generation
from wzrd.runs.start import NewRun, start_in
from wzrd.runtime.process import Runtime

FUNCTIONS: Mapping[ShotMedia, str] = {"image": "generate-shot-image", "video": "generate-video-from-image"}
NOT_FOUND = "Shot not found"
NO_PROMPT = "Shot doesn't have a visual prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallForShot:
    """Call for a shot's picture, clip or sound: fields that all three have."""

    user_id: UUID
    shot_id: str
    request_id: str | None = None
    output: OutputConfig = field(default_factory=OutputConfig)
    metadata: RouteMetadata = field(default_factory=RouteMetadata)
    max_credits: int | None = None
    money: MoneyBound | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotCall(CallForShot):
    """Call for one shot's picture or clip. `model` None: the project's, else the function's own.

    A picture: `reference`, the address of one that it is to be like. A clip: `image_url`, what it begins with,
    `prompt`, what moves (None: the shot's own words), and `wishes`, fields of `ShotOrder`.
    """

    media: ShotMedia
    model: str | None = None
    reference: str | None = None
    image_url: str = ""
    prompt: str | None = None
    wishes: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class ShotWork:
    """The item that makes it. `row`: the run of it, where this very call has begun one."""

    run_id: UUID
    item_key: str
    shot_id: UUID
    requested: str
    row: RunRow | None = None


async def start_shot(runtime: Runtime, call: ShotCall) -> ShotWork:
    """Begin the shot's picture or clip, or join what makes it already.

    Without a request id a call joins the shot's open work, a batch's too: it is made, and paid, once. With one it
    joins the run of that id alone.

    Raises:
        NotFound: no such shot of this user.
        BadRequest: no words to make a picture of, a model that makes something else, or as `new_generation`.
        NotConfigured: as `wzrd.operations.generate.choose`.
        InsufficientCredits: the hold was refused; the shot says so.
        AwaitingApproval: the project asks for the approval of stills, and a clip's is not.
        Conflict, TooMany: as `wzrd.runs.start.start`.
    """
    _check_address("image_url", call.image_url)
    _check_address("style_reference_url", call.reference)
    shot = await find_shot(runtime, call)
    if call.media == "image" and not shot.visual_prompt.strip():
        raise BadRequest(NO_PROMPT, field="shot_id")
    asked = _choose_model(runtime, call, shot)
    new = await _prepare(runtime, call, shot, asked)
    async with refusal_shown(runtime, shot.shot_id, call.media), runtime.begin() as tx:
        return await _start_or_join(tx, runtime, call, shot, asked, new)


def _check_address(field: str, url: str | None) -> None:
    if url and not url.lower().startswith(("https://", "http://", "data:")):
        raise BadRequest(f"{field} must be an http(s) address or a data: URI, not {url[:60]!r}", field=field)


async def find_shot(runtime: Runtime, call: CallForShot) -> ShotRef:
    """The shot that is called for.

    Raises:
        NotFound: no such shot of this user.
    """
    shot_id, shot = parse_uuid(call.shot_id), None
    if shot_id is not None:
        async with runtime.begin() as tx:
            shot = await find_own_shot(tx, shot_id, user_id=call.user_id)
    if shot is None:
        raise NotFound(NOT_FOUND)
    return shot


@asynccontextmanager
async def refusal_shown(runtime: Runtime, shot_id: UUID, made: str) -> AsyncGenerator[None]:
    """A hold that is refused in here shows as a failure of what was to be made of the shot."""
    try:
        yield
    except InsufficientCredits as error:
        async with runtime.begin() as tx, mirrored(tx):
            await mark_generating(tx, shot_id, made)  # as it was, had it been begun
            await mark_failed(tx, [shot_id], made, error.message)
        raise


def _choose_model(runtime: Runtime, call: ShotCall, shot: ShotRef) -> ShotModel:
    obstacle = runtime.providers.obstacle
    if call.media == "video":
        return choose_shot_video(call.model, obstacle)
    return choose_shot_image(call.model or shot.image_model, obstacle)


async def _prepare(runtime: Runtime, call: ShotCall, shot: ShotRef, asked: ShotModel) -> NewRun:
    brief = await _keep_pictures(runtime, shot.user_id, _brief(call, shot))
    given = {"image_url": brief.image_url} if call.media == "video" else {}
    chosen = choose(runtime, asked.runs, given, (), call.media)
    if chosen.media_type != call.media:
        name = "model_id" if call.media == "video" else "image_model"
        raise BadRequest(f"{asked.requested!r} makes {chosen.media_type}, not {call.media}", field=name)
    models = routed_catalog().models
    inputs = brief.body_for(models[chosen.resolved]).inputs
    instead = able_to_read(runtime, [models[one] for one in asked.instead], inputs)
    params = GenerateParams(
        user_id=call.user_id,
        project_id=str(shot.project_id),
        request_id=call.request_id,
        function=FUNCTIONS[call.media],
        model=asked.requested,
        media_type=call.media,
        inputs=inputs,
        output=call.output.model_copy(update={"count": None}),  # a shot has one
        metadata=call.metadata,
        max_credits=call.max_credits,
        money=call.money,
        shot_id=shot.shot_id,
        shot=ShotRequest(brief, tuple(one.id for one in instead)),
        # animatic mode's reason counts before the rule's: it says what the client has not got
        chosen=replace(chosen, fallback_reason=chosen.fallback_reason or asked.reason),
        reference_id=str(shot.shot_id),
    )
    return await new_generation(runtime, params)


async def _keep_pictures(runtime: Runtime, user_id: UUID, brief: ShotOrder) -> ShotOrder:
    """Brief with its pictures in `data:` URIs stored as files of ours: a run keeps addresses, no files."""
    ours = await keep_data_uris(runtime, user_id, data_uris({"image_url": brief.image_url, "like": brief.reference}))
    reference = brief.reference and ours.get(brief.reference, brief.reference)
    return replace(brief, image_url=ours.get(brief.image_url, brief.image_url), reference=reference)


def _brief(call: ShotCall, shot: ShotRef) -> ShotOrder:
    if call.media == "image":
        reference = call.reference or shot.style_url
        return ShotOrder(
            media="image", prompt=shot.visual_prompt.strip(), aspect_ratio=shot.aspect_ratio, reference=reference
        )
    prompt = (call.prompt or "").strip() or shot.visual_prompt.strip() or GENERIC_MOTION
    return ShotOrder(
        media="video", prompt=prompt, aspect_ratio=shot.aspect_ratio, image_url=call.image_url, **call.wishes
    )


async def _start_or_join(
    tx: Tx, runtime: Runtime, call: ShotCall, shot: ShotRef, asked: ShotModel, new: NewRun
) -> ShotWork:
    """Under the project's lock, which a batch takes too before it begins a shot: of two that come at once, one waits.

    The lock comes before the run and its hold, and nobody who holds one of those asks for it.

    Raises:
        AwaitingApproval: the project asks for the approval of stills, and a clip's is not; nothing was begun.
    """
    await lock_project(tx, shot.project_id, user_id=None)
    if call.request_id is None and (work := await find_open_work(tx, shot.project_id, shot.shot_id, call.media)):
        return ShotWork(work.run_id, work.item_key, shot.shot_id, asked.requested)
    started = await start_in(runtime, tx, new)
    if started.created:
        if (order := read_order(new.extra)) and call.media == "video":
            await still_gate(shot.project_id, shot.shot_id, order.brief.image_url, asked=False)(tx)
        async with mirrored(tx):
            await mark_generating(tx, shot.shot_id, call.media)
    return ShotWork(started.run_id, ITEM, shot.shot_id, asked.requested, started.row)
