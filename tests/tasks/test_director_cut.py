"""The steps of Director's Cut: real films, small ones; repeated, interrupted, canceled, robbed of their sources."""

import asyncio
import base64
import time
import uuid
from collections.abc import AsyncGenerator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from sqlalchemy import text

from flows.director_cut import work
from tests.generation.claimed import armed
from tests.media.clips import running_ffmpegs
from tests.playing import log_of, run_once, run_until_ended
from tests.rows import balance
from tests.tasks.cut_project import CutRig, cut_rig, picture
from tests.waiting import looks, until
from wzrd.db.items import list_items
from wzrd.db.runs import find_run
from wzrd.domain.film import Frame
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.media.ffmpeg import ffmpeg_exe
from wzrd.media.probe import probe
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


@pytest.fixture
async def rig(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[CutRig]:
    """A project of two scenes without shots."""
    async with cut_rig(runtime, tmp_path / "home", scenes=2) as made:
        yield made


def sound_of(film: Path) -> np.ndarray[Any, Any]:
    """The film's sound, mono, from the film's own start: what is presented before 0 is not heard."""
    with av.open(str(film)) as container:
        frames = list(container.decode(audio=0))
    start = round((frames[0].pts or 0) * (frames[0].time_base or 0) * 48_000)
    sound = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in frames])
    return sound[-start:] if start < 0 else np.concatenate([np.zeros(start, sound.dtype), sound])


def onset(sound: np.ndarray[Any, Any], hertz: int) -> float:
    """The second at which a tone begins: where its loudness in windows of 10 ms first passes half of its most."""
    mixed = sound * np.exp(-2j * np.pi * hertz * np.arange(len(sound)) / 48_000)
    level = np.abs(np.convolve(mixed, np.ones(480) / 480, "same"))
    return float(np.argmax(level > level.max() / 2)) / 48_000


def captions_of(film: Path) -> list[tuple[float, str]]:
    """When each caption begins, and its words."""
    with av.open(str(film)) as container:
        stream = container.streams.subtitles[0]
        packets = [packet for packet in container.demux(stream) if packet.size > 2]
        return [(float((p.pts or 0) * p.time_base), bytes(p)[2:].decode()) for p in packets]


def cuts_of(film: Path) -> list[int]:
    """The frames at which a picture differs from the one before it by more than a camera's move."""
    with av.open(str(film)) as container:
        levels = [frame.to_ndarray(format="gray")[::8, ::8].astype(int) for frame in container.decode(video=0)]
    return [at for at in range(1, len(levels)) if np.abs(levels[at] - levels[at - 1]).mean() > 8]


async def statuses(rig: CutRig, run_id: uuid.UUID) -> dict[str, str]:
    async with rig.runtime.begin() as tx:
        return {item.key: item.status for item in await list_items(tx, run_id)}


async def test_a_film_is_the_sum_of_its_clips(rig: CutRig, tmp_path: Path) -> None:
    """A house clip, a still and a clip that holds for its voice: frames, rows and events agree; nothing is charged."""
    before = await balance(rig.runtime, rig.studio.user_id)
    await rig.shot(video_url=await rig.clip(10, 30))
    await rig.shot(image_url=await rig.still(60))
    await rig.shot(scene=1, number=1, video_url=await rig.clip(90, 12), audio_url=await rig.voice(1.0))
    run_id, status = await rig.cut()
    assert status == "succeeded"
    facts = probe(await rig.film(run_id, tmp_path / "film.mp4"))
    held = 46  # 0.35 + 1.0 + 0.55 seconds, on the frame grid
    assert (facts.width, facts.height, facts.frames, facts.audio) == (256, 144, 30 + 120 + held, True)
    job = await rig.job(run_id)
    assert (job.status, job.progress, job.provider) == ("completed", 100, "local_ffmpeg")
    assert job.provider_status == "completed"
    payload = job.provider_payload
    assert (payload["stage"], payload["visualTracks"], payload["audioTracks"]) == ("completed", 3, 2)
    assert payload["rendered"] == {"width": 256, "height": 144, "fps": 24}
    log = await log_of(rig.runtime, run_id)
    found = [data["progress"] for name, data in log if name == "progress"]
    assert (found, found[0], found[-1]) == (sorted(found), 5, 95)
    assert {data["jobId"] for name, data in log[1:] if name == "progress"} == {str(run_id)}
    name, end = log[-1]
    assert (name, end["status"], end["outputUrl"], end["frames"]) == ("complete", "completed", job.output_url, 196)
    async with rig.runtime.begin() as tx:
        row = (
            await tx.execute(
                text("select * from public.final_project_assets where project_id = :id"),
                {"id": rig.studio.project_id},
            )
        ).one()
    assert (row.asset_type, row.file_url, row.storage_bucket, row.duration_ms) == (
        "video",
        job.output_url,
        "final-exports",
        8167,
    )
    assert row.storage_path.startswith(f"{rig.studio.user_id}/{rig.studio.project_id}/{run_id}/")
    assert {row.metadata[key] for key in ("export_job_id", "source", "partial_success")} == {
        str(run_id),
        "director_cut",
        False,
    }
    assert await balance(rig.runtime, rig.studio.user_id) == before


