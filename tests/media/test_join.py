"""A film is its clips, frame by frame and bit by bit; sound and words are where they belong."""

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.media.clips import (
    brightness,
    clicks,
    counting_clip,
    ffmpeg,
    hashes,
    heard_by_ffmpeg,
    heard_by_pyav,
    panel,
    start_times,
)
from wzrd.animatic.camera.still_clip import film_still
from wzrd.domain.errors import RunStopped
from wzrd.domain.film import Caption, Frame, house_frame
from wzrd.media.caption_track import spans
from wzrd.media.conform import conform_clip
from wzrd.media.ffmpeg import MediaFailed, ffmpeg_exe
from wzrd.media.join import add_tracks, join
from wzrd.media.probe import probe

FRAME = Frame(64, 48)


@pytest.fixture
def filmed(tmp_path: Path) -> Path:
    """A clip made of a still: 30 frames."""
    film_still(panel(tmp_path / "p.png"), tmp_path / "filmed.mp4", frame=FRAME, frames=30, move="pan_left")
    return tmp_path / "filmed.mp4"


@pytest.fixture
async def conformed(tmp_path: Path) -> Path:
    """A foreign clip, conformed: 17 frames."""
    source = counting_clip(tmp_path / "foreign.mp4", rate="30", frames=21)
    await conform_clip(source, tmp_path / "conformed.mp4", frame=FRAME, frames=17)
    return tmp_path / "conformed.mp4"


async def test_every_frame_is_copied_bit_by_bit(filmed: Path, conformed: Path, tmp_path: Path) -> None:
    """Filmed and conformed clips in any order, one of them twice: all their frames, no other, on the exact grid."""
    order = [filmed, conformed, filmed, conformed, conformed]
    facts = join(order, tmp_path / "film.mp4")
    assert (facts.house, facts.frames) == (True, 30 + 17 + 30 + 17 + 17)
    assert facts.seconds == 111 / 24
    assert hashes(tmp_path / "film.mp4") == [one for path in order for one in hashes(path)]
    assert start_times(tmp_path / "film.mp4") == [float(n) for n in range(111)]


def test_200_clips(tmp_path: Path) -> None:
    """A long film of short shots: its length is the sum of theirs to the frame."""
    still = panel(tmp_path / "p.png")
    lengths = [1, 2, 3, 5, 49]
    for length in lengths:
        film_still(still, tmp_path / f"{length}.mp4", frame=FRAME, frames=length, move="handheld")
    order = [tmp_path / f"{lengths[n % 5]}.mp4" for n in range(200)]
    facts = join(order, tmp_path / "film.mp4")
    assert facts.frames == 40 * sum(lengths)
    found = start_times(tmp_path / "film.mp4")
    assert found == [float(n) for n in range(facts.frames)]


