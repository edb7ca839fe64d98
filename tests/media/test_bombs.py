"""Small files that promise much are refused by what they declare, before memory or a core is spent."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.media.bombs import SIDE, apng, box, chunk, mp4, packed_zeros, peak_of, png, table, tables
from tests.media.clips import counting_clip, ffmpeg, panel
from wzrd.animatic.camera.stills import read_picture
from wzrd.domain.film import Frame
from wzrd.media import image_edits
from wzrd.media.boxes import check_boxes
from wzrd.media.conform import conform_clip
from wzrd.media.ffmpeg import FORMATS, MediaFailed, foreign_input, local, run_ffmpeg
from wzrd.media.limits import MAX_FPS, MAX_SAMPLES, MediaRefused, check_work
from wzrd.media.pictures import check_file, open_picture
from wzrd.media.probe import probe
from wzrd.media.wav import open_wav

SMALL = Frame(64, 48)
LIMIT = 200
"""Mebibytes that refusing a bomb may take, ffmpeg's own process included; what is refused takes twice that and more."""
KINDS = ["png", "gif", "VP8X", "VP8L", "VP8 "]


def head_of(kind: str, width: int, height: int) -> bytes:
    """The beginning of a picture of that size, padded; of WebP in each of its three forms."""
    if kind == "png":
        return png(width, height, pixels=False)
    if kind == "gif":
        return b"GIF89a" + struct.pack("<HH", width, height) + bytes(30)
    body = {
        "VP8X": bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"),
        "VP8L": b"\x2f" + (width - 1 | height - 1 << 14).to_bytes(4, "little") + bytes(8),
        "VP8 ": bytes(6) + struct.pack("<HH", width, height),
    }[kind]
    sizes = struct.pack("<I", 12 + len(body)), struct.pack("<I", len(body))
    return b"RIFF" + sizes[0] + b"WEBP" + kind.encode() + sizes[1] + body


def still(path: Path) -> object:
    """Read a picture."""
    return read_picture(path, SMALL)


def edited(path: Path) -> object:
    """Read a picture to edit it."""
    return image_edits.read_picture(path)


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PNG of 144 megapixels in less than half a megabyte."""
    path = tmp_path_factory.mktemp("bombs") / "bomb.png"
    path.write_bytes(png(SIDE, SIDE))
    assert path.stat().st_size < 500_000
    return path


def test_the_measure_sees_a_bomb(bomb: Path) -> None:
    """Decoded without asking, the file takes what the tests below say that it does not take."""
    _, grown = peak_of("with Image.open(path) as image: image.load()", bomb)
    assert grown > 2 * LIMIT


@pytest.mark.parametrize(
    "work",
    [
        "read_picture(path, small)",
        "probe(path)",
        "asyncio.run(conform_clip(path, path.with_suffix('.mp4'), frame=small))",
    ],
)
def test_a_picture_bomb_is_refused_undecoded(bomb: Path, work: str) -> None:
    """Still, probe and conform say the size and the limit, and take no memory for it."""
    text, grown = peak_of(f"attempt(lambda: {work})", bomb)
    assert text == f"MediaRefused bomb.png is {SIDE}x{SIDE} pixels; 40 megapixels at most are read: scale it down"
    assert grown < LIMIT


def test_a_picture_bomb_is_an_empty_frame_of_a_contact_sheet(bomb: Path) -> None:
    """One shot's picture costs the others' sheet nothing."""
    code = "attempt(lambda: draw_sheet('t', [SheetPanel(path, '1', ''), SheetPanel(path.read_bytes(), '1', '')]))"
    text, grown = peak_of(code, bomb)
    assert text == "done"
    assert grown < LIMIT


def test_the_ffmpeg_program_refuses_it_by_itself(bomb: Path, tmp_path: Path) -> None:
    """Where nothing looked before, or the index declared another size, its decoder does not unfold it."""
    text, grown = peak_of("attempt(lambda: asyncio.run(run_ffmpeg(*foreign_input(path), '-f', 'null', '-')))", bomb)
    assert text.startswith("MediaFailed ffmpeg failed")
    assert grown < LIMIT


def test_a_songs_cover_is_not_unfolded(bomb: Path, tmp_path: Path) -> None:
    """Opening a sound decodes its cover too, unless it is told how large a picture may be."""
    song = tmp_path / "song.mp3"
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-i", bomb, "-map", "0", "-map", "1", "-c:v", "copy", song)
    assert song.stat().st_size > bomb.stat().st_size
    wav = tmp_path / "song.wav"
    decode = f"asyncio.run(run_ffmpeg(*foreign_input(path), '-map', '0:a:0', '-vn', {str(wav)!r}))"
    text, grown = peak_of(f"attempt(lambda: (probe(path), {decode}))", song)
    assert (text, round(probe(song).seconds), wav.stat().st_size > 44) == ("done", 1, True)
    assert grown < LIMIT


@pytest.mark.parametrize("kind", KINDS)
def test_the_size_stands_in_the_head(kind: str, tmp_path: Path) -> None:
    """A head is enough: 40 megapixels pass, one row more is refused."""
    path = tmp_path / "a"
    path.write_bytes(head_of(kind, 8000, 5001))
    for work in (probe, still):
        with pytest.raises(MediaRefused, match="8000x5001 pixels; 40 megapixels at most"):
            work(path)
    path.write_bytes(head_of(kind, 8000, 5000))
    check_file(path)


@pytest.mark.parametrize("kind", ["jpg", "avif"])
def test_sizes_that_stand_anywhere_are_found(kind: str, tmp_path: Path) -> None:
    """JPEG and AVIF have no fixed place for it."""
    path = tmp_path / f"a.{kind}"
    Image.new("L", (8000, 5001)).save(path, speed=10)
    for work in (probe, still):
        with pytest.raises(MediaRefused, match="8000x5001 pixels"):
            work(path)


def _jpeg(side: int) -> bytes:
    data = BytesIO()
    Image.new("L", (8, 8)).save(data, "JPEG")
    at = data.getvalue().index(b"\xff\xc0") + 5
    return data.getvalue()[:at] + struct.pack(">HH", side, side) + data.getvalue()[at + 4 :]


ALARMS = {
    "jpeg": _jpeg(65_000),
    "jpeg, less": _jpeg(12_000),
    "gif": b"GIF89a"
    + struct.pack("<HHBBB", 1, 1, 0, 0, 0)
    + b","
    + struct.pack("<HHHHB", 0, 0, 65_000, 65_000, 0)
    + b"\2",
}


@pytest.mark.parametrize("name", ALARMS)
@pytest.mark.filterwarnings("error")
def test_pillows_own_alarm_is_a_refusal(name: str, tmp_path: Path) -> None:
    """A size that Pillow itself will not open is the file's fault, not ours; from a file and from memory."""
    path = tmp_path / "a"
    path.write_bytes(ALARMS[name])

    def from_memory(_: Path) -> None:
        with open_picture(ALARMS[name]):
            pytest.fail("opened")

    for work in (still, edited, from_memory, *([] if name == "gif" else [probe, check_file])):
        with pytest.raises(MediaRefused, match="40 megapixels at most are read: scale it down"):
            work(path)