async def test_talk_that_outlasts_a_picture_is_cut_between_the_scenes_set_ups(rig: CutRig, tmp_path: Path) -> None:
    """A clip of a second under a voice of twenty: three pictures, none for more than 12 s; the sound goes on."""
    await rig.shot(video_url=await rig.clip(10, 24), audio_url=await rig.voice(20.0), dialogue="Word " * 50)
    await rig.shot(image_url=await rig.still(120))
    await rig.shot(scene=1, number=1, video_url=await rig.clip(200, 24))
    run_id, status = await rig.cut()
    assert status == "succeeded"
    film = await rig.film(run_id, tmp_path / "film.mp4")
    long = 502  # 0.35 + 20 + 0.55 seconds, on the frame grid
    cuts = cuts_of(film)
    assert probe(film).frames == long + 120 + 24
    assert cuts[-2:] == [long, long + 120]
    lengths = [end - start for start, end in pairwise([0, *cuts[:-1]])]
    assert len(lengths) == 3
    assert all(48 <= frames <= 12 * 24 for frames in lengths)


async def test_talk_in_a_scene_of_one_picture_is_cut_to_a_part_of_its_still(rig: CutRig, tmp_path: Path) -> None:
    """Twenty seconds over the only shot: nothing stays for more than 12 s; without a still the picture stays."""
    still, voice = await rig.still(200), await rig.voice(20.0)
    await rig.shot(video_url=await rig.clip(10, 24), image_url=still, audio_url=voice, dialogue="Word " * 50)
    await rig.shot(scene=1, number=1, video_url=await rig.clip(90, 24), audio_url=voice, dialogue="Word " * 50)
    run_id, status = await rig.cut()
    assert status == "succeeded"
    cuts = cuts_of(await rig.film(run_id, tmp_path / "film.mp4"))
    long = 502  # 0.35 + 20 + 0.55 seconds, on the frame grid
    assert long in cuts
    lengths = [end - start for start, end in pairwise([0, *(cut for cut in cuts if cut <= long)])]
    assert len(lengths) == 3
    assert all(48 <= frames <= 12 * 24 for frames in lengths)
    assert not [cut for cut in cuts if cut > long]


async def test_sound_and_captions_meet_the_picture(rig: CutRig, tmp_path: Path) -> None:
    """Each voice is heard, and read, 0.35 s into its shot: at the start, in the middle, at the end."""
    await rig.shot(video_url=await rig.clip(10, 48), audio_url=await rig.voice(1.0, 440), dialogue="One.")
    await rig.shot(video_url=await rig.clip(20, 77))
    await rig.shot(video_url=await rig.clip(30, 48), audio_url=await rig.voice(1.0, 660), dialogue="Two.")
    await rig.shot(video_url=await rig.clip(40, 48), audio_url=await rig.voice(0.5, 880), dialogue="Three.")
    run_id, _ = await rig.cut()
    film = await rig.film(run_id, tmp_path / "film.mp4")
    sound = sound_of(film)
    for hertz, frame in ((440, 0), (660, 125), (880, 173)):
        assert abs(onset(sound, hertz) - (frame / 24 + 0.35)) < 0.003, hertz
    found = captions_of(film)
    assert [words for _, words in found] == ["One.", "Two.", "Three."]
    assert [round(at, 3) for at, _ in found] == [round(frame / 24 + 0.35, 3) for frame in (0, 125, 173)]


