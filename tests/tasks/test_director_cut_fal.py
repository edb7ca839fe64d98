"""Director's Cut through fal: priced, held, rendered once, finished here; and this machine where fal fails."""

import asyncio
import io
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import text

from flows.director_cut import work
from server.fakes import Behaviour, Fakes
from tests.generation.claimed import armed
from tests.playing import log_of, run_once, run_until_ended
from tests.tasks.cut_project import COMPOSE, FUNDS, MERGE, PRICE, FalRig, open_fal_rig
from tests.tasks.test_director_cut import captions_of, onset, sound_of
from tests.waiting import looks
from wzrd.animatic.provider import Animatic
from wzrd.db.ledger import hold
from wzrd.db.runs import find_run, list_runs
from wzrd.domain.errors import InsufficientCredits
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.faults import FaultRaised
from wzrd.generation import media
from wzrd.generation.recovery import recover
from wzrd.generation.references import ReferenceUnreachable
from wzrd.media.probe import probe
from wzrd.providers.registry import Adapters
from wzrd.runs.execute import Interrupted
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime", "module_fakes")


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes, tmp_path: Path) -> AsyncGenerator[FalRig]:
    """A project of two scenes without shots, and fal on a good day."""
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


@pytest.mark.parametrize("media", ["wrong_length", "wrong_type", "other_kind", "expired"])
async def test_what_fal_answers_is_looked_at(rig: FalRig, tmp_path: Path, media: Any) -> None:
    """A film of half the length, a web page, a sound: none is taken, none is paid; this machine makes the film."""
    await rig.fakes.script(Behaviour(media=media))
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


@pytest.mark.parametrize(
    ("behaviours", "reason", "sent"),
    [
        ((Behaviour(outcome="failure"),), "provider_failed", 1),
        ((Behaviour(status=402),), "provider_rejected", 0),
        ((Behaviour(reply="dropped"), Behaviour(on="list", status=403, times=0)), "provider_outcome_unknown", 1),
    ],
)
async def test_when_fal_fails_this_machine_takes_over(
    rig: FalRig, tmp_path: Path, behaviours: tuple[Behaviour, ...], reason: str, sent: int
) -> None:
    """Whole, with its sound, told with the reason, and free; nothing is sent twice."""
    await rig.fakes.script(*behaviours)
    await rig.cut.shot(video_url=await rig.cut.clip(10, 48), audio_url=await rig.cut.voice(0.5, 440))
    await rig.cut.shot(image_url=await rig.cut.still(60))
    run_id, status = await rig.cut.cut(provider="fal")
    assert status == "succeeded"
    job = await rig.cut.job(run_id)
    assert (job.status, job.provider, job.fallback_used) == ("completed", "local_ffmpeg", True)
    payload = job.provider_payload
    assert (payload["fallbackReason"], payload["fallbackStatus"], payload["renderer"]) == (
        reason,
        "completed",
        "local_ffmpeg",
    )
    assert payload["falError"]
    assert (await rig.credits(), await rig.holds(run_id)) == (FUNDS, [("film", "released", None)])
    assert len(await rig.paid()) == sent
    film = await rig.cut.film(run_id, tmp_path / "film.mp4")
    assert (probe(film).frames, abs(onset(sound_of(film), 440) - 0.35) < 0.01) == (48 + 120, True)
    told = [data for _, data in await log_of(rig.runtime, run_id) if data.get("fallbackReason")]
    assert [(one["stage"], one["fallbackReason"]) for one in told] == [("fallback_processing", reason)]


async def test_too_few_credits(rig: FalRig) -> None:
    """402 before anything starts; the same film here is free."""
    async with rig.runtime.begin() as tx:
        await hold(
            tx, rig.cut.studio.user_id, FUNDS, key="all", resource_type="x", reference_type="x", reference_id="x",
            metadata={},
        )  # fmt: skip
    await rig.cut.shot(video_url=await rig.cut.clip(10, 24))
    with pytest.raises(InsufficientCredits) as refused:
        await rig.cut.open(provider="fal")
    assert (refused.value.required, refused.value.available) == (PRICE, 0)
    async with rig.runtime.begin() as tx:
        assert await list_runs(tx, rig.cut.studio.user_id) == []
    _, status = await rig.cut.cut(provider="local", includeAudio=False)
    assert (status, await rig.paid()) == ("succeeded", [])


