"""Stills become clips: the house format, smooth moves inside the picture, a slate that stays, nothing left behind."""

import io
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from tests.media.clips import lumas, panel
from wzrd.animatic.camera.moves import ease, view, within
from wzrd.animatic.camera.still_clip import film_still
from wzrd.animatic.camera.stills import read_picture
from wzrd.domain.errors import RunStopped
from wzrd.domain.film import Frame, house_frame
from wzrd.domain.shots import Move
from wzrd.language.shots.set_ups import Crop
from wzrd.media.delivery_format import GOP
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.probe import opened
from wzrd.media.pyav import demux, rows

SMALL = Frame(320, 180)
EVERY_MOVE: tuple[Move, ...] = get_args(Move)
moves = st.sampled_from(EVERY_MOVE)


@pytest.mark.parametrize("move", EVERY_MOVE)
def test_every_move_gives_a_house_clip_of_exactly_that_length(move: Move, tmp_path: Path) -> None:
    """Whatever the camera does, the clip may be joined without being encoded again."""
    out = tmp_path / "clip.mp4"
    facts = film_still(panel(tmp_path / "p.png", slate=20), out, frame=SMALL, frames=20, move=move)
    assert (facts.faults, facts.frames, facts.width, facts.height) == ((), 20, 320, 180)
    first, last = lumas(out)[0].astype(int), lumas(out)[-1].astype(int)
    assert (np.abs(first - last).mean() > 0.5) == (move != "static")


@pytest.mark.parametrize("move", ["pan_left", "handheld", "rack_focus"])
def test_the_same_still_gives_the_same_bytes(move: Move, tmp_path: Path) -> None:
    """A cache may go by content."""
    still = panel(tmp_path / "p.png", slate=20)
    for name in ("a.mp4", "b.mp4"):
        film_still(still, tmp_path / name, frame=SMALL, frames=30, move=move)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@given(moves, st.integers(1, 1500), st.integers(0, 1499), st.integers(0, 65_535))
def test_the_view_never_leaves_the_picture(move: Move, frames: int, frame: int, seed: int) -> None:
    """At no moment of any move of any length is there a border to be seen."""
    left, top, right, bottom = view(move, frame % frames, frames, seed).box
    assert 0 <= left < right <= 1 + 1e-9
    assert 0 <= top < bottom <= 1 + 1e-9
    assert right - left > 0.7, "nearer than the still is sharp"


@pytest.mark.parametrize("seconds", [1, 5, 60])
@pytest.mark.parametrize("move", EVERY_MOVE)
def test_moves_start_and_end_without_a_jerk(move: Move, seconds: int) -> None:
    """Between two frames the speed of any edge changes by less than a pixel of 1280 a frame, and is never hasty."""
    frames = seconds * 24
    edges = np.array([view(move, number, frames).box for number in range(frames)]) * 1280
    speed = np.diff(edges, axis=0)
    assert np.abs(speed).max() < 5
    assert np.abs(np.diff(speed, axis=0)).max() < 1
    if move not in ("handheld", "tracking"):  # an operator on foot is never at rest
        assert np.abs(speed[[0, -1]]).max() < 0.2, "it starts and ends at rest"


@settings(max_examples=50)
@given(st.floats(0.05, 60))
def test_easing_goes_from_start_to_end_and_never_back(seconds: float) -> None:
    """The way covered rises from 0 to 1, is half done at half time, and starts and ends slowly."""
    way = [ease(n / 200, seconds) for n in range(201)]
    assert (way[0], way[-1]) == (0.0, 1.0)
    assert way[100] == pytest.approx(0.5)
    assert all(after >= before for before, after in pairwise(way))
    assert way[1] < 0.002


def test_a_pan_goes_where_it_says(tmp_path: Path) -> None:
    """pan_right shows what lies to the right: what was in the middle moves to the left; tilt_up moves it down."""
    image = Image.new("L", (400, 225), 50)
    image.paste(220, (195, 107, 206, 118))
    image.save(tmp_path / "dot.png")
    shifts: dict[Move, tuple[float, float]] = {}
    for move in ("pan_right", "pan_left", "tilt_up", "tilt_down", "truck_right", "crane_up"):
        film_still(tmp_path / "dot.png", tmp_path / "c.mp4", frame=SMALL, frames=48, move=move)
        found = lumas(tmp_path / "c.mp4")
        (x0, y0), (x1, y1) = _bright(found[0]), _bright(found[-1])
        shifts[move] = (x1 - x0, y1 - y0)
    assert shifts["pan_right"][0] < -10 < 10 < shifts["pan_left"][0]
    assert shifts["tilt_down"][1] < -5 < 5 < shifts["tilt_up"][1]
    assert shifts["truck_right"][0] < -10
    assert shifts["crane_up"][1] > 5
    assert abs(shifts["pan_right"][1]) < 0.5