async def test_lines_are_spoken_by_scratch_voices(rig: CutRig, tmp_path: Path) -> None:
    """A shot with dialogue and no voice file: nobody is cut off, and the words can be read."""
    await rig.shot(video_url=await rig.clip(10, 6), dialogue="MARA: Who has kept the light burning all this time?")
    await rig.shot(image_url=await rig.still(20), dialogue="BEN: 灯台 🗼")
    run_id, status = await rig.cut()
    assert status == "succeeded"
    film = await rig.film(run_id, tmp_path / "film.mp4")
    assert probe(film).frames > 6 + 24 + 120
    assert any("kept the light" in words for _, words in captions_of(film))


async def test_a_cut_makes_only_what_is_new(rig: CutRig) -> None:
    """A cut made again is only joined anew; one changed shot makes one clip and the film."""
    shots = [await rig.shot(image_url=await rig.still(shade)) for shade in (10, 20, 30)]
    await rig.cut()
    first = rig.files()
    run_id, status = await rig.cut()
    assert (status, len(rig.files() - first)) == ("succeeded", 1)
    assert (await rig.job(run_id)).output_url
    before = rig.files()
    await rig.change(shots[1], image_url=await rig.still(40))
    await rig.cut()
    new = rig.files() - before
    assert sorted(Path(name).suffix for name in new) == [".mp4", ".mp4", ".png"]  # clip and film; the still is ours


@pytest.mark.parametrize(
    "place", ["before_step_commit", "after_step_commit", "after_store", "before_film", "after_visual"]
)
async def test_a_cut_interrupted_anywhere_is_the_same_film(rig: CutRig, tmp_path: Path, place: str) -> None:
    """Interrupted at every third passing and resumed: each event once, each file once, the film whole."""
    await rig.shot(video_url=await rig.clip(10, 30))
    await rig.shot(video_url=await rig.clip(30, 10, Frame(320, 180)), audio_url=await rig.voice(0.5))
    reference, _ = await rig.cut()
    whole = (await rig.film(reference, tmp_path / "whole.mp4")).read_bytes()
    interrupted = 0
    for number in range(1, 12, 3):
        run_id = await rig.opened()
        async with armed(f"{place}@{number}=raise"):
            status, interruptions = await run_until_ended(rig.runtime, run_id)
        interrupted += interruptions
        assert status == "succeeded"
        assert (await rig.film(run_id, tmp_path / f"{number}.mp4")).read_bytes() == whole
        log = await log_of(rig.runtime, run_id)
        items = [data["item"] for name, data in log if name == "progress" and "item" in data]
        assert sorted(items) == sorted(set(items))
        found = [data["progress"] for name, data in log if name == "progress" and "progress" in data]
        assert found == sorted(found)
        assert [name for name, _ in log].count("complete") == 1
    assert interrupted


async def test_repeated_steps_do_nothing(rig: CutRig) -> None:
    """The whole body three times at once under one lease: one film, one row, each item told once."""
    await rig.shot(image_url=await rig.still(10), audio_url=await rig.voice(0.3))
    await rig.shot(image_url=await rig.still(20))
    run_id = await rig.opened()

    async def thrice(lease: Lease) -> Outcome:
        return (await asyncio.gather(*(work(lease) for _ in range(3))))[0]

    assert await run_once(rig.runtime, run_id, work=thrice) == "succeeded"
    items = [data["item"] for _, data in await log_of(rig.runtime, run_id) if "item" in data]
    assert sorted(items) == sorted(set(items))
    async with rig.runtime.begin() as tx:
        count = text("select count(*) from public.final_project_assets where project_id = :id")
        assert await tx.scalar(count, {"id": rig.studio.project_id}) == 1