async def test_an_address_that_only_this_machine_reaches_is_refused(rig: FalRig) -> None:
    """Before any hold, and the visual is named; our own files are handed over instead."""
    await rig.cut.shot(video_url=await rig.cut.clip(10, 24))
    await rig.cut.shot(video_url="http://169.254.169.254/latest/meta-data")
    with pytest.raises(ReferenceUnreachable, match="scene 1, shot 2"):
        await rig.cut.open(provider="fal")
    async with rig.runtime.begin() as tx:
        assert await list_runs(tx, rig.cut.studio.user_id) == []
    assert await rig.credits() == FUNDS


async def test_a_large_file_of_ours_goes_by_fals_storage(rig: FalRig, tmp_path: Path) -> None:
    """No cloud reaches this server: what is too large for the request is uploaded, and shown in the film."""
    noise = np.random.default_rng(7).integers(0, 255, (400, 400, 3), np.uint8)
    data = io.BytesIO()
    Image.fromarray(noise).save(data, "PNG")
    assert len(data.getvalue()) > 256 << 10
    url = await rig.cut.store(data.getvalue(), f"{rig.cut.studio.project_id}/noise.png", "image/png")
    await rig.cut.shot(image_url=url)
    run_id, status = await rig.cut.cut(provider="fal", includeAudio=False)
    assert status == "succeeded"
    assert (await rig.cut.job(run_id)).provider == "fal_remote"
    with av.open(str(await rig.cut.film(run_id, tmp_path / "film.mp4"))) as film:
        shown = next(film.decode(video=0)).to_ndarray(format="gray")
    assert shown.std() > 30  # noise, not the even grey of what the fake could not have


async def test_one_silent_clip_is_the_film(rig: FalRig, tmp_path: Path) -> None:
    """As the original does: there is nothing to render, so nothing is sent and nothing paid."""
    await rig.cut.shot(video_url=await rig.cut.clip(10, 24))
    run_id, status = await rig.cut.cut(provider="fal", includeAudio=False)
    job = await rig.cut.job(run_id)
    assert (status, job.provider, job.fallback_used) == ("succeeded", "fal_remote", False)
    assert (await rig.paid(), await rig.credits(), await rig.holds(run_id)) == (
        [],
        FUNDS,
        [("film", "released", None)],
    )
    assert probe(await rig.cut.film(run_id, tmp_path / "film.mp4")).frames == 24


PLACES = ("before_send", "after_send", "after_ack", "before_record", "after_store", "before_film_delivery")


@pytest.mark.parametrize("place", PLACES)
async def test_a_cut_interrupted_anywhere_pays_once(rig: FalRig, place: str) -> None:
    """Interrupted there and resumed: at most one render is sent, and what is charged is what was delivered."""
    if place == "before_send":  # nobody can know that it never left
        await rig.fakes.script(Behaviour(on="list", status=403, times=0))
    await rig.cut.shot(video_url=await rig.cut.clip(10, 24))
    await rig.cut.shot(video_url=await rig.cut.clip(20, 24))
    run_id = await rig.cut.opened(provider="fal", includeAudio=False)
    async with armed(f"{place}@1=raise"):
        status, interruptions = await run_until_ended(rig.runtime, run_id)
    assert (status, interruptions) == ("succeeded", 1)
    job = await rig.cut.job(run_id)
    sent, charged = len(await rig.paid()), FUNDS - await rig.credits()
    by_fal = job.provider == "fal_remote"
    assert (sent, charged, job.fallback_used) == ((1, PRICE, False) if by_fal else (sent, 0, True))
    assert sent <= 1
    assert by_fal == (place != "before_send"), job.provider_payload