def test_the_same_clips_give_the_same_film(filmed: Path, tmp_path: Path) -> None:
    """Byte for byte, with everything that belongs to it; and it plays before it is loaded whole."""
    sound = clicks(tmp_path / "a.m4a", [0.5], seconds=2.5)
    for name in ("a.mp4", "b.mp4"):
        join([filmed, filmed], tmp_path / name, audio=sound, captions=[Caption(0.5, 1, "Hm?")], title="Kettle")
    data = (tmp_path / "a.mp4").read_bytes()
    assert data == (tmp_path / "b.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"Kettle" in data
    assert b"Lavf" not in data


def test_sound_meets_picture_to_the_millisecond(tmp_path: Path) -> None:
    """Clicks and flashes at the same times, through a minute of 60 clips: at the start, the middle and the end."""
    for colour, length in (("black", 47), ("white", 1)):
        Image.new("RGB", (80, 60), colour).save(tmp_path / f"{colour}.png")
        film_still(tmp_path / f"{colour}.png", tmp_path / f"{colour}.mp4", frame=FRAME, frames=length, move="static")
    at = [(48 * n + 47) / 24 for n in range(30)]
    sound = clicks(tmp_path / "a.m4a", at, seconds=60)
    join([tmp_path / "black.mp4", tmp_path / "white.mp4"] * 30, tmp_path / "film.mp4", audio=sound)
    flashes = [n / 24 for n, level in enumerate(brightness(tmp_path / "film.mp4")) if level > 100]
    assert flashes == pytest.approx(at)
    assert heard_by_pyav(tmp_path / "film.mp4") == pytest.approx(flashes, abs=0.001)
    assert heard_by_ffmpeg(tmp_path / "film.mp4") == pytest.approx(flashes, abs=0.001)


@pytest.mark.parametrize("seconds", [0.3, 1.25, 9.0])
def test_sound_never_makes_the_film_longer(seconds: float, filmed: Path, tmp_path: Path) -> None:
    """Too long a mix ends with the picture; too short a one leaves it silent."""
    sound = clicks(tmp_path / "a.m4a", [0.1], seconds=seconds)
    facts = join([filmed], tmp_path / "film.mp4", audio=sound)
    assert (facts.frames, facts.audio) == (30, True)
    said = subprocess.run([ffmpeg_exe(), "-i", str(tmp_path / "film.mp4")], capture_output=True, text=True, check=False)
    assert "Duration: 00:00:01.25, start: 0.000000" in said.stderr
    assert heard_by_pyav(tmp_path / "film.mp4") == pytest.approx([0.1], abs=0.001)


def _srt(path: Path) -> str:
    command = [ffmpeg_exe(), "-v", "error", "-i", str(path), "-map", "0:s", "-f", "srt", "-"]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode()


def test_words_of_any_script_come_back(filmed: Path, tmp_path: Path) -> None:
    """CJK, emoji, right to left, markup and line breaks: what goes in comes out, at its time."""
    said = ["你好世界。", "🎬👩‍👩‍👧 go!", "שלום", "two\nlines", "a < b & c"]
    captions = [Caption(0.25 + n, 1.0 + n, text) for n, text in enumerate(said)]
    join([filmed] * 5, tmp_path / "film.mp4", captions=captions)
    blocks = [block.split("\n", 2) for block in _srt(tmp_path / "film.mp4").strip().split("\n\n")]
    assert [block[2] for block in blocks] == said
    assert blocks[0][1] == "00:00:00,250 --> 00:00:01,000"
    assert blocks[4][1] == "00:00:04,250 --> 00:00:05,000"
    assert probe(tmp_path / "film.mp4").frames == 150


def test_captions_keep_within_the_film(filmed: Path, tmp_path: Path) -> None:
    """A caption beyond the end is cut or dropped; empty words and times that make no sense are no captions."""
    captions = [
        Caption(0.5, 9.0, "long"),
        Caption(5.0, 6.0, "late"),
        Caption(0.2, 0.2, "never"),
        Caption(0.1, 0.3, " "),
        Caption(-1.0, 0.1, "early\x00"),
    ]
    facts = join([filmed], tmp_path / "film.mp4", captions=captions)
    assert facts.frames == 30
    assert _srt(tmp_path / "film.mp4") == (
        "1\n00:00:00,000 --> 00:00:00,100\nearly\n\n2\n00:00:00,500 --> 00:00:01,250\nlong\n\n"
    )
    join([filmed], tmp_path / "none.mp4", captions=[Caption(0.1, 0.3, "")])
    assert probe(tmp_path / "none.mp4").house


times = st.floats(-5, 50)


@given(st.lists(st.builds(Caption, times, times, st.text(max_size=8)), max_size=12))
def test_samples_follow_each_other(captions: list[Caption]) -> None:
    """However captions overlap, the track shows one text at a time, all that is said then, in order."""
    found = list(spans(captions, 40_000))
    assert all(0 <= start < stop <= 40_000 for start, stop, _ in found)
    assert all(before[1] <= after[0] for before, after in pairwise(found))


def test_overlapping_words_stand_one_below_the_other() -> None:
    """Two who speak at once are both read."""
    assert list(spans([Caption(0, 2, "A"), Caption(1, 3, "B")], 9000)) == [
        (0, 1000, "A"),
        (1000, 2000, "A\nB"),
        (2000, 3000, "B"),
    ]


@pytest.mark.parametrize("ratio", ["9:16", "2.39:1"])
async def test_films_of_any_shape(ratio: str, tmp_path: Path) -> None:
    """Portrait and scope, filmed and conformed together."""
    frame = house_frame(ratio)
    film_still(panel(tmp_path / "p.png"), tmp_path / "a.mp4", frame=frame, frames=3, move="static")
    await conform_clip(counting_clip(tmp_path / "f.mp4", frames=3), tmp_path / "b.mp4", frame=frame)
    facts = join([tmp_path / "a.mp4", tmp_path / "b.mp4"], tmp_path / "film.mp4")
    assert (facts.frames, facts.width, facts.height) == (6, frame.width, frame.height)


def _refused(segments: list[Path], words: str, *, audio: Path | None = None) -> None:
    out = segments[0].parent / "out" / "film.mp4"
    with pytest.raises(MediaFailed, match=words) as failed:
        join(segments, out, audio=audio)
    assert str(out.parent.parent) not in failed.value.message
    assert not out.parent.exists() or list(out.parent.iterdir()) == []


def test_segments_of_other_origin_are_refused_by_name(filmed: Path, tmp_path: Path) -> None:
    """Stream copy would play them wrong without a word, so the clip is named, with what is wrong."""
    _refused(
        [filmed, counting_clip(tmp_path / "raw.mp4")], r"clip 2 \(raw\.mp4\) is not in the house format: .*BT\.709"
    )
    film_still(tmp_path / "p.png", tmp_path / "big.mp4", frame=Frame(96, 54), frames=3, move="static")
    _refused([filmed, filmed, tmp_path / "big.mp4"], r"clip 3 \(big\.mp4\) is 96x54, the first clip 64x48")
    ffmpeg("-ss", "0.5", "-i", filmed, "-c", "copy", tmp_path / "trimmed.mp4")
    _refused([tmp_path / "trimmed.mp4", filmed], r"clip 1 \(trimmed\.mp4\)")
    sound = clicks(tmp_path / "a.m4a", [0.1], seconds=1)
    join([filmed], tmp_path / "loud.mp4", audio=sound)
    _refused([filmed, tmp_path / "loud.mp4"], r"clip 2 \(loud\.mp4\).*a sound track")


def test_what_cannot_be_read_is_named(filmed: Path, tmp_path: Path) -> None:
    """A missing, empty or cut-off clip, or sound that is none."""
    _refused([filmed, tmp_path / "absent.mp4"], r"absent\.mp4 does not exist")
    (tmp_path / "cut.mp4").write_bytes(filmed.read_bytes()[:-500])
    _refused([filmed, tmp_path / "cut.mp4"], r"cut\.mp4 is cut off")
    _refused([filmed], r"p\.png is no AAC", audio=tmp_path / "p.png")
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", tmp_path / "tone.wav")
    _refused([filmed], r"tone\.wav is no AAC", audio=tmp_path / "tone.wav")
    with pytest.raises(MediaFailed, match="at least one clip"):
        join([], tmp_path / "film.mp4")


@pytest.mark.parametrize("after", [0, 2, 4])
def test_told_to_stop_it_leaves_nothing(after: int, filmed: Path, tmp_path: Path) -> None:
    """While the clips are looked at, or while they are copied: neither a film nor a part of one stays."""
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > after

    with pytest.raises(RunStopped):
        join([filmed] * 3, tmp_path / "out" / "film.mp4", stop=stop)
    assert len(asked) == after + 1
    assert not list(tmp_path.glob("out/*"))


def test_a_film_is_whole_or_not_there(filmed: Path, tmp_path: Path) -> None:
    """A failed join keeps the older film."""
    out = tmp_path / "film.mp4"
    join([filmed], out)
    older = out.read_bytes()
    with pytest.raises(MediaFailed):
        join([filmed], out, audio=tmp_path / "absent.m4a")
    assert out.read_bytes() == older
    assert not list(tmp_path.glob(".*.part"))


def test_a_picture_of_any_maker_keeps_its_frames(tmp_path: Path) -> None:
    """Other rate, B-frames, a sound of its own: every frame as it was, from 0 on; our sound and words beside it."""
    noise = ("-f", "lavfi", "-i", "sine=d=2", "-c:a", "aac")
    codec = ("-c:v", "libx264", "-bf", "3", "-pix_fmt", "yuv420p")
    source = counting_clip(tmp_path / "silent.mp4", rate="25", frames=50, codec=codec)
    foreign = tmp_path / "foreign.mp4"
    ffmpeg("-i", source, *noise, "-c:v", "copy", foreign)
    sound = clicks(tmp_path / "a.m4a", [0.5], seconds=3)
    film = tmp_path / "film.mp4"
    facts = add_tracks(foreign, film, audio=sound, captions=[Caption(0.5, 9, "Hm?")], title="Kettle")
    assert (facts.frames, facts.fps, facts.seconds) == (50, 25, 2.0)
    assert hashes(film) == hashes(source)
    assert [round(at, 6) for at in start_times(film)] == [round(at, 6) for at in start_times(source)]
    for heard in (heard_by_ffmpeg(film), heard_by_pyav(film)):
        assert [round(at, 2) for at in heard] == [0.5]
    assert add_tracks(foreign, tmp_path / "mute.mp4").audio is False


def test_what_is_no_picture_is_no_film(tmp_path: Path) -> None:
    """Refused in words, and nothing stays behind."""
    (tmp_path / "page.mp4").write_bytes(b"<!doctype html>")
    with pytest.raises(MediaFailed):
        add_tracks(tmp_path / "page.mp4", tmp_path / "film.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.mp4"]