PACKED = packed_zeros(200 << 20)
NOTES = {
    "profile": [chunk(b"iCCP", b"x\0\0" + PACKED)],
    "text": [chunk(b"zTXt", b"x\0\0" + PACKED)],
    "text in a language": [chunk(b"iTXt", b"x\0\1\0en\0y\0" + PACKED)],
    "a little often": [chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(1 << 20)))] * 17,
    "notes without end": [chunk(b"tEXt", b"a\0b")] * 2001,
}


@pytest.mark.parametrize("name", NOTES)
def test_metadata_unfolds_to_nothing(name: str, tmp_path: Path) -> None:
    """Text and colour profiles of a PNG are packed too, and are refused before a decoder unpacks them."""
    path = tmp_path / "a.png"
    path.write_bytes(png(64, 48, *NOTES[name]))
    text, grown = peak_of("attempt(lambda: read_picture(path, small)); attempt(lambda: probe(path))", path)
    assert [line.partition(" has more than ")[0] for line in text.splitlines()] == ["MediaRefused a.png"] * 2
    assert grown < LIMIT


def test_a_picture_with_usual_metadata_is_read(tmp_path: Path) -> None:
    """A colour profile, a note in each of the three ways of writing one."""
    path, notes = tmp_path / "a.png", PngInfo()
    notes.add_text("a", "b" * 9999, zip=True)
    notes.add_itxt("c", "d" * 9999, "en", "e", zip=True)
    notes.add_itxt("f", "g")
    Image.new("RGB", (64, 48), "white").save(path, pnginfo=notes, icc_profile=bytes(3000))
    assert probe(path).still
    assert read_picture(path, SMALL).world.luma.size == (64, 48)


def test_a_jpeg_of_endless_scans_is_refused(tmp_path: Path) -> None:
    """Each scan of a few bytes is a pass over all pixels."""
    path = tmp_path / "scans.jpg"
    Image.new("L", (640, 480)).save(path, progressive=True)
    whole = path.read_bytes()
    assert probe(path).still
    path.write_bytes(whole[:-2] + b"\xff\xda\0\x08\1\1\0\0\x3f\x20\0" * 501 + whole[-2:])
    for work in (probe, still):
        with pytest.raises(MediaRefused, match="more than 500 scans"):
            work(path)


