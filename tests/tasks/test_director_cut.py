"""The steps of Director's Cut: real films, small ones; repeated, interrupted, canceled, robbed of their sources."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from server.stack import postgres
from tests.server.served import shared_runtime
from tests.tasks.cut_stage import CutStage, cut_stage
from tests.tasks.stage import log_of
from wzrd.media.probe import probe
from wzrd.runtime import Runtime


@pytest.fixture(scope="module")
async def runtime(cluster: postgres.Cluster) -> AsyncGenerator[Runtime]:
    """One database for this module."""
    async with shared_runtime(cluster) as made:
        yield made


@pytest.fixture
async def stage(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[CutStage]:
    """A project without shots."""
    async with cut_stage(runtime, tmp_path / "home", scenes=2) as made:
        yield made


async def test_a_film_is_the_sum_of_its_clips(stage: CutStage, tmp_path: Path) -> None:
    """A house clip, a still and a shot that speaks: frames, sound, captions, rows, events all agree."""
    await stage.shot(video_url=await stage.clip(10, 30))
    await stage.shot(image_url=await stage.still(60))
    await stage.shot(scene=1, number=1, video_url=await stage.clip(90, 12), audio_url=await stage.voice(1.0))
    run_id, status = await stage.cut()
    assert status == "succeeded"
    facts = probe(await stage.film(run_id, tmp_path / "film.mp4"))
    held = 46  # 0.35 + 1.0 + 0.55 seconds, on the frame grid
    assert (facts.width, facts.height, facts.frames, facts.audio) == (256, 144, 30 + 120 + held, True)
    job = await stage.job(run_id)
    assert (job.status, job.progress, job.provider, job.provider_status) == (
        "completed",
        100,
        "local_ffmpeg",
        "completed",
    )
    assert job.provider_payload["stage"] == "completed"
    log = await log_of(stage.runtime, run_id)
    told = [data["progress"] for name, data in log if name == "progress"]
    assert told == sorted(told)
    assert log[-1][0] == "complete"
    assert log[-1][1]["outputUrl"] == job.output_url
