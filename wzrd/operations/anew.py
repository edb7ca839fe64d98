"""A new run in place of one that has had all its attempts, for what is missing; begun once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from wzrd.contracts.director_cut import CutSettings
from wzrd.contracts.generate import OutputConfig, ReferenceAsset, RouteMetadata
from wzrd.db.items import Item
from wzrd.db.runs import RunRow
from wzrd.domain.ids import parse_uuid
from wzrd.domain.work_queues import Place
from wzrd.models.shot_orders import read_order
from wzrd.operations.auto_generate import AutoGenerateParams, start_auto_generate
from wzrd.operations.compute import ComputeParams, start_compute
from wzrd.operations.director_cut import DirectorCutParams, start_director_cut
from wzrd.operations.gen_shots import GenShotsParams, start_gen_shots
from wzrd.operations.generate import GenerateParams, start_generate
from wzrd.operations.output_job import chosen_of
from wzrd.runs.start import StartResult, run_id_of
from wzrd.runtime.process import Runtime

PREFIX = "backfill:"
"""How the request ids of such runs begin; the id of the run in whose place it stands follows."""

Begin: TypeAlias = Callable[[Runtime, RunRow, Sequence[Item], int, Place], Awaitable[StartResult[Any]]]
"""Starts a run in place of an ended one, for its items that did not succeed, at so many credits at most, at a place."""


def _request_id(run: RunRow) -> str:
    return f"{PREFIX}{run.run_id}"


def begun_in_place_of(run: RunRow) -> UUID:
    """The id of the run that stands in its place, if there is one: the same question has the same answer, always."""
    function = run.params.get("function")
    return run_id_of(run.user_id, run.kind, f"{function}:{_request_id(run)}" if function else _request_id(run))


def is_begun_anew(run: RunRow) -> bool:
    """Whether it stands in place of another."""
    return run.asked_id.startswith(PREFIX)


def can_begin_anew(run: RunRow) -> bool:
    """Whether its parameters say all that it was asked for."""
    return run.kind in BEGIN and run.params.get("nodeIdsHash") is None


async def begin_anew(
    runtime: Runtime, run: RunRow, items: Sequence[Item], *, most: int, place: Place
) -> StartResult[Any]:
    """Start the run that stands in its place, or find it: it is started once.

    Raises:
        BadRequest, Conflict, InsufficientCredits, NotConfigured, NotFound, TooMany: as its kind's own start; or it may
            cost more than `most` credits.
    """
    return await BEGIN[run.kind](runtime, run, items, most, place)


def _ids(run: RunRow, place: Place) -> dict[str, Any]:
    project_id = str(run.project_id) if run.project_id else None
    return {"user_id": run.user_id, "project_id": project_id, "request_id": _request_id(run), "place": place}


async def _shots(runtime: Runtime, run: RunRow, items: Sequence[Item], _most: int, place: Place) -> StartResult[Any]:
    missing = sum(item.status != "succeeded" for item in items)
    return await start_gen_shots(
        runtime, GenShotsParams(**_ids(run, place), scene_id=run.params["sceneId"], shot_count=missing)
    )


async def _batch(runtime: Runtime, run: RunRow, _items: Sequence[Item], most: int, place: Place) -> StartResult[Any]:
    params = run.params
    wanted = AutoGenerateParams(**_ids(run, place), phase=params["phase"], model=params.get("chosen"), max_credits=most)
    return await start_auto_generate(runtime, wanted)


async def _film(runtime: Runtime, run: RunRow, _items: Sequence[Item], most: int, place: Place) -> StartResult[Any]:
    named = ("resolution", "includeAudio", "provider", "voices", "voiceModel")
    raw = {name: run.params.get(name) for name in named} | {"maxCredits": most}
    settings = CutSettings.model_validate(raw)
    return await start_director_cut(runtime, DirectorCutParams(**_ids(run, place), settings=settings, raw_settings=raw))


async def _graph(runtime: Runtime, run: RunRow, _items: Sequence[Item], most: int, place: Place) -> StartResult[Any]:
    nodes = tuple(run.params.get("nodeIds") or ())
    cached = run.params.get("useCache")
    wanted = ComputeParams(**_ids(run, place), node_ids=nodes, use_cache=cached, max_credits=most)
    return await start_compute(runtime, wanted)


async def _one(runtime: Runtime, run: RunRow, items: Sequence[Item], most: int, place: Place) -> StartResult[Any]:
    params = run.params
    wanted = GenerateParams(
        **_ids(run, place),
        function=params["function"],
        model=params["model"],
        media_type=params.get("mediaType"),
        inputs=params["inputs"],
        references=tuple(ReferenceAsset.model_validate(one) for one in params.get("references") or ()),
        output=OutputConfig.model_validate(params.get("output") or {}),
        metadata=RouteMetadata.model_validate(params.get("metadata") or {}),
        max_credits=most,
        shot_id=parse_uuid(params.get("shotId")),
        shot=read_order(params),
        reference_id=str(params.get("referenceId", run.run_id)),
        chosen=chosen_of(params, items[0].price),
    )
    return await start_generate(runtime, wanted)


BEGIN: Mapping[str, Begin] = {
    "gen-shots": _shots,
    "auto-generate": _batch,
    "director-cut": _film,
    "compute": _graph,
    "generate": _one,
}
"""How each kind is asked for again."""