async def test_a_fallback_is_not_forgotten(rig: FalRig) -> None:
    """Killed while this machine makes what fal could not: resumed here, and fal is not asked once more."""
    await rig.fakes.script(Behaviour(outcome="failure"))
    await rig.cut.shot(video_url=await rig.cut.clip(10, 24))
    await rig.cut.shot(video_url=await rig.cut.clip(20, 24))
    run_id = await rig.cut.opened(provider="fal", includeAudio=False)
    async with armed("after_fallback@1=raise"):
        assert await run_until_ended(rig.runtime, run_id) == ("succeeded", 1)
    job = await rig.cut.job(run_id)
    assert (job.provider, job.provider_payload["fallbackReason"]) == ("local_ffmpeg", "provider_failed")
    assert (len(await rig.paid()), await rig.credits()) == (1, FUNDS)


async def start_and_cancel(rig: FalRig, behaviour: Behaviour) -> uuid.UUID:
    """A cut that speaks, canceled while fal works on it."""
    await rig.fakes.script(behaviour)
    await rig.cut.shot(video_url=await rig.cut.clip(10, 48), audio_url=await rig.cut.voice(0.5), dialogue="One.")
    run_id = await rig.cut.opened(provider="fal")
    playing = asyncio.create_task(run_once(rig.runtime, run_id))
    await rig.fakes.wait_submit(match="ffmpeg-api")
    async with asyncio.timeout(60):
        async for _ in looks():
            if (await rig.jobs(run_id)) == ["accepted"]:
                break
        await cancel(rig.runtime, run_id, rig.cut.studio.user_id)
        await rig.runtime.providers.cancel(run_id)
        rig.runtime.leases.cancel(run_id)
        assert await playing == "canceled"
    job = await rig.cut.job(run_id)
    assert (job.status, job.error, job.output_url) == ("failed", "Canceled", None)
    return run_id


async def test_a_cancel_reaches_fal(rig: FalRig) -> None:
    """A render that still waits in the queue is stopped there, and nothing is paid."""
    run_id = await start_and_cancel(rig, Behaviour(places=3, place_seconds=60))
    for _, call in list(rig.runtime.providers.in_flight.values()):
        await call.wait()  # on a slow machine the run's end comes before fal's answer
    assert await rig.jobs(run_id) == ["canceled"]
    assert (await rig.credits(), await rig.holds(run_id)) == (FUNDS, [("film", "released", None)])


async def test_a_film_that_comes_after_the_cancel_is_kept_and_paid(rig: FalRig, tmp_path: Path) -> None:
    """A film that fal did not stop is delivered late, whole, with sound and captions, and paid once.

    It lies among the project's files. A retry of the run finds it, and pays nothing more.
    """
    run_id = await start_and_cancel(rig, Behaviour(hold="result", cancel="refused"))
    assert await rig.holds(run_id) == [("film", "held", None)]
    assert await rig.credits() == FUNDS - PRICE
    await rig.fakes.release()
    async with asyncio.timeout(60):
        while (await rig.holds(run_id))[0][1] == "held":
            await recover(rig.runtime)
            async with rig.runtime.begin() as tx:
                await tx.execute(text("update wzrd.provider_jobs set checked_at = null"))
    assert (await rig.credits(), await rig.holds(run_id)) == (FUNDS - PRICE, [("film", "committed", PRICE)])
    async with rig.runtime.begin() as tx:
        query = text("select file_url, storage_path from public.final_project_assets where project_id = :id")
        ((url, path),) = (await tx.execute(query, {"id": rig.cut.studio.project_id})).all()
        run = await find_run(tx, run_id)
    assert run is not None
    assert (run.status, (run.result or {})["outputUrl"]) == ("canceled", url)
    async with rig.runtime.storage.local("final-exports", path) as film:
        assert probe(film).audio
        assert [words for _, words in captions_of(film)] == ["One."]
    await reopen(rig.runtime, run_id, user_id=rig.cut.studio.user_id)
    assert await run_once(rig.runtime, run_id) == "succeeded"
    assert (await rig.cut.job(run_id)).output_url == url
    assert (len(await rig.paid()), await rig.credits()) == (1, FUNDS - PRICE)


