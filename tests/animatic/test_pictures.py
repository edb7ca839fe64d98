"""Animatic mode's hands: what they draw and film, how they are stopped, what they say when something is missing."""

import asyncio
import uuid
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.media.clips import panel
from wzrd.animatic.panels.brief.panel_reading import read_panel
from wzrd.animatic.provider import Animatic
from wzrd.domain.errors import ProviderFailed
from wzrd.domain.film import Frame
from wzrd.domain.shots import SceneBrief, ShotIdea
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.probe import probe
from wzrd.providers.base import Accepted, Output, Progress, Request

SMALL = Frame(128, 72)
SCENE = SceneBrief(1, "The lamp room", "MARA wipes the lens.", "INT. LIGHTHOUSE - NIGHT")
BRIEF = read_panel(SCENE, ShotIdea("MARA wipes the great lens."), shot_number=1)


@dataclass(slots=True)
class Heard:
    """Outcome of a request."""

    accepted: int
    fractions: list[float]
    output: Output


async def ask(media: str, **inputs: Any) -> Heard:
    pieces = [piece async for piece in Animatic().stream(Request("animatic", media, inputs))]
    fractions = [piece.fraction or 0.0 for piece in pieces if isinstance(piece, Progress)]
    assert isinstance(pieces[-1], Output)
    return Heard(sum(isinstance(piece, Accepted) for piece in pieces), fractions, pieces[-1])


async def test_a_panel_lies_where_it_was_told_to(tmp_path: Path) -> None:
    """A PNG with its slate, for nothing; the same brief gives the same bytes."""
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    heard = await ask("image", panel=BRIEF, frame=SMALL, path=first)
    await ask("image", panel=BRIEF, frame=SMALL, path=second)
    assert (heard.accepted, heard.output.media, heard.output.cost_usd) == (1, (first.as_uri(),), 0.0)
    assert first.read_bytes() == second.read_bytes()
    with Image.open(first) as image:
        assert image.width >= SMALL.width
        assert 0 < int(image.info["wzrd:slate"]) < image.height


async def test_a_clip_has_its_frames_and_says_how_far_it_is(tmp_path: Path) -> None:
    """Progress rises to 1; the file is in the house format and as long as was asked; nothing else lies beside it."""
    still, path = panel(tmp_path / "still.png", size=(160, 90), slate=12), tmp_path / "out" / "clip.mp4"
    heard = await ask("video", still=still, frame=SMALL, frames=30, move="dolly_in", path=path)
    assert heard.fractions == sorted(heard.fractions)
    assert (len(heard.fractions), heard.fractions[-1]) == (30, 1.0)
    facts = probe(path)
    assert (facts.frames, facts.house, facts.width, facts.height) == (30, True, 128, 72)
    assert (heard.output.media, heard.output.raw["frames"]) == ((path.as_uri(),), 30)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("how", ["cancel", "close"])
async def test_a_stopped_filming_leaves_nothing_and_no_thread(tmp_path: Path, how: str) -> None:
    """A filming whose caller is cancelled or goes away stops within a frame's time, and its folder is empty."""
    still, path = panel(tmp_path / "still.png"), tmp_path / "out" / "clip.mp4"
    inputs = {"still": still, "frame": Frame(1280, 720), "frames": 24 * 60, "move": "dolly_in", "path": path}
    filming = asyncio.Event()

    async def listen() -> None:
        async with aclosing(Animatic().stream(Request("animatic", "video", inputs))) as pieces:
            async for piece in pieces:
                if isinstance(piece, Progress):
                    filming.set()
                    if how == "close":
                        return

    task = asyncio.create_task(listen())
    await filming.wait()
    if how == "cancel":
        task.cancel()
    async with asyncio.timeout(60):
        await asyncio.wait([task])
    assert task.cancelled() == (how == "cancel")
    assert list(path.parent.iterdir()) == []


async def test_a_still_that_is_none_is_told(tmp_path: Path) -> None:
    """The tool's own error, and no file."""
    still = tmp_path / "still.png"
    still.write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    with pytest.raises(MediaFailed):
        await ask("video", still=still, frame=SMALL, frames=5, move="static", path=tmp_path / "clip.mp4")
    with pytest.raises(MediaFailed):
        await ask("video", still=tmp_path / "no.png", frame=SMALL, frames=5, move="static", path=tmp_path / "c.mp4")
    assert [file.name for file in tmp_path.iterdir()] == ["still.png"]


IMAGE: dict[str, Any] = {"panel": BRIEF, "frame": SMALL, "path": Path("x.png")}
VIDEO: dict[str, Any] = {"still": Path("x.png"), "frame": SMALL, "frames": 5, "move": "static", "path": Path("x.mp4")}


@pytest.mark.parametrize(
    ("media", "missing"), [*(("image", name) for name in IMAGE), *(("video", name) for name in VIDEO)]
)
async def test_a_missing_or_wrong_input_is_named(media: str, missing: str) -> None:
    """It is no general model and does not pretend to be one."""
    inputs = IMAGE if media == "image" else VIDEO
    for wrong in ({name: value for name, value in inputs.items() if name != missing}, {**inputs, missing: object()}):
        with pytest.raises(ProviderFailed, match=f"cannot make this {media}: `{missing}` is missing"):
            await ask(media, **wrong)


@pytest.mark.parametrize("media", ["3d", "json", ""])
async def test_it_says_what_it_makes(media: str) -> None:
    """And makes nothing else."""
    with pytest.raises(ProviderFailed, match="text, images, videos and sounds"):
        await ask(media, prompt=str(uuid.uuid4()))


def test_it_is_free() -> None:
    """Nobody is charged for it, and no submit of it is recorded."""
    assert (Animatic().paid, Animatic().name) == (False, "animatic")
