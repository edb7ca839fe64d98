"""A film in a format of its own: sources of any rate and size, exact to the frame."""

import json
from collections.abc import AsyncGenerator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.media.clips import ffmpeg, lumas
from tests.playing import run_once
from tests.tasks.cut_project import CutRig, cut_rig
from tests.tasks.test_director_cut import cuts_of, onset, sound_of
from wzrd.db.export_jobs import read_cut
from wzrd.domain.film import Frame
from wzrd.film.cut_list import cut_from_json, cut_to_json, fingerprint
from wzrd.media.probe import opened, probe
from wzrd.media.pyav import demux
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")
H264 = ("-c:v", "libx264", "-preset", "ultrafast")
MIXED: tuple[tuple[str, int, str, tuple[str, ...]], ...] = (
    ("24 a second", 40, "640x360:r=24", ("-frames:v", "24")),
    ("30 a second", 200, "640x360:r=30", ("-frames:v", "60")),
    ("varying", 90, "640x360:r=30:d=1", ("-vf", "select='not(eq(mod(n,3),1))'", "-fps_mode", "vfr")),
    ("4K", 160, "3840x2160:r=25", ("-frames:v", "25")),
    ("portrait", 50, "1080x1920:r=50", ("-frames:v", "50")),
    ("full range", 230, "640x360:r=60", ("-vf", "setparams=range=pc:colorspace=bt709", "-frames:v", "60")),
)
"""Name, brightness, size and rate, and how it is made: a second of each, two of the second."""


