"""fal's ffmpeg-api: compose and merge-videos make a real film of the real inputs. Source: @fal-ai/client 1.10.1.

Sounds are checked and not heard. An input that cannot be had here (a public address: no fake asks the network) shows as
an even grey for its time.
"""

import base64
import binascii
import io
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame

from server.fakes.state import Refused, Uploads
from wzrd.media.pyav import add_video, encode, fraction

COMPOSE, MERGE = "fal-ai/ffmpeg-api/compose", "fal-ai/ffmpeg-api/merge-videos"
MODELS = frozenset({COMPOSE, MERGE})
FILMS = "fal-ai/ffmpeg-api"
"""The app of both, below which their jobs are asked about."""
COMPOSE_FPS = 25
"""Compose takes no rate; a film of another rate than ours is what a client must be ready for."""
MAX_SECONDS, MAX_INPUTS = 7200.0, 2000
UNKNOWN_SECONDS = 5.0
"""Seconds in a merge of a clip that cannot be had."""
UNKNOWN_SIZE = (640, 360)
LEAST_SIDE, MOST_SIDE = 512, 2048
_GREY = 96
_DATA = re.compile(r"data:[\w.+/-]*(?:;[\w=.+-]+)*;base64,(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FakeVisual:
    """One visual of a film: where it lies, and when it is shown, in seconds; `end` None: as long as it is."""

    url: str
    kind: Literal["image", "video"]
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True, slots=True)
class FilmJob:
    """A film to be made: pieces in the order in which the later hides the earlier; `size` None: the first one's."""

    pieces: tuple[FakeVisual, ...]
    fps: int
    size: tuple[int, int] | None = None
    merged: bool = False


def read_film(model: str, body: Mapping[str, Any]) -> FilmJob:
    """The film that a payload asks for.

    Raises:
        Refused: 422 with the place.
    """
    return _compose(body) if model == COMPOSE else _merge(body)


def _compose(body: Mapping[str, Any]) -> FilmJob:
    pieces: list[FakeVisual] = []
    for at, track in enumerate(_list(body, "tracks")):
        members = _object(track, "tracks", at)
        if not isinstance(members.get("id"), str):
            raise _wrong("Field required", "tracks", at, "id")
        kind = members.get("type")
        if kind not in {"video", "audio", "image"}:
            raise _wrong("Input should be 'video', 'audio' or 'image'", "tracks", at, "type")
        for number, keyframe in enumerate(_list(members, "keyframes", "tracks", at)):
            loc = ("tracks", at, "keyframes", number)
            shown = _object(keyframe, *loc)
            start, lasts = _milliseconds(shown, "timestamp", *loc), _milliseconds(shown, "duration", *loc)
            url = _url(shown.get("url"), *loc, "url")
            if not lasts:
                raise _wrong("Input should be greater than 0", *loc, "duration")
            if kind != "audio":
                pieces.append(FakeVisual(url, cast("Literal['image', 'video']", kind), start, start + lasts))
    if not pieces:
        raise _wrong("There is no picture", "tracks")
    return FilmJob(tuple(pieces), COMPOSE_FPS)


def _merge(body: Mapping[str, Any]) -> FilmJob:
    urls = [_url(url, "video_urls", at) for at, url in enumerate(_list(body, "video_urls"))]
    if len(urls) < 2:
        raise _wrong("List should have at least 2 items", "video_urls")
    fps = body.get("target_fps", 24)
    if not isinstance(fps, int | float) or isinstance(fps, bool) or not 1 <= fps <= 60:
        raise _wrong("Input should be between 1 and 60", "target_fps")
    pieces = tuple(FakeVisual(url, "video") for url in urls)
    return FilmJob(pieces, round(fps), _resolution(body.get("resolution")), merged=True)


def _resolution(value: object) -> tuple[int, int] | None:
    if value is None or isinstance(value, str):
        return None
    sides = cast("dict[str, object]", value) if isinstance(value, dict) else dict[str, object]()
    width, height = sides.get("width"), sides.get("height")
    for name, side in (("width", width), ("height", height)):
        if not isinstance(side, int) or not LEAST_SIDE <= side <= MOST_SIDE:
            raise _wrong(f"Input should be between {LEAST_SIDE} and {MOST_SIDE}", "resolution", name)
    return cast("int", width), cast("int", height)


def _list(body: Mapping[str, Any], name: str, *loc: str | int) -> list[object]:
    value: object = body.get(name)
    if not isinstance(value, list) or not value or len(cast("list[object]", value)) > MAX_INPUTS:
        raise _wrong("Input should be a list with something in it", *loc, name)
    return cast("list[object]", value)


def _object(value: object, *loc: str | int) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong("Input should be an object", *loc)
    return cast("Mapping[str, Any]", value)


