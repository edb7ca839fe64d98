"""Director's Cut through fal: priced, held, rendered once, finished here; and this machine where fal fails."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from server.fakes import Behaviour, Fakes, open_fakes
from server.stack import postgres
from tests.server.served import shared_runtime
from tests.tasks.director_cut_rig import run_once
from tests.tasks.fal_render_rig import COMPOSE, FUNDS, MERGE, PRICE, FalRig, open_fal_rig
from tests.tasks.gen_shots_rig import log_of
from tests.tasks.test_director_cut import captions_of, onset, sound_of
from wzrd.media.probe import probe
from wzrd.runtime.process import Runtime


@pytest.fixture(scope="module")
async def runtime(cluster: postgres.Cluster) -> AsyncGenerator[Runtime]:
    """One database for this module."""
    async with shared_runtime(cluster) as made:
        yield made


@pytest.fixture(scope="module")
async def fakes() -> AsyncGenerator[Fakes]:
    """Fakes of the providers, in this process."""
    async with open_fakes() as made:
        yield made


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes, tmp_path: Path) -> AsyncGenerator[FalRig]:
    """A project of two scenes without shots, and fal on a good day."""
    await fakes.reset()
    async with open_fal_rig(runtime, fakes, tmp_path / "home") as made:
        yield made


async def test_a_film_by_fal(rig: FalRig, tmp_path: Path) -> None:
    """A clip that speaks and a still: composed by fal, sound and captions laid beside it here; one credit, once."""
    await rig.cut.shot(video_url=await rig.cut.clip(10, 48), audio_url=await rig.cut.voice(1.0, 440), dialogue="One.")
    await rig.cut.shot(image_url=await rig.cut.still(60), audio_url=await rig.cut.voice(0.5, 880), dialogue="Two.")
    started = await rig.cut.open(provider="fal")
    run_id = started.run_id
    assert (started.answer.provider, started.answer.fallback_used) == ("fal_remote", False)
    assert await rig.credits() == FUNDS - PRICE
    assert await run_once(rig.runtime, run_id) == "succeeded"
    job = await rig.cut.job(run_id)
    assert (job.status, job.provider, job.fallback_used, job.progress) == ("completed", "fal_remote", False, 100)
    (sent,) = await rig.paid()
    assert (sent.model, job.provider_job_id) == (COMPOSE, sent.request_id)
    assert await rig.jobs(run_id) == ["succeeded"]
    assert (await rig.credits(), await rig.holds(run_id)) == (FUNDS - PRICE, [("film", "committed", PRICE)])
    film = await rig.cut.film(run_id, tmp_path / "film.mp4")
    facts = probe(film)
    assert (facts.width, facts.height, facts.audio, abs(facts.seconds - 7.0) < 0.1) == (256, 144, True, True)
    sound = sound_of(film)
    assert abs(onset(sound, 440) - 0.35) < 0.01
    assert abs(onset(sound, 880) - 2.35) < 0.01
    assert [words for _, words in captions_of(film)] == ["One.", "Two."]
    name, end = (await log_of(rig.runtime, run_id))[-1]
    assert (name, end["provider"], end["credits"], end["outputUrl"]) == ("complete", "fal_remote", 1, job.output_url)


@pytest.mark.parametrize("media", ["wrong_length", "page", "wrong_type", "other_kind", "expired", "truncated"])
async def test_what_fal_answers_is_looked_at(rig: FalRig, tmp_path: Path, media: str) -> None:
    """A film of half the length, a web page, a sound: none is taken, none is paid; this machine makes the film."""
    await rig.fakes.script(Behaviour(media=media))  # type: ignore[arg-type]
    await rig.cut.shot(video_url=await rig.cut.clip(10, 48))
    await rig.cut.shot(video_url=await rig.cut.clip(20, 36))
    run_id, status = await rig.cut.cut(provider="fal", includeAudio=False)
    assert status == "succeeded"
    job = await rig.cut.job(run_id)
    assert (job.status, job.provider, job.fallback_used) == ("completed", "local_ffmpeg", True)
    assert job.provider_payload["falError"]
    assert len(await rig.paid()) == 1
    assert (await rig.credits(), await rig.holds(run_id)) == (FUNDS, [("film", "released", None)])
    assert probe(await rig.cut.film(run_id, tmp_path / "film.mp4")).frames == 84


async def test_silent_clips_are_merged(rig: FalRig, tmp_path: Path) -> None:
    """Without sound and without stills merge-videos is enough."""
    await rig.cut.shot(video_url=await rig.cut.clip(10, 48))
    await rig.cut.shot(video_url=await rig.cut.clip(20, 36))
    run_id, status = await rig.cut.cut(provider="fal", includeAudio=False)
    assert (status, [one.model for one in await rig.paid()]) == ("succeeded", [MERGE])
    facts = probe(await rig.cut.film(run_id, tmp_path / "film.mp4"))
    assert (facts.frames, facts.audio, await rig.credits()) == (84, False, FUNDS - PRICE)
