"""Facts of a file, told truly or refused: nothing hostile crashes, nothing leads elsewhere."""

import contextlib
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.media.clips import clicks, counting_clip, ffmpeg, panel
from wzrd.animatic.camera.still_clip import film_still
from wzrd.domain.film import Frame
from wzrd.media.conform import conform_clip
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.probe import probe

SMALL = Frame(64, 48)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A house clip of 30 frames."""
    film_still(panel(tmp_path / "p.png"), tmp_path / "house.mp4", frame=SMALL, frames=30, move="pan_left")
    return tmp_path / "house.mp4"


def test_a_house_clip(house: Path) -> None:
    """Length by its frames, exactly."""
    facts = probe(house)
    assert (facts.width, facts.height, facts.frames, facts.fps, facts.seconds) == (64, 48, 30, Fraction(24), 1.25)
    assert (facts.codec, facts.pix_fmt, facts.audio, facts.house, facts.still) == (
        "h264",
        "yuv420p",
        False,
        True,
        False,
    )


FOREIGN: dict[str, tuple[str, tuple[str, ...]]] = {
    "15 frames": ("15 frames a second", ("-r", "15")),
    "ntsc": ("59.9401 frames a second", ("-r", "60000/1001")),
    "hevc": ("hevc, not h264", ("-c:v", "libx265", "-x265-params", "log-level=none")),
    "444": ("yuv444p", ("-pix_fmt", "yuv444p")),
    "clock": ("time base 1/90000", ("-video_track_timescale", "90000")),
    "untagged": ("BT.709", ()),
    "anamorphic": ("pixels of 4/3", ("-vf", "setsar=4/3")),
    "one keyframe": ("between keyframes", ("-r", "24", "-g", "250", "-frames:v", "60")),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_house_is_named(name: str, tmp_path: Path) -> None:
    """Each way of being foreign is noticed and told in words."""
    words, how = FOREIGN[name]
    facts = probe(counting_clip(tmp_path / "a.mp4", *how, frames=60))
    assert not facts.house
    assert any(words in fault for fault in facts.faults), facts.faults


def test_other_encoder_settings_are_noticed_at_last(house: Path, tmp_path: Path) -> None:
    """All else as in the house, but other parameter sets: it could not be joined, so it is not house."""
    tags = ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv")
    settings_ = ("-c:v", "libx264", "-crf", "30", "-preset", "medium", "-g", "48", "-refs", "4", "-bf", "2")
    ffmpeg("-i", house, *settings_, *tags, "-video_track_timescale", "12288", tmp_path / "other.mp4")
    assert probe(tmp_path / "other.mp4").faults == ("other encoder settings",)


def test_a_sound_track_is_no_house_clip(house: Path, tmp_path: Path) -> None:
    """Sound inside a segment would move its picture."""
    sound = clicks(tmp_path / "a.m4a", [0.5], seconds=1)
    ffmpeg("-i", house, "-i", sound, "-c", "copy", tmp_path / "both.mp4")
    facts = probe(tmp_path / "both.mp4")
    assert facts.audio
    assert "a sound track" in facts.faults


def test_frames_hidden_by_an_edit_list_do_not_count(house: Path, tmp_path: Path) -> None:
    """A clip that was trimmed without encoding shows fewer frames than it holds."""
    ffmpeg("-ss", "0.5", "-i", house, "-c", "copy", tmp_path / "trimmed.mp4")
    facts = probe(tmp_path / "trimmed.mp4")
    assert facts.frames == 18
    assert not facts.house


def test_a_rotated_clip_is_as_wide_as_it_is_shown(house: Path, tmp_path: Path) -> None:
    """A phone held upright: the sides are swapped, and it must be encoded before it is joined."""
    ffmpeg("-display_rotation", "90", "-i", house, "-c", "copy", tmp_path / "turned.mp4")
    facts = probe(tmp_path / "turned.mp4")
    assert (facts.width, facts.height, facts.rotated, facts.house) == (48, 64, True, False)


@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "bmp", "gif"])
def test_a_still_is_media_of_one_frame(kind: str, tmp_path: Path) -> None:
    """Pictures may stand where clips are expected; they are told apart."""
    Image.new("RGB", (33, 21), "teal").save(tmp_path / f"a.{kind}")
    facts = probe(tmp_path / f"a.{kind}")
    assert (facts.width, facts.height, facts.frames, facts.still, facts.house) == (33, 21, 1, True, False)


def test_sound_alone(tmp_path: Path) -> None:
    """Sound has a length and no picture; a song's cover is no picture."""
    sound = clicks(tmp_path / "a.m4a", [0.5], seconds=1.5)
    facts = probe(sound)
    assert (facts.frames, facts.width, facts.audio, facts.codec) == (0, 0, True, "aac")
    assert facts.seconds == pytest.approx(1.5, abs=0.001)
    cover = panel(tmp_path / "cover.png")
    ffmpeg("-i", sound, "-i", cover, "-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0", "attached_pic",
           tmp_path / "song.m4a")  # fmt: skip
    assert (probe(tmp_path / "song.m4a").frames, probe(tmp_path / "song.m4a").audio) == (0, True)