def test_a_dot_follows_the_planned_path_to_a_twentieth_of_a_pixel(tmp_path: Path) -> None:
    """Motion is sub-pixel: no shiver, unlike a crop in whole pixels, which errs by 0.3 px."""
    frame, frames = Frame(640, 360), 60
    y, x = np.mgrid[0:450, 0:800]
    disc = 60 + 160 * np.clip(14 - np.hypot(x - 380, y - 215), 0, 1)
    Image.fromarray(disc.round().astype(np.uint8)).save(tmp_path / "dot.png")
    picture = read_picture(tmp_path / "dot.png", frame)
    for move in ("dolly_in", "pan_right", "tilt_up"):
        film_still(tmp_path / "dot.png", tmp_path / "c.mp4", frame=frame, frames=frames, move=move)
        boxes = np.array([picture.box(view(move, n, frames).box) for n in range(frames)])
        planned_x = (380.5 - boxes[:, 0]) / (boxes[:, 2] - boxes[:, 0]) * 640 - 0.5
        planned_y = (215.5 - boxes[:, 1]) / (boxes[:, 3] - boxes[:, 1]) * 360 - 0.5
        seen = np.array([_bright(luma) for luma in lumas(tmp_path / "c.mp4")])
        error = seen - np.stack([planned_x, planned_y], axis=1)
        assert np.sqrt((error**2).sum(axis=1).mean()) < 0.05, move


def _bright(luma: np.ndarray) -> tuple[float, float]:
    """The middle of the bright spot: across, down."""
    weight = np.clip(luma.astype(float) - 100, 0, None)
    down, across = np.mgrid[0 : luma.shape[0], 0 : luma.shape[1]]
    return float((weight * across).sum() / weight.sum()), float((weight * down).sum() / weight.sum())


def test_the_slate_stays_while_the_picture_moves(tmp_path: Path) -> None:
    """The slate can be read all the time and in full: it neither moves nor is cropped."""
    still = panel(tmp_path / "p.png", size=(800, 450), slate=40)
    film_still(still, tmp_path / "c.mp4", frame=Frame(640, 360), frames=48, move="pan_right")
    found = np.array(lumas(tmp_path / "c.mp4")).astype(int)
    drift = np.abs(found - found[0])
    assert drift[:, 330:].mean() < 1.0
    assert drift[-1, :320].mean() > 3
    slate = Image.open(still).convert("L").resize((640, 360)).crop((0, 332, 640, 360))
    assert np.abs(found[-1, 332:] - (16 + np.asarray(slate, int) * 219 / 255)).mean() < 4