def data_url(content_type: str, data: bytes) -> str:
    return f"data:{content_type};base64,{base64.b64encode(data).decode()}"


async def test_what_cannot_be_had_is_left_out_and_told(rig: CutRig, tmp_path: Path) -> None:
    """Files of this machine, other schemes, vanished files, cut-off clips, no media: dropped, each with its reason."""
    whole = await rig.clip(10, 24)
    place = rig.runtime.storage.locate(whole)
    assert place is not None
    async with rig.runtime.storage.local(*place) as path:
        cut_off = path.read_bytes()[:-200]
    bad = {
        "file:///etc/passwd": "URL must be http(s) or data URI",
        "/etc/passwd": "URL must be http(s) or data URI",
        "javascript:alert(1)": "URL must be http(s) or data URI",
        "http://127.0.0.1:9/a.mp4": "",
        "http://169.254.169.254/latest/meta-data": "",
        f"{rig.runtime.settings.address}/storage/v1/object/public/workflow-media/gone/away.mp4": "",
        await rig.store(cut_off, f"{rig.studio.project_id}/cut-off.mp4", "video/mp4"): "cut off",
        await rig.store(b"#EXTM3U\nfile:///etc/passwd\n", f"{rig.studio.project_id}/list.mp4", "video/mp4"): "",
        await rig.voice(0.2, 330): "",
        data_url("video/mp4", b"not a film"): "",
        "data:video/mp4;base64,%%%": "",
    }
    await rig.shot(video_url=whole)
    for url in bad:
        await rig.shot(video_url=url)
    run_id, status = await rig.cut()
    assert status == "partial"
    job = await rig.job(run_id)
    payload = job.provider_payload
    assert (job.status, payload["partialSuccess"], payload["failedShotCount"]) == ("completed", True, len(bad))
    found = sorted(payload["shotFailures"], key=lambda one: one["orderIndex"])
    assert [one["orderIndex"] for one in found] == list(range(1, len(bad) + 1))
    for one, words in zip(found, bad.values(), strict=True):
        assert words in one["reason"], one
        assert str(rig.runtime.settings.home) not in one["reason"]
    assert probe(await rig.film(run_id, tmp_path / "film.mp4")).frames == 24
    assert (await log_of(rig.runtime, run_id))[-1][1]["failedShotCount"] == len(bad)


async def test_when_nothing_can_be_had_the_job_fails(rig: CutRig) -> None:
    """In the documented words, whether it shows before or while the clips are made."""
    for url in ("file:///etc/passwd", data_url("video/mp4", b"not a film")):
        await rig.shot(video_url=url)
    run_id, status = await rig.cut()
    job = await rig.job(run_id)
    assert (status, job.status, job.error) == ("failed", "failed", "All 2 visual assets failed preflight")
    assert (job.provider_status, job.provider_payload["stage"], job.output_url) == ("failed", "failed", None)
    assert len(job.provider_payload["shotFailures"]) == 2
    name, end = (await log_of(rig.runtime, run_id))[-1]
    assert (name, end["status"], end["error"]) == ("error", "failed", job.error)


async def test_the_bytes_say_what_a_visual_is(rig: CutRig, tmp_path: Path) -> None:
    """A picture under video_url is filmed as a still, a clip under image_url plays; data URIs and old hosts work."""
    ours = await rig.still(10)
    elsewhere = ours.replace(rig.runtime.settings.address, "https://old-host.example")
    await rig.shot(video_url=elsewhere)
    await rig.shot(image_url=await rig.clip(20, 17))
    await rig.shot(image_url=data_url("image/png", picture(30)))
    run_id, status = await rig.cut(includeAudio=False)
    assert status == "succeeded"
    facts = probe(await rig.film(run_id, tmp_path / "film.mp4"))
    assert (facts.frames, facts.audio) == (120 + 17 + 120, False)


