"""Clips played backwards: every frame, the sound with it, in pieces that fit into memory."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.media.clips import hashes, heard_by_pyav, start_times
from tests.media.edits import clicked, counted, counts, loud, samples
from wzrd.media import pieces
from wzrd.media.clip_output import open_clip
from wzrd.media.limits import MediaRefused
from wzrd.media.pieces import Piece
from wzrd.media.probe import Facts

FRAME = 64 * 48 * 3 // 2


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of counting; its second half is heard."""
    return counted(tmp_path_factory.mktemp("clips") / "heard.mp4", sound=True)


async def backwards(source: Path, out: Path, *, held: int = pieces.MAX_HELD) -> Facts:
    clip = await open_clip(source)
    sound = pieces.reverse_sound(clip) if clip.facts.audio else ""
    return await pieces.write_pieces(clip, pieces.reverse_pieces(clip, held=held), sound, out)


async def boomerang(source: Path, out: Path, loops: int = 1) -> Facts:
    clip = await open_clip(source)
    sound = pieces.boomerang_sound(clip, loops) if clip.facts.audio else ""
    return await pieces.write_pieces(clip, pieces.boomerang_pieces(clip, loops), sound, out)


async def test_backwards_is_the_last_frame_first(heard: Path, tmp_path: Path) -> None:
    """Sound too: what was heard at the end is heard at the beginning."""
    facts = await backwards(heard, tmp_path / "o.mp4")
    assert counts(tmp_path / "o.mp4") == list(reversed(range(24)))
    assert loud(samples(tmp_path / "o.mp4")) == [True, True, False, False]
    assert (facts.audio, facts.frames, facts.fps) == (True, 24, 24)


async def test_it_is_the_same_in_many_pieces(heard: Path, tmp_path: Path) -> None:
    """However little memory there is; on one even grid of frames."""
    await backwards(heard, tmp_path / "one.mp4")
    facts = await backwards(heard, tmp_path / "many.mp4", held=7 * FRAME)
    assert counts(tmp_path / "many.mp4") == counts(tmp_path / "one.mp4")
    assert start_times(tmp_path / "many.mp4") == [float(n) for n in range(24)]
    assert (facts.frames, facts.hidden, facts.seconds) == (24, 0, 1.0)


async def test_a_click_stays_at_its_frame(tmp_path: Path) -> None:
    """Backwards it is heard at the mirrored moment."""
    source = clicked(tmp_path / "a.mp4", "-itsoffset", "0.25")  # heard at a quarter of the picture
    await backwards(source, tmp_path / "o.mp4", held=9 * FRAME)
    assert heard_by_pyav(tmp_path / "o.mp4") == pytest.approx([0.75], abs=0.012)


async def test_a_boomerang_turns_without_standing_still(heard: Path, tmp_path: Path) -> None:
    """No frame comes twice where it turns, nor where it begins again."""
    once = [*range(24), *range(22, 0, -1)]
    for loops in (1, 2):
        facts = await boomerang(heard, tmp_path / "o.mp4", loops)
        assert counts(tmp_path / "o.mp4") == once * loops
        assert facts.frames == 46 * loops
        sound = samples(tmp_path / "o.mp4")
        assert len(sound) / 48_000 == pytest.approx(46 / 24 * loops, abs=0.06)
    assert loud(sound, 8) == [False, True, True, False] * 2


@pytest.mark.parametrize("frames", [1, 2, 3])
async def test_the_shortest_clips_are_clips(frames: int, tmp_path: Path) -> None:
    """Of one, two or three frames, with sound and without."""
    source = counted(tmp_path / "a.mp4", frames=frames, sound=frames != 2)
    await backwards(source, tmp_path / "b.mp4")
    assert counts(tmp_path / "b.mp4") == list(range(frames))[::-1]
    await boomerang(source, tmp_path / "c.mp4", 2)
    assert counts(tmp_path / "c.mp4") == [*range(frames), *range(frames - 2, 0, -1)] * 2


async def test_other_paces_keep_their_grid(tmp_path: Path) -> None:
    """Of 29.97 frames a second, in three pieces."""
    source = counted(tmp_path / "a.mp4", frames=12, rate="30000/1001")
    facts = await backwards(source, tmp_path / "o.mp4", held=5 * FRAME)
    assert (facts.frames, round(float(facts.fps), 2)) == (12, 29.97)
    assert counts(tmp_path / "o.mp4") == list(range(12))[::-1]


async def test_pieces_fit_into_memory(heard: Path) -> None:
    """The last frames first, none twice, none left out; at least one at a time."""
    clip = await open_clip(heard)
    assert pieces.reversed_pieces(clip, 2, 10, held=4 * FRAME) == [
        Piece(10, 2, backwards=True),
        Piece(6, 4, backwards=True),
        Piece(2, 4, backwards=True),
    ]
    assert len(pieces.reverse_pieces(clip, held=1)) == 24
    assert pieces.reversed_pieces(clip, 0, 0) == []


async def test_a_boomerang_has_the_length_of_a_clip(heard: Path) -> None:
    """Ten minutes at most, however often it turns."""
    clip = await open_clip(heard)
    long = replace(clip, facts=replace(clip.facts, seconds=400.0, frames=9600))
    with pytest.raises(MediaRefused, match="the boomerang lasts 800 seconds"):
        pieces.boomerang_pieces(long, 1)


async def test_equal_clips_give_equal_bytes(heard: Path, tmp_path: Path) -> None:
    """A cache may go by content."""
    for name in ("a.mp4", "b.mp4"):
        await backwards(heard, tmp_path / name, held=9 * FRAME)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert len(set(hashes(tmp_path / "a.mp4"))) > 12