@pytest.mark.parametrize("place", ["before_store", "before_film_delivery"])
async def test_a_picture_that_was_there_when_the_cancel_came_is_a_film_and_paid(rig: FalRig, place: str) -> None:
    """The worker died between fal's picture and the film, then a cancel: delivered whole, and charged once."""
    await rig.cut.shot(video_url=await rig.cut.clip(10, 48), audio_url=await rig.cut.voice(0.5), dialogue="One.")
    run_id = await rig.cut.opened(provider="fal")
    async with armed("before_film=raise"):
        with pytest.raises(Interrupted):
            await run_once(rig.runtime, run_id)
    async with armed(f"{place}=raise"):
        with pytest.raises(Interrupted):
            await run_once(rig.runtime, run_id)
    assert await rig.jobs(run_id) == ["succeeded"]
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set lease_until = now() where id = :id"), {"id": run_id})
    await cancel(rig.runtime, run_id, rig.cut.studio.user_id)
    assert (await rig.credits(), await rig.holds(run_id)) == (FUNDS - PRICE, [("film", "held", None)])
    await recover(rig.runtime)
    assert (await rig.credits(), await rig.holds(run_id)) == (FUNDS - PRICE, [("film", "committed", PRICE)])
    async with rig.runtime.begin() as tx:
        run = await find_run(tx, run_id)
    assert run is not None
    assert (run.status, (run.result or {})["outputUrl"].endswith(".mp4")) == ("canceled", True)


async def test_each_film_that_was_rendered_before_a_retry_is_paid(rig: FalRig) -> None:
    """Canceled with fal's picture made, and retried at once, twice: each render that fal has made is charged once."""
    await rig.cut.shot(video_url=await rig.cut.clip(10, 48))
    await rig.cut.shot(video_url=await rig.cut.clip(20, 48))
    run_id = await rig.cut.opened(provider="fal", includeAudio=False)
    for attempt in (1, 2):
        async with armed("before_film_delivery=raise"):
            with pytest.raises(Interrupted):
                await run_once(rig.runtime, run_id)
        async with rig.runtime.begin() as tx:
            await tx.execute(text("update wzrd.runs set lease_until = now() where id = :id"), {"id": run_id})
        await cancel(rig.runtime, run_id, rig.cut.studio.user_id)
        assert (len(await rig.paid()), await rig.credits()) == (attempt, FUNDS - attempt * PRICE)
        await reopen(rig.runtime, run_id, user_id=rig.cut.studio.user_id)
    assert await run_once(rig.runtime, run_id) == "succeeded"
    assert (len(await rig.paid()), await rig.credits()) == (3, FUNDS - 3 * PRICE)
    assert sum(charged or 0 for _, _, charged in await rig.holds(run_id)) == 3 * PRICE


