"""fal's ffmpeg-api: compose and merge-videos make a real film of the real inputs. Source: @fal-ai/client 1.10.1.

Sounds are checked and not heard. An input that cannot be had here (a public address: no fake asks the network) shows as
an even grey for its time.
"""

import io
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

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


Url = Annotated[str, Field(pattern="^(?i:https?://|data:)")]
_Milliseconds = Annotated[float, Field(ge=0, le=MAX_SECONDS * 1000)]
_Side = Annotated[int, Field(ge=LEAST_SIDE, le=MOST_SIDE)]


class _Keyframe(BaseModel):
    timestamp: _Milliseconds
    duration: Annotated[_Milliseconds, Field(gt=0)]
    url: Url


class _ComposedTrack(BaseModel):
    id: str
    type: Literal["video", "audio", "image"]
    keyframes: list[_Keyframe] = Field(min_length=1, max_length=MAX_INPUTS)


class _Compose(BaseModel):
    tracks: list[_ComposedTrack] = Field(min_length=1, max_length=MAX_INPUTS)


class _Size(BaseModel):
    width: _Side
    height: _Side


class _Merge(BaseModel):
    video_urls: list[Url] = Field(min_length=2, max_length=MAX_INPUTS)
    target_fps: float = Field(24, ge=1, le=60)
    resolution: Annotated[_Size | None, BeforeValidator(lambda value: None if isinstance(value, str) else value)] = None


def read_film(model: str, body: Mapping[str, Any]) -> FilmJob:
    """The film that a payload asks for.

    Raises:
        Refused: 422 with the place.
    """
    try:
        if model == MERGE:
            asked = _Merge.model_validate(body)
            size = (asked.resolution.width, asked.resolution.height) if asked.resolution else None
            clips = tuple(FakeVisual(url, "video") for url in asked.video_urls)
            return FilmJob(clips, round(asked.target_fps), size, merged=True)
        tracks = _Compose.model_validate(body).tracks
    except ValidationError as error:
        first = error.errors()[0]
        raise Refused(422, first["msg"], loc=first["loc"]) from None
    pieces = tuple(
        FakeVisual(one.url, track.type, one.timestamp / 1000, (one.timestamp + one.duration) / 1000)
        for track in tracks
        if track.type != "audio"
        for one in track.keyframes
    )
    if not pieces:
        raise Refused(422, "There is no picture", loc=("tracks",))
    return FilmJob(pieces, COMPOSE_FPS)


def make_film(job: FilmJob, uploads: Uploads, *, share: float = 1.0) -> bytes:
    """The film as MP4 (H.264); of less than its length where `share` is below 1."""
    pieces = _laid(job, uploads)
    size = job.size or next(filter(None, (_probe(piece.url, uploads)[0] for piece in pieces)), UNKNOWN_SIZE)
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
        end = start + (_probe(piece.url, uploads)[1] or UNKNOWN_SECONDS)
        laid.append(FakeVisual(piece.url, piece.kind, start, end))
        start = end
    return laid


def _shown_at(pieces: Sequence[FakeVisual], seconds: float) -> FakeVisual | None:
    """The topmost piece at this second."""
    return next((p for p in reversed(pieces) if p.start <= seconds + 1e-6 < (p.end or 0.0)), None)


def _pictures(piece: FakeVisual, uploads: Uploads, fps: int, width: int, height: int) -> Generator[VideoFrame]:
    """The piece's pictures on the film's clock; a still for ever, a clip until it ends."""
    data = uploads.read(piece.url)
    if not data:
        return
    with suppress(FFmpegError), closing(av.open(io.BytesIO(data), "r")) as container:
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


def _probe(url: str, uploads: Uploads) -> tuple[tuple[int, int] | None, float | None]:
    """Size and seconds of what lies at an address, as far as it can be had."""
    with suppress(FFmpegError, IndexError):
        if data := uploads.read(url):
            with closing(av.open(io.BytesIO(data), "r")) as container:
                codec = container.streams.video[0].codec_context
                return (codec.width, codec.height), _length(container)
    return None, None


def _length(container: InputContainer) -> float:
    video = container.streams.video[0]
    base = fraction(video.time_base)
    if video.duration is not None and base is not None:
        return float(video.duration * base)
    return (container.duration or 0) / av.time_base