@pytest.mark.parametrize("kind", ["gif", "png", "webp"])
def test_of_an_animation_one_picture_is_decoded_as_a_still(kind: str, tmp_path: Path) -> None:
    """However many there are: the still is the first."""
    path = tmp_path / f"a.{kind}"
    shades = [Image.new("RGB", (16, 12), (n % 200, 40, n // 200)) for n in range(3000)]
    shades[0].save(path, save_all=True, append_images=shades[1:], duration=20)
    with open_picture(path) as picture:
        assert getattr(picture, "n_frames", 0) >= 600  # WebP joins what looks alike
        picture.load()
        assert picture.tell() == 0


def test_an_animation_of_large_pictures_is_refused(tmp_path: Path) -> None:
    """Each picture is within the limit and all of them are not."""
    path = tmp_path / "a.gif"
    small, large = tmp_path / "small.gif", (7000, 5000)
    ffmpeg("-f", "lavfi", "-i", "color=black:s=7000x5000:r=50", "-frames:v", 2, small)
    first = small.read_bytes()
    picture = b"\x21\xf9\x04\x04\x02\0\0\0\x2c\0\0\0\0\1\0\1\0\0\x02\x02\x44\x01\0"
    path.write_bytes(first[:-1] + picture * 600 + b"\x3b")
    assert struct.unpack("<HH", first[6:10]) == large
    with pytest.raises(MediaRefused, match=r"60\d pictures of 35,000,000 pixels"):
        probe(path)


def test_an_animation_is_bounded_by_all_of_its_pixels(tmp_path: Path) -> None:
    """Three hundred pictures of 4000x4000 took two minutes to decode; six hundred of Full HD are the most."""
    path = tmp_path / "a.png"
    path.write_bytes(apng(4000, 4000, 300, 12.5))
    with pytest.raises(MediaRefused, match=r"300 pictures of 16,000,000 pixels in 12\.0 seconds, which is too much"):
        probe(path)
    check_work("a.png", 1920 * 1080, 600, 20, "apng")
    for codec in ("apng", "gif", "webp", "png", "jpeg2000", "ffv1", "tiff", "of tomorrow"):
        with pytest.raises(MediaRefused):
            check_work("a.png", 1920 * 1080, 601, 20, codec)


def test_a_long_look_at_a_large_picture_is_bounded(tmp_path: Path) -> None:
    """Two pictures that are shown for minutes become thousands: these are counted."""
    path = tmp_path / "a.png"
    path.write_bytes(apng(6000, 6000, 2, 500))
    with pytest.raises(MediaRefused, match="2 pictures of 36,000,000 pixels in 500"):
        probe(path)
    check_work("a.mp4", 3840 * 2160, 600 * 30, 600, "h264")
    check_work("a.png", 36_000_000, 1, 500, "apng")
    with pytest.raises(MediaRefused):
        check_work("a.mp4", 3840 * 2160, 600 * 30 + 1, 600, "h264")


@pytest.mark.parametrize("content", ['<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "%!PS-Adobe"])
def test_drawings_that_are_programs_are_no_pictures(content: str, tmp_path: Path) -> None:
    """SVG and PostScript are opened by nobody here."""
    path = tmp_path / "a.svg"
    path.write_text(content)
    for work in (probe, still):
        with pytest.raises(MediaFailed, match=r"a\.svg is no"):
            work(path)
    assert "svg" not in FORMATS


CLIPS = {
    "declared": (mp4(tables(14_401), seconds=600.1, data=15_000), "lasts 600 seconds"),
    "actual": (mp4(tables(2, tick=36_000 * 12_288), seconds=1), "seconds; a clip has 600 at most"),
    "silent": (mp4(tables(2, tick=36_000 * 12_288), seconds=0), "seconds; a clip has 600 at most"),
    "pace": (mp4(tables(90_000, tick=1), data=90_100), "240 a second"),
    "crowd": (mp4(tables(150_000, tick=49), data=150_100), "240 a second"),
    "index": (mp4(tables(100_000_000)), "announces 100,000,000 samples"),
    "pixels": (mp4(tables(1), size=(9000, 9000)), "9000x9000 pixels"),
}


@pytest.mark.parametrize("name", CLIPS)
async def test_a_clip_bomb_is_refused_before_a_program_starts(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too long by its word or by its packets, too fast, too many, too large; ffmpeg is not even asked."""
    content, words = CLIPS[name]
    assert len(content) < 160_000
    source, witness = tmp_path / "a.mp4", tmp_path / "ffmpeg"
    source.write_bytes(content)
    witness.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    witness.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(witness))
    for frames in (None, 48):
        with pytest.raises(MediaRefused, match=words) as refused:
            await conform_clip(source, tmp_path / "out.mp4", frame=SMALL, frames=frames)
        assert not refused.value.retryable
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "ffmpeg"]


def test_a_clip_of_two_pictures_that_lasts_ten_hours(tmp_path: Path) -> None:
    """As measured once: a whole, playable clip that became 864,001 pictures on the grid of 1/24 s."""
    path = tmp_path / "a.mp4"
    far = ("-vf", "setpts=N*36000/TB", "-fps_mode", "passthrough")
    counting_clip(path, *far, frames=2)
    assert path.stat().st_size < 3000
    with pytest.raises(MediaRefused, match="seconds; a clip has 600 at most: cut it"):
        probe(path)


async def test_what_ffmpeg_reads_and_writes_ends(tmp_path: Path) -> None:
    """Also of a file that nobody looked at: ten seconds are asked of twenty minutes of sound, and ten are written."""
    sound, wav = tmp_path / "a.flac", tmp_path / "a.wav"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", 1200, sound)
    assert sound.stat().st_size < 200_000
    await run_ffmpeg(*foreign_input(sound, 10), "-ar", "48000", "-c:a", "pcm_s16le", local(wav))
    assert open_wav(wav).seconds == pytest.approx(10, abs=0.1)


def test_ten_minutes_pass(tmp_path: Path) -> None:
    """The longest clip, and the fastest camera."""
    assert probe(counting_clip(tmp_path / "a.mp4", rate="1", frames=600)).seconds == 600
    assert probe(counting_clip(tmp_path / "b.mp4", rate=str(MAX_FPS), frames=480)).fps == MAX_FPS


MANY = MAX_SAMPLES + 1
SOUND = table(b"stts", 1, 40_000_000, 1) + table(b"stsz", 2, 40_000_000)
HIDDEN = {
    "plain": mp4(tables(MANY)),
    "behind a tag": b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + mp4(tables(MANY)),
    "at another place": mp4(tables(1), data=0)[:-8] + box(b"udta", box(b"trak", tables(MANY))),
    "twice": mp4(tables(MANY) + tables(1)),
    "twice, the other way": mp4(tables(1) + tables(MANY)),
    "no mp4 at first sight": box(b"free", bytes(9)) + mp4(tables(MANY)),
    "fragments": mp4(b"") + box(b"moof", box(b"traf", *[table(b"trun", MANY // 2 + 1)] * 2)),
    "compressed": box(b"ftyp", b"isom") + box(b"moov", box(b"cmov", bytes(20))),
    "said to be sound": mp4(SOUND, handler=b"vide"),
    "chunks of sound": mp4(SOUND + table(b"stsc", 1, 1, 2**31 - 1, 1) + table(b"stco", 1, 40), handler=b"soun"),
    "outer box to the end": box(b"ftyp", b"isom") + b"\0\0\0\0" + mp4(tables(MANY))[24:],
}


@pytest.mark.parametrize("name", HIDDEN)
def test_an_index_bomb_is_found_wherever_it_is(name: str, tmp_path: Path) -> None:
    """The library reads indexes in odd places, so they are searched for there."""
    path = tmp_path / "a.mp4"
    path.write_bytes(HIDDEN[name])
    with pytest.raises(MediaRefused, match=r"samples; 2,000,000 at most|compressed index"):
        check_boxes(path)


def test_an_index_bomb_takes_no_memory(tmp_path: Path) -> None:
    """A hundred million samples in two kilobytes, which are 2.4 GB once the library has a row for each."""
    path = tmp_path / "a.mp4"
    path.write_bytes(mp4(tables(100_000_000)))
    text, grown = peak_of("attempt(lambda: probe(path))", path)
    assert text.startswith("MediaRefused a.mp4 announces 100,000,000 samples")
    assert grown < LIMIT


def test_honest_indexes_pass(tmp_path: Path) -> None:
    """Ten minutes of uncompressed sound are 28.8 million samples, in rows of a thousand; other files have no index."""
    clip = counting_clip(tmp_path / "a.mp4")
    picture = panel(tmp_path / "a.png")
    sound = tmp_path / "a.mov"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono", "-t", 60, "-c:a", "pcm_s16le", sound)
    cover, tagged = tmp_path / "a.wav", tmp_path / "a.mp3"
    ffmpeg("-i", sound, "-t", 1, cover)
    ffmpeg("-i", cover, "-metadata", "title=trun trak stsz \xff\xff\xff\xff", tagged)
    for path in (clip, picture, sound, cover, tagged):
        check_boxes(path)
        probe(path)
    pcm = mp4(SOUND + table(b"stsc", 1, 1, 48_000, 1) + table(b"stco", 800, *[40] * 800), handler=b"soun")
    (tmp_path / "pcm.mov").write_bytes(pcm)
    check_boxes(tmp_path / "pcm.mov")