async def test_a_former_film_that_is_a_page_is_not_paid(rig: FalRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process died before it looked, and somebody retried at once: it is looked at then, and costs nothing."""

    async def die(*_: object) -> None:
        raise FaultRaised("before the file is fetched")

    await rig.fakes.script(Behaviour(media="wrong_type"))
    await rig.cut.shot(video_url=await rig.cut.clip(10, 48))
    await rig.cut.shot(video_url=await rig.cut.clip(20, 48))
    run_id = await rig.cut.opened(provider="fal", includeAudio=False)
    with monkeypatch.context() as dying:
        dying.setattr(media, "bring", die)
        with pytest.raises(Interrupted):
            await run_once(rig.runtime, run_id)
    assert await rig.jobs(run_id) == ["succeeded"]
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set lease_until = now() where id = :id"), {"id": run_id})
    await cancel(rig.runtime, run_id, rig.cut.studio.user_id)
    await reopen(rig.runtime, run_id, user_id=rig.cut.studio.user_id)
    assert await run_once(rig.runtime, run_id) == "succeeded"
    assert (await rig.cut.job(run_id)).provider == "local_ffmpeg"
    assert (len(await rig.paid()), await rig.credits()) == (1, FUNDS)


async def test_a_retry_with_more_shots_is_another_render(rig: FalRig, tmp_path: Path) -> None:
    """A clip that was lost is there again: fal renders the whole film, and both films were delivered and paid."""
    late = await rig.cut.clip(30, 36)
    place = rig.runtime.storage.locate(late)
    assert place is not None
    async with rig.runtime.storage.local(*place) as path:
        content = path.read_bytes()
    for shade in (10, 20):
        await rig.cut.shot(video_url=await rig.cut.clip(shade, 24))
    await rig.cut.shot(video_url=late)
    run_id = await rig.cut.opened(provider="fal", includeAudio=False)
    await rig.runtime.storage.delete(*place)
    assert await run_once(rig.runtime, run_id) == "partial"
    assert probe(await rig.cut.film(run_id, tmp_path / "part.mp4")).frames == 48
    await rig.cut.store(content, place[1], "video/mp4")
    await reopen(rig.runtime, run_id, user_id=rig.cut.studio.user_id)
    assert await run_once(rig.runtime, run_id) == "succeeded"
    job = await rig.cut.job(run_id)
    assert (job.status, job.provider, job.fallback_used) == ("completed", "fal_remote", False)
    assert probe(await rig.cut.film(run_id, tmp_path / "whole.mp4")).frames == 84
    assert (len(await rig.paid()), await rig.credits()) == (2, FUNDS - 2 * PRICE)
    assert [status for _, status, _ in await rig.holds(run_id)] == ["committed", "committed"]


async def test_a_picture_of_another_size_is_fitted(rig: FalRig, tmp_path: Path) -> None:
    """Compose takes no size: what comes back otherwise is fitted into the frame that was asked for, at our rate."""
    await rig.cut.shot(image_url=await rig.cut.still(60))
    run_id, status = await rig.cut.cut(provider="fal", resolution="320x240", includeAudio=False)
    assert status == "succeeded"
    facts = probe(await rig.cut.film(run_id, tmp_path / "film.mp4"))
    assert (facts.width, facts.height, facts.frames, facts.fps) == (320, 240, 120, 24)
    assert (await rig.cut.job(run_id)).provider_payload["rendered"] == {"width": 320, "height": 240, "fps": 24}


@pytest.mark.parametrize("media", ["good", "page"])
async def test_repeated_steps_render_once(rig: FalRig, media: Any) -> None:
    """The whole body three times at once under one lease: one render, one charge or none, one film."""
    await rig.fakes.script(Behaviour(media=media))
    await rig.cut.shot(video_url=await rig.cut.clip(10, 24))
    await rig.cut.shot(image_url=await rig.cut.still(20))
    run_id = await rig.cut.opened(provider="fal")

    async def thrice(lease: Lease) -> Outcome:
        return (await asyncio.gather(*(work(lease) for _ in range(3))))[0]

    assert await run_once(rig.runtime, run_id, work=thrice) == "succeeded"
    assert len(await rig.paid()) == 1
    charged = PRICE if media == "good" else 0
    assert await rig.credits() == FUNDS - charged
    async with rig.runtime.begin() as tx:
        count = text("select count(*) from public.final_project_assets where project_id = :id")
        assert await tx.scalar(count, {"id": rig.cut.studio.project_id}) == 1


async def test_a_key_that_went_away(rig: FalRig) -> None:
    """Asked for while fal could be asked, run when it no longer can: made here with the reason, and given back."""
    await rig.cut.shot(video_url=await rig.cut.clip(10, 24))
    run_id = await rig.cut.opened(provider="fal")
    rig.runtime.providers.install(Adapters((Animatic(),)))
    assert await run_once(rig.runtime, run_id) == "succeeded"
    job = await rig.cut.job(run_id)
    assert (job.provider, job.fallback_used) == ("local_ffmpeg", True)
    assert job.provider_payload["fallbackReason"] == "no_credentials:fal-ai"
    assert (await rig.paid(), await rig.credits()) == ([], FUNDS)


async def test_silent_clips_are_merged(rig: FalRig, tmp_path: Path) -> None:
    """Without sound and without stills merge-videos is enough."""
    await rig.cut.shot(video_url=await rig.cut.clip(10, 48))
    await rig.cut.shot(video_url=await rig.cut.clip(20, 36))
    run_id, status = await rig.cut.cut(provider="fal", includeAudio=False)
    assert (status, [one.model for one in await rig.paid()]) == ("succeeded", [MERGE])
    facts = probe(await rig.cut.film(run_id, tmp_path / "film.mp4"))
    assert (facts.frames, facts.audio, await rig.credits()) == (84, False, FUNDS - PRICE)