async def test_the_run_makes_the_film_that_was_asked_for(rig: CutRig, tmp_path: Path) -> None:
    """Shots that are edited, added or deleted after create change nothing in it, nor does the project's end."""
    first = await rig.shot(video_url=await rig.clip(10, 24))
    await rig.shot(video_url=await rig.clip(20, 36))
    run_id = await rig.opened(includeAudio=False)
    await rig.change(first, video_url="https://example.org/other.mp4")
    await rig.shot(video_url=await rig.clip(30, 48))
    async with rig.runtime.begin() as tx:
        await tx.execute(text("delete from public.projects where id = :id"), {"id": rig.studio.project_id})
    assert await run_once(rig.runtime, run_id) == "succeeded"
    job = await rig.job(run_id)
    assert (job.status, job.progress) == ("completed", 100)
    assert probe(await rig.film(run_id, tmp_path / "film.mp4")).frames == 60


async def test_a_cancel_stops_what_is_being_made(rig: CutRig) -> None:
    """In the middle of a still of ten minutes: at once, nothing left behind, the job failed as canceled."""
    await rig.shot(image_url=await rig.still(10), audio_url=await rig.voice(200.0))
    run_id = await rig.opened(resolution="1280x720")
    playing = asyncio.create_task(run_once(rig.runtime, run_id))
    async with asyncio.timeout(300):
        async for _ in looks(seconds=300):
            if (await statuses(rig, run_id))["visual/1"] == "running":
                break
        await until(running_ffmpegs, seconds=300)
        began = time.monotonic()
        await cancel(rig.runtime, run_id, rig.studio.user_id)
        rig.runtime.leases.cancel(run_id)
        assert await playing == "canceled"
    assert time.monotonic() - began < 20
    job = await rig.job(run_id)
    assert (job.status, job.error) == ("failed", "Canceled")
    assert list(rig.runtime.settings.work_folder.iterdir()) == []