def test_other_containers(tmp_path: Path) -> None:
    """WebM and Matroska carry no frame count: the packets are counted."""
    counting_clip(tmp_path / "a.webm", codec=("-c:v", "libvpx-vp9", "-b:v", "100k"), frames=10)
    counting_clip(tmp_path / "b.mkv", frames=11)
    assert [(probe(tmp_path / name).codec, probe(tmp_path / name).frames) for name in ("a.webm", "b.mkv")] == [
        ("vp9", 10),
        ("h264", 11),
    ]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 0.99])
def test_a_clip_that_is_cut_off(share: float, house: Path) -> None:
    """A download that stopped anywhere, even in the last frame, is refused: it would play and then freeze."""
    data = house.read_bytes()
    house.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(MediaFailed, match=r"house\.mp4"):
        probe(house)


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{target}'\n",
    "subtitles": "1\n00:00:01,000 --> 00:00:02,000\nHello\n",
    "dash": "<?xml version='1.0'?><MPD><Period><BaseURL>{target}</BaseURL></Period></MPD>",
    "text": "INT. KITCHEN - DAY\n\nA kettle.\n",
    "svg": "<svg xmlns='http://www.w3.org/2000/svg'><image href='{target}'/></svg>",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("name", ["clip.mp4", "clip.m3u8", "clip.txt", "clip%03d.png"])
def test_a_playlist_opens_no_other_file(kind: str, name: str, house: Path) -> None:
    """A file that points at another (or at an address inside the network) is no media here, whatever it is called."""
    path = house.with_name(name)
    path.write_text(PLAYLISTS[kind].format(target=house))
    with pytest.raises(MediaFailed):
        probe(path)


@pytest.mark.parametrize("what", ["empty", "folder", "absent"])
def test_what_is_no_file(what: str, tmp_path: Path) -> None:
    """An empty file, a folder and nothing at all are told without the folders of this machine."""
    if what == "empty":
        (tmp_path / "clip.mp4").touch()
    elif what == "folder":
        (tmp_path / "clip.mp4").mkdir()
    with pytest.raises(MediaFailed, match=r"clip\.mp4") as failed:
        probe(tmp_path / "clip.mp4")
    assert str(tmp_path) not in failed.value.message
    assert not failed.value.retryable


def test_a_picture_that_nothing_here_decodes_is_refused(house: Path) -> None:
    """A codec that nobody knows is told in words: there is nothing to see."""
    house.write_bytes(house.read_bytes().replace(b"avc1", b"zzzz"))
    with pytest.raises(MediaFailed, match="neither picture nor sound"):
        probe(house)


def test_a_sound_that_nothing_here_decodes_is_no_sound(house: Path, tmp_path: Path) -> None:
    """A clip whose sound has an unknown codec is a clip without sound."""
    both = tmp_path / "both.mp4"
    ffmpeg("-i", house, "-f", "lavfi", "-i", "sine=d=1", "-c:v", "copy", "-c:a", "aac", both)
    assert (probe(both).frames, probe(both).audio) == (30, True)
    both.write_bytes(both.read_bytes().replace(b"mp4a", b"zzzz").replace(b"esds", b"free"))
    assert (probe(both).frames, probe(both).audio) == (30, False)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.floats(0, 1), junk=st.binary(min_size=1, max_size=40))
def test_damage_anywhere_never_crashes(place: float, junk: bytes, house: Path) -> None:
    """Overwritten bytes give facts or MediaFailed, nothing else."""
    whole = house.with_name("whole")
    if not whole.exists():
        whole.write_bytes(house.read_bytes())
    data = bytearray(whole.read_bytes())
    at = int(place * (len(data) - len(junk)))
    data[at : at + len(junk)] = junk
    house.write_bytes(data)
    with contextlib.suppress(MediaFailed):
        assert probe(house).frames >= 0


@pytest.mark.parametrize("name", ["p.jpg", "p.jpeg", "p.png", "p.webp", "p.avif", "p.bmp", "p.tiff", "p"])
async def test_a_picture_by_any_name(tmp_path: Path, name: str) -> None:
    """A name leads nobody astray: `.jpg` is no numbered series, and a PNG's name may stand on a JPEG."""
    noise = Image.effect_noise((256, 192), 80).convert("RGB")  # longer than what is looked at to tell its kind
    path = tmp_path / name
    noise.save(path, None if "." in name else "JPEG")
    assert (probe(path).width, probe(path).height, probe(path).frames) == (256, 192, 1)
    made = await conform_clip(path, tmp_path / "house.mp4", frame=SMALL, frames=3)
    assert (made.house, made.frames) == (True, 3)
    path.rename(tmp_path / "renamed.png")
    assert probe(tmp_path / "renamed.png").frames == 1