@pytest.mark.parametrize("said", ["0", "-5", "99999999999", "225", "a lot", "1e3", "²", ""])
def test_a_slate_that_makes_no_sense_is_no_slate(said: str, tmp_path: Path) -> None:
    """A foreign PNG may carry any text under our name."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("wzrd:slate", said)
    Image.new("RGB", (400, 225), "teal").save(tmp_path / "p.png", pnginfo=notes)
    assert read_picture(tmp_path / "p.png", SMALL).slate is None
    assert film_still(tmp_path / "p.png", tmp_path / "c.mp4", frame=SMALL, frames=2, move="static").house


def test_still_means_still(tmp_path: Path) -> None:
    """A static shot shows the same picture in every frame."""
    film_still(panel(tmp_path / "p.png"), tmp_path / "c.mp4", frame=SMALL, frames=60, move="static")
    found = np.array(lumas(tmp_path / "c.mp4")).astype(int)
    assert np.abs(found - found[0]).mean() < 1.5


def test_where_the_camera_stands_a_group_is_repeated(tmp_path: Path) -> None:
    """Its packets come again, each frame decodes to the same picture, and what moves is not touched by it."""
    still = panel(tmp_path / "p.png", slate=20)
    facts = film_still(still, tmp_path / "c.mp4", frame=SMALL, frames=3 * GOP + 7, move="static")
    packets = _packets(tmp_path / "c.mp4")
    assert (facts.house, facts.frames, len(packets)) == (True, 3 * GOP + 7, 3 * GOP + 7)
    assert all(packets[n] == packets[n % GOP] for n in range(len(packets)))
    still_moves = film_still(still, tmp_path / "d.mp4", frame=SMALL, frames=14 * GOP + 5, move="pan_left")
    assert (still_moves.house, still_moves.frames) == (True, 14 * GOP + 5)
    found = [luma.astype(int) for luma in lumas(tmp_path / "d.mp4")]
    moved = [np.abs(after - before).mean() > 0.02 for before, after in pairwise(found[GOP : 6 * GOP])]
    assert all(moved[: 4 * GOP])
    assert all(np.abs(luma - found[6 * GOP + 5]).mean() < 1 for luma in found[6 * GOP + 5 :])


def _packets(path: Path) -> list[bytes]:
    with opened(path) as container:
        return [bytes(packet) for packet in demux(container, container.streams.video[0])]


def test_colours_are_those_of_high_definition(tmp_path: Path) -> None:
    """(200, 30, 30) is Y 73, Cb 111, Cr 203 in BT.709; the matrix of old television says Y 85, Cb 103, Cr 192."""
    Image.new("RGB", (400, 225), (200, 30, 30)).save(tmp_path / "red.png")
    picture = read_picture(tmp_path / "red.png", SMALL)
    assert [plane.getpixel((9, 9)) for plane in picture.world] == [73, 111, 203]
    film_still(tmp_path / "red.png", tmp_path / "c.mp4", frame=SMALL, frames=2, move="dolly_in")
    assert abs(lumas(tmp_path / "c.mp4")[1].astype(int) - 73).max() <= 2


@pytest.mark.parametrize("ratio", ["9:16", "2.39:1", "1:1", "4:3", "3:1"])
def test_frames_of_any_shape(ratio: str, tmp_path: Path) -> None:
    """Portrait, square and scope: a still of another shape fills the frame, cropped around its middle."""
    whole = house_frame(ratio)
    frame = Frame(whole.width // 8 * 2, whole.height // 8 * 2)
    facts = film_still(panel(tmp_path / "p.png", slate=20), tmp_path / "c.mp4", frame=frame, frames=4, move="crane_up")
    assert (facts.house, facts.width, facts.height) == (True, frame.width, frame.height)


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "CMYK", "I;16", "1"])
@pytest.mark.parametrize("size", [(1, 1), (33, 21), (3000, 500)])
def test_stills_of_any_kind(mode: str, size: tuple[int, int], tmp_path: Path) -> None:
    """Grey, palette, alpha, print colours, sixteen bits; a single pixel and a panorama."""
    kind = "jpg" if mode == "CMYK" else "png"
    Image.new(mode, size).save(tmp_path / f"still.{kind}")
    facts = film_still(tmp_path / f"still.{kind}", tmp_path / "c.mp4", frame=Frame(64, 36), frames=3, move="pan_left")
    assert (facts.house, facts.frames) == (True, 3)


def test_a_photo_taken_sideways_stands_upright(tmp_path: Path) -> None:
    """The camera's orientation tag counts."""
    image = Image.new("RGB", (90, 160), "black")
    image.paste((255, 255, 255), (0, 0, 45, 160))
    exif = image.getexif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise: the left half comes to the top
    image.save(tmp_path / "photo.jpg", exif=exif, quality=95)
    picture = read_picture(tmp_path / "photo.jpg", SMALL).world.luma
    assert picture.width > picture.height
    assert np.asarray(picture)[:20].mean() > 200
    assert np.asarray(picture)[-20:].mean() < 50


@pytest.mark.parametrize("content", ["empty", "text", "cut", "absent", "bomb", "zip"])
def test_what_is_no_picture_fails_and_leaves_nothing(content: str, tmp_path: Path) -> None:
    """A hostile or broken still is an error that names the file and no folder."""
    still = tmp_path / "still.png"
    if content != "absent":
        still.write_bytes(_broken(content, tmp_path))
    with pytest.raises(MediaFailed, match=r"still\.png") as failed:
        film_still(still, tmp_path / "out" / "c.mp4", frame=SMALL, frames=9, move="pan_left")
    assert str(tmp_path) not in failed.value.message
    assert not failed.value.retryable
    assert not list(tmp_path.glob("out/**/*"))