def _milliseconds(keyframe: Mapping[str, Any], name: str, *loc: str | int) -> float:
    value = keyframe.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MAX_SECONDS * 1000:
        raise _wrong("Input should be a number of milliseconds", *loc, name)
    return value / 1000


def _url(value: object, *loc: str | int) -> str:
    if not isinstance(value, str) or not value.lower().startswith(("http://", "https://", "data:")):
        raise _wrong("Input should be an address", *loc)
    return value


def _wrong(message: str, *loc: str | int) -> Refused:
    return Refused(422, message, loc=loc)


def make_film(job: FilmJob, uploads: Uploads, *, share: float = 1.0) -> bytes:
    """The film as MP4 (H.264); of less than its length where `share` is below 1."""
    pieces = _laid(job, uploads)
    size = job.size or next(filter(None, (_size(_bytes(piece.url, uploads)) for piece in pieces)), UNKNOWN_SIZE)
    width, height = (max(16, side // 2 * 2) for side in size)
    frames = max(1, round(max(piece.end or 0.0 for piece in pieces) * job.fps * share))
    data = io.BytesIO()
    with av.open(data, "w", format="mp4") as container:
        stream = add_video(container, "libx264", job.fps, {"preset": "ultrafast", "crf": "25", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        shown: dict[int, Iterator[VideoFrame]] = {}
        for at in range(frames):
            seconds = at / job.fps
            piece = _shown_at(pieces, seconds)
            picture = _even(width, height) if piece is None else None
            if piece is not None:
                number = pieces.index(piece)
                if number not in shown:
                    shown = {number: _pictures(piece, uploads, job.fps, width, height)}
                picture = next(shown[number], None) or _even(width, height)
            assert picture is not None
            picture.pts = at
            encode(container, stream, picture)
        encode(container, stream, None)
    return data.getvalue()


def _laid(job: FilmJob, uploads: Uploads) -> list[FakeVisual]:
    """The pieces with their times; those of a merge follow each other."""
    if not job.merged:
        return list(job.pieces)
    laid: list[FakeVisual] = []
    start = 0.0
    for piece in job.pieces:
        end = start + (_seconds(_bytes(piece.url, uploads)) or UNKNOWN_SECONDS)
        laid.append(FakeVisual(piece.url, piece.kind, start, end))
        start = end
    return laid


def _shown_at(pieces: Sequence[FakeVisual], seconds: float) -> FakeVisual | None:
    """The topmost piece at this second."""
    return next((p for p in reversed(pieces) if p.start <= seconds + 1e-6 < (p.end or 0.0)), None)


def _pictures(piece: FakeVisual, uploads: Uploads, fps: int, width: int, height: int) -> Generator[VideoFrame]:
    """The piece's pictures on the film's clock; a still for ever, a clip until it ends."""
    data = _bytes(piece.url, uploads)
    if data is None:
        return
    with suppress(FFmpegError), closing(_open(data)) as container:
        video = container.streams.video[0]
        at, latest = 0, None
        for frame in container.decode(video):
            while latest is not None and (frame.time or 0.0) > at / fps + 1e-6:
                yield _copy(latest)
                at += 1
            latest = frame.reformat(width=width, height=height, format="yuv420p")
        while latest is not None and (piece.kind == "image" or at / fps < _length(container)):
            yield _copy(latest)
            at += 1


def _copy(frame: VideoFrame) -> VideoFrame:
    """An encoder keeps the frame that it is given."""
    return VideoFrame.from_ndarray(frame.to_ndarray(), "yuv420p")


def _even(width: int, height: int) -> VideoFrame:
    """A picture of one grey."""
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = _GREY
    return VideoFrame.from_ndarray(planes, "yuv420p")


def _open(data: bytes) -> InputContainer:
    return av.open(io.BytesIO(data), "r")


def _bytes(url: str, uploads: Uploads) -> bytes | None:
    """Bytes at an address that the fake knows: an upload, or the data itself."""
    if found := _DATA.fullmatch(url):
        try:
            return base64.b64decode(found[1])
        except binascii.Error:
            return None
    kept = uploads.get(urlsplit(url).path)
    return kept[0] if kept else None


def _size(data: bytes | None) -> tuple[int, int] | None:
    with suppress(FFmpegError, IndexError):
        if data is not None:
            with closing(_open(data)) as container:
                codec = container.streams.video[0].codec_context
                return codec.width, codec.height
    return None


def _seconds(data: bytes | None) -> float | None:
    with suppress(FFmpegError, IndexError):
        if data is not None:
            with closing(_open(data)) as container:
                return _length(container)
    return None


def _length(container: InputContainer) -> float:
    video = container.streams.video[0]
    base = fraction(video.time_base)
    if video.duration is not None and base is not None:
        return float(video.duration * base)
    return (container.duration or 0) / av.time_base
