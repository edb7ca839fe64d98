"""A request for a phase becomes a run, or joins one: project, shots, price and key."""

import asyncio
import uuid
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from tests.fakes.images import FakeImages
from tests.rows import Studio, balance, make_studio, somebody_waits
from tests.shots import insert_shot
from wzrd.animatic.provider import Animatic
from wzrd.db.events import read_events
from wzrd.db.items import list_items
from wzrd.db.runs import find_run, list_runs
from wzrd.domain.auto_generate import PHASES, Phase
from wzrd.domain.errors import BadRequest, Conflict, NotConfigured, NotFound
from wzrd.domain.settlement import Outcome
from wzrd.operations.auto_generate.kind import AutoGenerateParams, Started, choose, start_auto_generate
from wzrd.providers.opening import open_providers
from wzrd.providers.registry import Providers
from wzrd.runs.execute import claim
from wzrd.runs.finish import cancel, finish
from wzrd.runtime.process import Runtime, make_runtime

FLUX, DEAR = "fal-ai/flux/schnell", "fal-ai/nano-banana-2"


@pytest.fixture
def paid_runtime(runtime: Runtime) -> Runtime:
    """A runtime that can call fal."""
    runtime.providers = Providers([Animatic(), FakeImages()])
    return runtime


async def open_for(
    runtime: Runtime, studio: Studio, phase: Phase = "images", *, user_id: uuid.UUID | None = None, **more: Any
) -> Started:
    return await start_auto_generate(
        runtime,
        AutoGenerateParams(user_id=user_id or studio.user_id, project_id=str(studio.project_id), phase=phase, **more),
    )


async def studio_with(runtime: Runtime, *shots: dict[str, Any], scenes: int = 1) -> Studio:
    studio = await make_studio(runtime, scenes=scenes)
    async with runtime.begin() as tx:
        for number, columns in enumerate(shots, start=1):
            await insert_shot(tx, studio.project_id, studio.scene_ids[0], number, **columns)
    return studio


DONE = {"image_status": "completed", "image_url": "http://x/1.png"}
FILMED = {**DONE, "video_status": "completed", "video_url": "http://x/1.mp4"}