def _broken(content: str, folder: Path) -> bytes:
    whole = panel(folder / "whole.png").read_bytes()
    bomb = io.BytesIO()
    Image.new("1", (16_000, 16_000)).save(bomb, "png")
    return {
        "empty": b"",
        "text": b"INT. KITCHEN - DAY\n" * 9,
        "cut": whole[: len(whole) // 2],
        "bomb": bomb.getvalue(),
        "zip": b"PK\x03\x04" + bytes(99),
    }[content]


def test_told_to_stop_it_leaves_nothing(tmp_path: Path) -> None:
    """It stops before the next frame; neither a clip nor a part of one stays, and an older clip is untouched."""
    still, out = panel(tmp_path / "p.png"), tmp_path / "c.mp4"
    out.write_bytes(b"older")
    found: list[float] = []
    with pytest.raises(RunStopped):
        film_still(
            still, out, frame=SMALL, frames=200, move="pan_left", stop=lambda: len(found) >= 3, on_progress=found.append
        )
    assert len(found) == 3
    assert out.read_bytes() == b"older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.mp4", "p.png"]


def test_it_tells_how_far_it_is(tmp_path: Path) -> None:
    """The share done rises frame by frame to 1."""
    found: list[float] = []
    film_still(
        panel(tmp_path / "p.png"), tmp_path / "c.mp4", frame=SMALL, frames=5, move="static", on_progress=found.append
    )
    assert found == [0.2, 0.4, 0.6, 0.8, 1.0]


def test_one_frame_and_none(tmp_path: Path) -> None:
    """The shortest clip has one frame."""
    still = panel(tmp_path / "p.png")
    for move in ("pan_left", "rack_focus", "handheld"):
        assert film_still(still, tmp_path / "c.mp4", frame=SMALL, frames=1, move=move).frames == 1
    with pytest.raises(ValueError, match="at least one frame"):
        film_still(still, tmp_path / "c.mp4", frame=SMALL, frames=0, move="static")


def test_a_minute_does_not_fill_the_memory(tmp_path: Path) -> None:
    """1,450 frames: memory at the end is what it was after the first hundred."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("memory is read from /proc")
    pages: list[int] = []
    facts = film_still(
        panel(tmp_path / "p.png"),
        tmp_path / "c.mp4",
        frame=Frame(160, 90),
        frames=1450,
        move="handheld",
        on_progress=lambda _: pages.append(int(statm.read_text().split()[1])),
    )
    assert (facts.frames, facts.house) == (1450, True)
    assert (pages[-1] - pages[100]) * 4096 < 6 << 20  # the frames alone would be 30 MB


def test_rows_are_the_memory_of_the_plane() -> None:
    """A value written into the rows is what the encoder reads."""
    from av.video.frame import VideoFrame

    picture = VideoFrame(34, 18, "yuv420p")
    rows(picture.planes[1])[:, :17] = 99
    assert (picture.to_ndarray()[18:].reshape(-1)[: 17 * 9] == 99).all()


@pytest.mark.parametrize(("crop", "lower", "upper"), [("left", 0, 90), ("right", 150, 256), ("middle", 90, 150)])
def test_a_punch_in_stays_in_its_part_of_the_picture(crop: Crop, lower: int, upper: int, tmp_path: Path) -> None:
    """A picture that is dark on the left and bright on the right; the slate below stays whole."""
    still = Image.new("RGB", (400, 245), (20, 20, 20))
    still.paste((235, 235, 235), (200, 0, 400, 225))
    told = PngImagePlugin.PngInfo()
    told.add_text("wzrd:slate", "20")
    still.save(tmp_path / "p.png", pnginfo=told)
    out = tmp_path / "clip.mp4"
    film_still(tmp_path / "p.png", out, frame=SMALL, frames=2, move="static", crop=crop)
    picture = lumas(out)[-1][:150]
    assert lower <= picture.mean() < upper


@given(st.sampled_from(get_args(Crop)), moves, st.integers(1, 400), st.integers(0, 400))
def test_a_punched_in_view_never_leaves_the_picture(crop: Crop, move: Move, frames: int, frame: int) -> None:
    """Whatever the camera does in it."""
    left, top, right, bottom = within(crop, view(move, min(frame, frames - 1), frames)).box
    assert -1e-9 <= left < right <= 1 + 1e-9
    assert -1e-9 <= top < bottom <= 1 + 1e-9
