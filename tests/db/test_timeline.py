"""Timeline rows, export jobs and cuts in the database: what replaces what, whose is whose, what a lost parent means."""

import uuid
from typing import Any

from sqlalchemy import text

from tests.rows import make_studio
from wzrd.db.export_jobs import (
    advance,
    advance_job,
    complete_job,
    fail_job,
    find_job,
    insert_cut,
    insert_job,
    name_renderer,
    read_cut,
    read_progress,
    reopen_job,
    reset_progress,
)
from wzrd.db.timeline import list_final_audio, list_timeline, replace_timeline, store_film
from wzrd.domain.timeline import TimelineRow
from wzrd.runtime.process import Runtime


def row(position: int, url: str = "https://a.example/1.mp4", **more: Any) -> TimelineRow:
    return TimelineRow(uuid.uuid4(), None, None, "video", url, 6000, position, {"asset_role": "shot_visual", **more})


async def test_a_timeline_is_replaced_whole(runtime: Runtime) -> None:
    """Whoever's rows stood there; read back in order, without rows that name no file."""
    studio, other = await make_studio(runtime), uuid.uuid4()
    rows = [row(1), row(0, start_ms=5), row(2, "")]
    async with runtime.begin() as tx:
        await replace_timeline(tx, studio.project_id, other, [row(0)])
        await replace_timeline(tx, studio.project_id, studio.user_id, rows)
        assert await list_timeline(tx, studio.project_id, studio.user_id) == [rows[1], rows[0]]
        assert await list_timeline(tx, studio.project_id, other) == []
        await replace_timeline(tx, studio.project_id, studio.user_id, [])
        assert await list_timeline(tx, studio.project_id, studio.user_id) == []


async def test_metadata_that_is_no_object_says_nothing(runtime: Runtime) -> None:
    """The column is the client's to write."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        for metadata in ("[1]", "3", '"x"', "null"):
            await tx.execute(
                text("""insert into public.timeline_assets (project_id, user_id, source_url, metadata)
                    values (:project, :user, 'https://a.example/1.mp4', cast(:metadata as jsonb))"""),
                {"project": studio.project_id, "user": studio.user_id, "metadata": metadata},
            )
        found = await list_timeline(tx, studio.project_id, studio.user_id)
        assert [(one.metadata, one.role) for one in found] == [({}, "visual")] * 4


async def test_a_job_goes_its_way(runtime: Runtime) -> None:
    """Inserted, advanced, failed, reopened, completed; seen by its owner alone."""
    studio, job_id = await make_studio(runtime), uuid.uuid4()
    given: dict[str, Any] = {"project_id": studio.project_id, "user_id": studio.user_id, "settings": {"fps": 30}}
    async with runtime.begin() as tx:
        await insert_job(tx, job_id, provider="local_ffmpeg", fallback_used=True, payload={"stage": "a"}, **given)
        await insert_job(tx, job_id, provider="other", fallback_used=False, payload={}, **given)

        async def seen() -> tuple[Any, ...]:
            job = await find_job(tx, job_id, studio.user_id)
            assert job is not None
            return (job.status, job.progress, job.provider_status, job.output_url, job.error, job.provider_payload)

        async def rendered() -> tuple[Any, ...]:
            job = await find_job(tx, job_id, studio.user_id)
            assert job is not None
            return (job.provider, job.provider_job_id, job.fallback_used)

        assert await seen() == ("processing", 5, "queued", None, None, {"stage": "a"})
        assert await find_job(tx, job_id, uuid.uuid4()) is None
        await advance_job(tx, job_id, 40, {"stage": "b"})
        assert await seen() == ("processing", 40, "processing", None, None, {"stage": "b"})
        await fail_job(tx, job_id, "Canceled", {"stage": "failed"})
        assert await seen() == ("failed", 40, "failed", None, "Canceled", {"stage": "failed"})
        await name_renderer(tx, job_id, "other", provider_job_id="7", fallback_used=True)
        await name_renderer(tx, job_id, "another")
        assert await rendered() == ("another", "7", False)
        await reopen_job(tx, job_id, "fal_remote", {"stage": "a"})
        assert await rendered() == ("fal_remote", None, False)
        assert await seen() == ("processing", 5, "queued", None, None, {"stage": "a"})
        await complete_job(tx, job_id, "https://a.example/f.mp4", {"stage": "completed"})
        assert (await seen())[:4] == ("completed", 100, "completed", "https://a.example/f.mp4")


async def test_a_job_or_film_of_a_project_that_is_gone_is_not_written(runtime: Runtime) -> None:
    """And that is no failure."""
    nowhere, user_id, job_id = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    async with runtime.begin() as tx:
        await insert_job(
            tx,
            job_id,
            project_id=nowhere,
            user_id=user_id,
            settings={},
            provider="local_ffmpeg",
            fallback_used=False,
            payload={},
        )
        assert await find_job(tx, job_id, user_id) is None
        film: dict[str, Any] = {
            "url": "https://a.example/f.mp4",
            "bucket": "b",
            "path": "p",
            "size": 1,
            "duration_ms": 1,
        }
        await store_film(tx, asset_id=job_id, project_id=nowhere, user_id=user_id, metadata={}, **film)
        assert await tx.scalar(text("select count(*) from public.final_project_assets")) == 0


async def test_a_jobs_newer_film_replaces_its_older(runtime: Runtime) -> None:
    """A film stored twice under one id is one row; the project's sounds are listed without it."""
    studio, asset_id = await make_studio(runtime), uuid.uuid4()
    async with runtime.begin() as tx:
        for number in (1, 2):
            await store_film(
                tx,
                asset_id=asset_id,
                project_id=studio.project_id,
                user_id=studio.user_id,
                url=f"https://a.example/{number}.mp4",
                bucket="final-exports",
                path=f"{number}.mp4",
                size=number,
                duration_ms=number,
                metadata={"n": number},
            )
        (film,) = (await tx.execute(text("select * from public.final_project_assets"))).all()
        assert (film.file_url, film.storage_path, film.file_size, film.metadata) == (
            "https://a.example/2.mp4",
            "2.mp4",
            2,
            {"n": 2},
        )
        assert await list_final_audio(tx, studio.project_id, studio.user_id) == []


async def test_progress_never_goes_backwards(runtime: Runtime) -> None:
    """A repeated step adds nothing to what is further; another attempt begins anew; the cut list stays."""
    run_id = uuid.uuid4()
    async with runtime.begin() as tx:
        await tx.execute(
            text("""insert into wzrd.runs (id, kind, user_id, request_id, params_hash)
                values (:id, 'director-cut', :id, 'r', '')"""),
            {"id": run_id},
        )
        assert (await read_cut(tx, run_id), await read_progress(tx, run_id)) == (None, None)
        await insert_cut(tx, run_id, {"shots": [1]}, {"stage": "a"})
        for progress, payload, after in (
            (40, {"stage": "b", "x": 1}, (40, {"stage": "b", "x": 1})),
            (15, {"stage": "a", "x": 2}, (40, {"stage": "b", "x": 1})),
            (40, {"x": 3}, (40, {"stage": "b", "x": 3})),
        ):
            told = await advance(tx, run_id, progress, payload)
            assert (told.progress, told.payload) == after
        await reset_progress(tx, run_id, {"stage": "a"})
        told = await read_progress(tx, run_id)
        assert told is not None
        assert (told.progress, told.payload) == (5, {"stage": "a"})
        assert await read_cut(tx, run_id) == {"shots": [1]}