@pytest.mark.parametrize(("phase", "total", "queued", "price"), [("images", 4, 2, 6), ("videos", 4, 1, 24)])
async def test_the_answer_counts_and_prices_what_is_worked_on(
    paid_runtime: Runtime, phase: Phase, total: int, queued: int, price: int
) -> None:
    """Items in order, each with its price; nothing is held or charged yet; the first event says the same."""
    studio = await studio_with(paid_runtime, {}, DONE, {"image_status": "failed", "image_url": "x"}, FILMED)
    opened = await open_for(paid_runtime, studio, phase, model=FLUX if phase == "images" else None)
    answer = opened.answer
    assert (answer.phase, answer.total, answer.queued, answer.skipped) == (phase, total, queued, total - queued)
    assert answer.estimated_credits == price
    run_id = opened.run_id
    async with paid_runtime.begin() as tx:
        items, run = await list_items(tx, run_id), await find_run(tx, run_id)
        (first,) = await read_events(tx, run_id, 0)
    assert run is not None
    made = {"images": "image", "videos": "video"}[phase]
    assert [(item.key, item.position, item.entity_type, item.price) for item in items] == [
        (f"{made}/{item.entity_id}", at, f"shot_{made}", price // queued) for at, item in enumerate(items, start=1)
    ]
    assert (run.kind, run.user_id, run.status) == ("auto-generate", studio.user_id, "queued")
    assert run.params["label"] == f"The Light, {phase}"
    values = answer.wire()
    del values["success"]
    assert first.event.event == "meta"
    assert first.event.data == {**values, "projectId": str(studio.project_id), "requestId": run.request_id}
    assert await balance(paid_runtime, studio.user_id) == 100


async def test_order_is_by_number_and_then_by_scene(paid_runtime: Runtime) -> None:
    """Every scene shows its first shot soon."""
    studio = await make_studio(paid_runtime, scenes=2)
    async with paid_runtime.begin() as tx:
        made = [
            await insert_shot(tx, studio.project_id, studio.scene_ids[scene], number)
            for number, scene in ((1, 0), (1, 1), (2, 0), (2, 1))
        ]
    opened = await open_for(paid_runtime, studio)
    async with paid_runtime.begin() as tx:
        assert [item.entity_id for item in await list_items(tx, opened.run_id)] == made


async def test_only_ones_own_project(paid_runtime: Runtime) -> None:
    """Foreign, unknown, deleted and malformed ids look alike; Prefect's form acts for the owner."""
    studio = await studio_with(paid_runtime, {})
    for user_id, project_id in (
        (uuid.uuid4(), str(studio.project_id)),
        (studio.user_id, str(uuid.uuid4())),
        (studio.user_id, "nonsense"),
        (studio.user_id, ""),
        (None, str(uuid.uuid4())),
    ):
        with pytest.raises(NotFound, match=r"^Project not found or access denied$"):
            await start_auto_generate(
                paid_runtime, AutoGenerateParams(user_id=user_id, project_id=project_id, phase="images")
            )
    opened = await start_auto_generate(
        paid_runtime,
        AutoGenerateParams(user_id=None, project_id=str(studio.project_id), phase="images", flow_run_id=uuid.uuid4()),
    )
    async with paid_runtime.begin() as tx:
        run = await find_run(tx, opened.run_id)
        assert run is not None
        assert run.user_id == studio.user_id
        await tx.execute(text("update public.projects set deleted_at = now()"))
    with pytest.raises(NotFound):
        await open_for(paid_runtime, studio)


async def test_two_clicks_are_one_run(paid_runtime: Runtime) -> None:
    """Ten at once, and later ones while it is open; its answer is the first one's, whatever has changed meanwhile."""
    studio = await studio_with(paid_runtime, {}, {})
    opened = await asyncio.gather(*(open_for(paid_runtime, studio) for _ in range(10)))
    assert len({one.run_id for one in opened}) == 1
    assert [one.created for one in opened].count(True) == 1
    async with paid_runtime.begin() as tx:
        await insert_shot(tx, studio.project_id, studio.scene_ids[0], 9)
    later = await open_for(paid_runtime, studio, request_id="")
    assert (later.created, later.answer) == (False, opened[0].answer)
    videos = await open_for(paid_runtime, studio, "videos")
    assert videos.created
    async with paid_runtime.begin() as tx:
        assert len(await list_runs(tx, studio.user_id)) == 2


async def test_one_that_ends_is_not_joined(paid_runtime: Runtime) -> None:
    """Neither a canceled one, though its worker is still leaving, nor one that has ended."""
    studio = await studio_with(paid_runtime, {})
    first = (await open_for(paid_runtime, studio)).run_id
    lease = await claim(paid_runtime, first, flow_run_id=None)
    assert lease is not None
    await cancel(paid_runtime, first, studio.user_id)
    second = await open_for(paid_runtime, studio)
    assert (second.created, second.run_id != first) == (True, True)
    await finish(paid_runtime, second.run_id, Outcome())
    third = await open_for(paid_runtime, studio)
    assert third.run_id not in {first, second.run_id}


async def test_a_key_names_one_run_for_ever(paid_runtime: Runtime) -> None:
    """A repeated request joins, open or ended; other parameters conflict and are named; users share no keys."""
    studio, other = await studio_with(paid_runtime, {}), await studio_with(paid_runtime, {})
    first = await open_for(paid_runtime, studio, request_id="k", model=FLUX)
    again = await asyncio.gather(*(open_for(paid_runtime, studio, request_id="k", model=FLUX) for _ in range(5)))
    assert {one.run_id for one in again} == {first.run_id}
    assert not any(one.created for one in again)
    for changed, named in ((DEAR, f"model was '{FLUX}', now '{DEAR}'"), (None, f"model was '{FLUX}', now None")):
        with pytest.raises(Conflict, match=named):
            await open_for(paid_runtime, studio, request_id="k", model=changed)
    await open_for(paid_runtime, studio, request_id="p")
    with pytest.raises(Conflict, match=r"phase was 'images', now 'videos'"):
        await open_for(paid_runtime, studio, "videos", request_id="p")
    async with paid_runtime.begin() as tx:
        moved = text("update public.projects set user_id = :user where id = :id")
        await tx.execute(moved, {"user": studio.user_id, "id": other.project_id})
    with pytest.raises(Conflict, match="projectId was"):
        await open_for(paid_runtime, other, user_id=studio.user_id, request_id="p")
    other = await studio_with(paid_runtime, {})
    theirs = await open_for(paid_runtime, other, request_id="k", model=FLUX)
    assert theirs.created
    await finish(paid_runtime, first.run_id, Outcome())
    ended = await open_for(paid_runtime, studio, request_id="k", model=FLUX)
    assert (ended.run_id, ended.status, ended.answer) == (first.run_id, "failed", first.answer)


async def test_the_model_is_the_callers_else_the_projects_else_the_default(paid_runtime: Runtime) -> None:
    """And the run remembers which one, so that a retry asks the same."""
    studio = await studio_with(paid_runtime, {})
    async with paid_runtime.begin() as tx:
        await tx.execute(
            text("insert into public.project_settings (project_id, base_image_model) values (:id, 'animatic')"),
            {"id": studio.project_id},
        )
    own, named = await open_for(paid_runtime, studio), await open_for(paid_runtime, studio, request_id="k", model=FLUX)
    plain = await open_for(paid_runtime, await studio_with(paid_runtime, {}))
    assert [one.answer.estimated_credits for one in (own, named, plain)] == [0, 3, 4]
    async with paid_runtime.begin() as tx:
        runs = [await find_run(tx, one.run_id) for one in (own, named, plain)]
    assert [run.params["chosen"] for run in runs if run] == ["animatic", FLUX, None]


async def test_what_cannot_be_made_here_starts_nothing(paid_runtime: Runtime) -> None:
    """A model of another kind, and a provider that is not here while WZRD_OFFLINE=never: an error, and no run."""
    studio = await studio_with(paid_runtime, {})
    with pytest.raises(BadRequest, match="makes video, not image"):
        await open_for(paid_runtime, studio, model="fal-ai/kling-video/o3/standard/image-to-video")
    paid_runtime.providers = Providers([Animatic()])
    paid_runtime.settings = paid_runtime.settings.model_copy(update={"offline": "never"})
    for phase in PHASES:
        with pytest.raises(NotConfigured, match="fal-ai"):
            await open_for(paid_runtime, studio, phase)
    assert (await open_for(paid_runtime, studio, model="animatic")).answer.estimated_credits == 0
    async with paid_runtime.begin() as tx:
        assert len(await list_runs(tx, studio.user_id)) == 1


async def test_a_key_sells_what_its_provider_makes(paid_runtime: Runtime) -> None:
    """GMI's key is here: its models of text and of pictures can be asked, and a picture has its price."""
    paid_runtime.providers = open_providers(
        paid_runtime.settings, {"gmi-cloud": SecretStr("k" * 20)}, local=[Animatic()]
    )
    assert paid_runtime.providers.obstacle("gmi-cloud", "text") is None
    choice = choose(paid_runtime, "images", "gmi/seedream-5.0-lite")
    assert (choice.target.provider, choice.credits, choice.fallback_reason) == ("gmi-cloud", 2, None)
    await paid_runtime.providers.aclose()


@pytest.mark.parametrize(("key", "reason"), [("", "no_credentials:fal-ai"), ("k", "unsupported_provider:fal-ai")])
def test_a_process_without_adapters_tells_a_missing_key_from_a_missing_adapter(
    paid_runtime: Runtime, key: str, reason: str
) -> None:
    """The API calls nobody itself; of a key that the environment has it does not say that it is missing."""
    settings = paid_runtime.settings.model_copy(update={"fal_key": SecretStr(key) if key else None})
    bare = make_runtime(settings, paid_runtime.engine, paid_runtime.kinds)
    assert bare.providers.obstacle("fal-ai", "image") == reason


async def test_a_project_that_is_deleted_meanwhile_starts_nothing(paid_runtime: Runtime) -> None:
    """The delete has the row first: the request waits for it, and finds nothing."""
    studio = await studio_with(paid_runtime, {})
    async with paid_runtime.begin() as tx:
        await tx.execute(text("delete from public.projects where id = :id"), {"id": studio.project_id})
        opening = asyncio.create_task(open_for(paid_runtime, studio))
        await somebody_waits(paid_runtime)
        assert not opening.done()
    with pytest.raises(NotFound):
        await opening
