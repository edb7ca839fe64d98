"""Sync and create of Director's Cut below the route: lengths that are measured, snapshots, locks."""

import uuid
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.playing import opened
from tests.rows import make_studio
from tests.tasks.cut_project import CutRig, cut_rig
from wzrd.assets.durations import ClipFacts, clip_facts
from wzrd.db.runs import find_run
from wzrd.domain.errors import NotFound
from wzrd.operations.director_cut.kind import DirectorCutParams, read_job, start_director_cut, sync_timeline
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


@pytest.fixture
async def rig(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[CutRig]:
    """A project of two scenes without shots."""
    async with cut_rig(runtime, tmp_path / "home", scenes=2) as made:
        yield made


async def lengths(rig: CutRig) -> list[tuple[int, int]]:
    statement = text("""
        select duration_ms, (metadata ->> 'start_ms')::int from public.timeline_assets
        where project_id = :id and asset_type <> 'audio' order by position_order
    """)
    async with rig.runtime.begin() as tx:
        return [(row[0], row[1]) for row in await tx.execute(statement, {"id": rig.studio.project_id})]


async def sync(rig: CutRig) -> None:
    await sync_timeline(rig.runtime, str(rig.studio.project_id), user_id=rig.studio.user_id)


async def test_a_timeline_has_the_lengths_of_our_files(rig: CutRig) -> None:
    """Clips in our store are measured; others', broken and vanished ones stand 6 s, stills 5 s; none is fetched."""
    broken = await rig.store(b"no film", f"{rig.studio.project_id}/broken.mp4", "video/mp4")
    gone = f"{rig.runtime.settings.address}/storage/v1/object/public/workflow-media/gone/away.mp4"
    await rig.shot(video_url=await rig.clip(10, 36))
    await rig.shot(image_url=await rig.still(20))
    for url in ("https://127.0.0.1:9/far.mp4", broken, gone):
        await rig.shot(video_url=url)
    await rig.shot(video_url=await rig.clip(30, 60))
    expected = [(1500, 0), (5000, 1500), (6000, 6500), (6000, 12500), (6000, 18500), (2500, 24500)]
    for _ in range(2):
        await sync(rig)
        assert await lengths(rig) == expected


async def test_two_hundred_clips_are_measured_in_several_syncs(rig: CutRig) -> None:
    """A clip not measured within the budget keeps its usual length; the next sync knows more, then all."""
    clip = await rig.clip(10, 12)
    place = rig.runtime.storage.locate(clip)
    assert place is not None
    async with rig.runtime.storage.local(*place) as path:
        content = path.read_bytes()
    urls = [
        await rig.store(content + number.to_bytes(4), f"{rig.studio.project_id}/{number}.mp4", "video/mp4")
        for number in range(200)
    ]
    known: dict[str, ClipFacts] = {}
    while len(known) < len(urls):
        more = await clip_facts(rig.runtime, rig.studio.user_id, urls)
        assert len(more) > len(known), "each sync knows more"
        known = more
    assert known == dict.fromkeys(urls, ClipFacts(500, 144))


async def test_a_timeline_keeps_its_ids(rig: CutRig) -> None:
    """Synced again, a row that stands for the same thing has the same id; other projects' rows are let be."""
    other = await make_studio(rig.runtime)
    await rig.shot(image_url="https://example.org/a.png", audio_url="https://example.org/a.mp3")
    async with rig.runtime.begin() as tx:
        for studio in (rig.studio, other):
            await tx.execute(
                text("""insert into public.timeline_assets (project_id, user_id, source_url)
                    values (:project, :user, 'https://example.org/old.mp4')"""),
                {"project": studio.project_id, "user": studio.user_id},
            )

    async def ids(project_id: uuid.UUID) -> set[uuid.UUID]:
        statement = text("select id from public.timeline_assets where project_id = :id")
        async with rig.runtime.begin() as tx:
            return {row.id for row in await tx.execute(statement, {"id": project_id})}

    await sync(rig)
    first = await ids(rig.studio.project_id)
    await sync(rig)
    assert await ids(rig.studio.project_id) == first
    assert (len(first), len(await ids(other.project_id))) == (2, 1)


async def test_a_request_id_is_one_job(rig: CutRig) -> None:
    """A flow run that is retried finds the job that it began, whatever the shots are by now."""
    shot = await rig.shot(image_url=await rig.still(10))
    wanted = DirectorCutParams(user_id=None, project_id=str(rig.studio.project_id), request_id="prefect:1")
    first = await start_director_cut(rig.runtime, wanted)
    await rig.change(shot, image_url=None)
    again = await start_director_cut(rig.runtime, wanted)
    assert (first.created, again.created, first.run_id) == (True, False, again.run_id)
    async with rig.runtime.begin() as tx:
        run = await find_run(tx, first.run_id)
    assert run is not None
    assert run.user_id == rig.studio.user_id


async def test_a_mirror_that_cannot_be_written_fails_no_job(rig: CutRig) -> None:
    """A foreign trigger refuses every write of export_jobs: the run starts, and its owner can follow it."""
    await rig.shot(image_url=await rig.still(10))
    async with rig.runtime.begin() as tx:
        await tx.execute(
            text("""create or replace function public.refuse_jobs() returns trigger language plpgsql as
                $$ begin raise exception 'not with me'; end $$""")
        )
        await tx.execute(
            text("""create trigger refuse before insert or update on public.export_jobs
                for each row execute function public.refuse_jobs()""")
        )
    try:
        run_id = await rig.opened()
        view = await rig.job(run_id)
        assert (view.status, view.progress, view.provider_status) == ("processing", 5, "queued")
    finally:
        async with rig.runtime.begin() as tx:
            await tx.execute(text("drop trigger refuse on public.export_jobs"))


async def test_other_kinds_of_run_are_no_jobs(rig: CutRig, runtime: Runtime) -> None:
    """A run's id that is no cut's is nobody's job."""
    run_id = await opened(runtime, rig.studio)
    with pytest.raises(NotFound, match="Job not found"):
        await read_job(rig.runtime, str(run_id), user_id=rig.studio.user_id)