@pytest.fixture
async def rig(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[CutRig]:
    """A project of two scenes without shots."""
    async with cut_rig(runtime, tmp_path / "home", scenes=2) as made:
        yield made


async def source(rig: CutRig, folder: Path, name: str, luma: int, size: str, how: tuple[str, ...]) -> str:
    """A foreign clip of one brightness in the store."""
    path, picture = folder / f"{luma}.mp4", f"nullsrc=s={size},geq=lum={luma}:cb=128:cr=128,format=yuv420p"
    ffmpeg("-f", "lavfi", "-i", picture, *how, *H264, path)
    return await rig.store(path.read_bytes(), f"{rig.studio.project_id}/{name}.mp4", "video/mp4")


async def test_a_film_of_mixed_sources_is_exact_to_the_frame(rig: CutRig, tmp_path: Path) -> None:
    """1080p at 25 a second, of 24, 30, varying, 4K, portrait and full range: frames, grid, colours, sound."""
    for name, luma, size, how in MIXED:
        url = await source(rig, tmp_path, name, luma, size, how)
        voice = await rig.voice(0.3, 440) if name == "4K" else None
        await rig.shot(video_url=url, audio_url=voice)
    run_id, status = await rig.cut(resolution="1080p", fps=25, loudness=-23)
    assert status == "succeeded"
    film = await rig.film(run_id, tmp_path / "film.mp4")
    begins = [25, 75, 100, 130, 155]  # the fourth holds its last picture for its voice: 0.35 + 0.3 + 0.55 seconds
    facts = probe(film)
    assert (facts.width, facts.height, facts.fps, facts.frames) == (1920, 1080, 25, 180)
    with opened(film) as container:
        stream = container.streams.video[0]
        times = sorted((packet.pts or 0) * packet.time_base for packet in demux(container, stream))
        codec = stream.codec_context
        assert (codec.color_primaries, codec.color_trc, codec.colorspace, codec.color_range) == (1, 1, 1, 1)
    assert times == [Fraction(number, 25) for number in range(180)]
    assert cuts_of(film) == begins
    assert abs(onset(sound_of(film), 440) - (begins[2] / 25 + 0.35)) <= 0.5 / 25
    seen = [int(luma[540, 960]) for luma in lumas(film)][::5]
    assert abs(seen[-1] - (16 + 230 * 219 / 255)) <= 2, "full range is mapped"
    assert abs(seen[10] - 200) <= 2
    assert int(lumas(film)[140][540, 100]) <= 18, "a portrait stands between bars"
    job = await rig.job(run_id)
    assert job.provider_payload["rendered"] == {"width": 1920, "height": 1080, "fps": 25}


async def test_a_film_in_hevc_is_the_same_film(rig: CutRig, tmp_path: Path) -> None:
    """Its pictures, their times, its sound and captions; another run than that of the film in H.264."""
    for luma in (40, 200):
        url = await source(rig, tmp_path, f"grey {luma}", luma, "320x180:r=25", ("-frames:v", "25"))
        await rig.shot(video_url=url, audio_url=await rig.voice(0.3, 440) if luma == 200 else None)
    films: dict[str, Path] = {}
    for codec in ("h264", "hevc"):
        run_id, status = await rig.cut(resolution="320x180", fps=25, codec=codec)
        assert status == "succeeded"
        films[codec] = await rig.film(run_id, tmp_path / f"{codec}.mp4")
    assert [probe(film).codec for film in films.values()] == ["h264", "hevc"]
    times, looks = list[list[Fraction]](), list[list[float]]()
    for film in films.values():
        with opened(film) as container:
            stream = container.streams.video[0]
            times.append(sorted((packet.pts or 0) * packet.time_base for packet in demux(container, stream)))
            assert stream.codec_context.codec_tag in {"avc1", "hvc1"}
            assert stream.codec_context.colorspace == 1
        looks.append([float(picture.mean()) for picture in lumas(film)])
    assert times[0] == times[1]
    assert max(abs(one - other) for one, other in zip(*looks, strict=True)) < 3
    assert abs(onset(sound_of(films["h264"]), 440) - onset(sound_of(films["hevc"]), 440)) < 0.001


@pytest.mark.parametrize(
    ("clips", "frame"),
    [
        ([(20, 720), (12, 1080)], (1280, 720)),
        ([(20, 1080), (12, 720)], (1920, 1080)),
        ([(12, 720), (12, 1080)], (1920, 1080)),
        ([(12, 144)], (1280, 720)),
        ([], (1280, 720)),
    ],
)
async def test_a_film_has_the_size_of_most_of_its_clips(
    rig: CutRig, clips: list[tuple[int, int]], frame: tuple[int, int]
) -> None:
    """By seconds; of two equal ones the larger, never below the house's; stills do not count."""
    await rig.shot(image_url=await rig.still(5))
    for number, (frames, lines) in enumerate(clips):
        size = Frame(lines * 16 // 9, lines)
        await rig.shot(video_url=await rig.clip(10 + 50 * number, frames, size))
    job = await rig.job(await rig.opened(resolution=None, includeAudio=False))
    assert job.provider_payload["rendered"] == {"width": frame[0], "height": frame[1], "fps": 24}


async def test_a_run_of_the_version_before_goes_on(rig: CutRig, tmp_path: Path) -> None:
    """Its cut list names no format: a house film, of the same list and fingerprint as one that is begun now."""
    await rig.shot(video_url=await rig.clip(10, 12))
    run_id = await rig.opened(includeAudio=False)
    async with rig.runtime.begin() as tx:
        kept = await read_cut(tx, run_id)
    assert kept is not None
    assert kept["frame"] == {"width": 256, "height": 144}
    assert "delivery" not in json.dumps(kept)
    cut = cut_from_json(kept)
    assert (cut.fps, cut.delivery.loudness) == (24, -16.0)
    assert cut_to_json(cut) == kept
    assert fingerprint(cut) == fingerprint(cut_from_json(json.loads(json.dumps(kept))))
    assert await run_once(rig.runtime, run_id) == "succeeded"
    film = await rig.film(run_id, tmp_path / "film.mp4")
    with av.open(str(film)) as container:
        assert container.streams.video[0].average_rate == 24
    assert np.mean(lumas(film)[0]) > 0