async def test_a_program_that_is_killed_is_started_again(
    rig: CutRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ffmpeg dies twice by a signal, as where memory runs out: the clip is made all the same, and nothing is lost."""
    deaths = tmp_path / "deaths"
    deaths.mkdir()
    fragile = tmp_path / "ffmpeg"
    fragile.write_text(
        f"#!/bin/sh\nn=$(ls {deaths} | wc -l)\n"
        f'if [ "$n" -lt 2 ]; then touch {deaths}/$n; kill -9 $$; fi\nexec {ffmpeg_exe()} "$@"\n'
    )
    fragile.chmod(0o755)
    await rig.shot(video_url=await rig.clip(10, 12, Frame(320, 180)))
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(fragile))
    assert ffmpeg_exe() == str(fragile)
    run_id, status = await rig.cut(includeAudio=False)
    assert (status, len(list(deaths.iterdir()))) == ("succeeded", 2)
    assert probe(await rig.film(run_id, tmp_path / "film.mp4")).frames == 12


async def test_a_cancel_that_comes_too_late(rig: CutRig) -> None:
    """The film is there already: stream, run and job agree that it is, and where."""
    await rig.shot(video_url=await rig.clip(10, 12))
    run_id = await rig.opened(includeAudio=False)

    async def canceled_at_last(lease: Lease) -> Outcome:
        await work(lease)
        return Outcome(canceled=True)

    assert await run_once(rig.runtime, run_id, work=canceled_at_last) == "succeeded"
    job = await rig.job(run_id)
    name, end = (await log_of(rig.runtime, run_id))[-1]
    assert (job.status, name, end["outputUrl"]) == ("completed", "complete", job.output_url)


async def test_a_retry_makes_the_film_whole(rig: CutRig, tmp_path: Path) -> None:
    """A clip that was missing is there by now: the reopened run adds it, and the film is made anew, the rest kept."""
    good, late = await rig.clip(10, 24), await rig.clip(20, 30)
    place = rig.runtime.storage.locate(late)
    assert place is not None
    async with rig.runtime.storage.local(*place) as path:
        content = path.read_bytes()
    await rig.shot(video_url=good)
    await rig.shot(video_url=late)
    run_id = await rig.opened()
    await rig.runtime.storage.delete(*place)
    assert await run_once(rig.runtime, run_id) == "partial"
    assert probe(await rig.film(run_id, tmp_path / "part.mp4")).frames == 24
    await rig.store(content, place[1], "video/mp4")
    await reopen(rig.runtime, run_id, user_id=rig.studio.user_id)
    assert ((await rig.job(run_id)).status, (await rig.job(run_id)).output_url) == ("processing", None)
    assert await run_once(rig.runtime, run_id) == "succeeded"
    job = await rig.job(run_id)
    assert (job.status, "shotFailures" in job.provider_payload) == ("completed", False)
    assert probe(await rig.film(run_id, tmp_path / "whole.mp4")).frames == 54
    async with rig.runtime.begin() as tx:
        rows = (
            await tx.execute(
                text("select file_url from public.final_project_assets where project_id = :id"),
                {"id": rig.studio.project_id},
            )
        ).all()
        assert [row.file_url for row in rows] == [job.output_url]
        run = await find_run(tx, run_id)
        assert run is not None
        assert run.attempt == 2


async def add_music(rig: CutRig, url: str) -> None:
    async with rig.runtime.begin() as tx:
        await tx.execute(
            text("""insert into public.final_project_assets (project_id, user_id, asset_type, file_url)
                values (:project, :user, 'audio', :url)"""),
            {"project": rig.studio.project_id, "user": rig.studio.user_id, "url": url},
        )


async def test_the_projects_music_is_the_bed(rig: CutRig, tmp_path: Path) -> None:
    """Instead of a composed one; a track that cannot be had is left out and told, and fails no film."""
    await rig.shot(video_url=await rig.clip(10, 72))
    await add_music(rig, await rig.voice(2.0, 1500))
    await add_music(rig, "https://127.0.0.1:9/gone.mp3")
    run_id, status = await rig.cut()
    assert status == "succeeded"
    sound = sound_of(await rig.film(run_id, tmp_path / "film.mp4"))[24_000:72_000]
    spectrum = np.abs(np.fft.rfft(sound))
    assert abs(int(spectrum.argmax()) - 1500) < 3
    (lost,) = (await rig.job(run_id)).provider_payload["audioFailures"]
    assert lost["reason"]


async def test_rows_that_people_edited_are_what_a_retry_renders(rig: CutRig, tmp_path: Path) -> None:
    """Turned around, and an effect added: the timeline as it stands, without another sync."""
    await rig.shot(video_url=await rig.clip(10, 24))
    await rig.shot(video_url=await rig.clip(20, 36))
    await rig.open()
    project = {"project": rig.studio.project_id, "user": rig.studio.user_id, "url": await rig.voice(0.5, 900)}
    async with rig.runtime.begin() as tx:
        await tx.execute(
            text("update public.timeline_assets set position_order = 1 - position_order where project_id = :project"),
            {"project": project["project"]},
        )
        await tx.execute(
            text("""insert into public.timeline_assets (project_id, user_id, asset_type, source_url, position_order,
                metadata) values (:project, :user, 'audio', :url, 0, '{"asset_role": "sfx", "start_ms": 500}')"""),
            project,
        )
    opened = await rig.open(sync=False)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    film = await rig.film(opened.run_id, tmp_path / "film.mp4")
    assert probe(film).frames == 60
    sound = sound_of(film)
    spectrum = np.abs(np.fft.rfft(sound[26_000:46_000]))
    assert abs(int(spectrum.argmax()) * 48_000 / 20_000 - 900) < 10
    rows = text("select progress from wzrd.cuts where run_id = :id")
    async with rig.runtime.begin() as tx:
        assert await tx.scalar(rows, {"id": opened.run_id}) == 100


async def test_two_hundred_shots(rig: CutRig, tmp_path: Path) -> None:
    """One film of two hundred clips, each exactly where it belongs."""
    clips = [await rig.clip(shade, 6 + shade) for shade in range(10)]
    for number in range(200):
        await rig.shot(scene=number // 100, number=number % 100 + 1, video_url=clips[number % 10])
    run_id = await rig.opened(includeAudio=False)
    assert await run_once(rig.runtime, run_id) == "succeeded"
    assert probe(await rig.film(run_id, tmp_path / "film.mp4")).frames == sum(6 + n % 10 for n in range(200))
