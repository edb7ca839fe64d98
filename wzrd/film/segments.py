"""The segments of a film: visuals as house clips, voices and effects as sounds, made once and found again.

Only what lies elsewhere is fetched each time: segments are named by the content of their sources, so that
a file replaced under its old address is noticed, and one that moved is known.
"""

import hashlib
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.animatic.provider import CAMERA, film_still
from wzrd.assets.made_once import CLIP, TAKE, Asset, make_once
from wzrd.assets.sources import open_source
from wzrd.domain.cut_list import Cut, CutShot, spread
from wzrd.domain.errors import NotFound
from wzrd.domain.film import FPS, frames_of, seconds_of
from wzrd.domain.pacing import VOICE_LEAD, VOICE_TAIL
from wzrd.domain.segments import Segment
from wzrd.domain.timeline import IMAGE_MS
from wzrd.media.boxes import check_boxes
from wzrd.media.conform import CONFORM, conform_clip
from wzrd.media.ffmpeg import MediaFailed, foreign_input, local, run_ffmpeg
from wzrd.media.probe import Facts, probe
from wzrd.media.wav import open_wav
from wzrd.net.guarded import MediaKind
from wzrd.runtime.process import Runtime
from wzrd.storage.protocol import StoredFile
from wzrd.storyboard.takes import captions_of, find_take, record_take
from wzrd.threads import core_turn, in_thread, stoppable

DECODE = "decode-1"
"""Enters the names of decoded sounds: changed whenever they would become other bytes."""
LONGEST_SECONDS = 600.0
"""A voice or an effect is cut off here: nobody waits longer for one shot."""
LONGEST_MUSIC = 3 * 3600.0


@dataclass(frozen=True, slots=True)
class _Source:
    """An opened source: where its bytes are, what they are, and where they lie if that is our own store."""

    path: Path
    sha256: str
    own: tuple[str, str] | None


async def make_visual(runtime: Runtime, user_id: UUID, cut: Cut, shot: CutShot, spoken: float | None) -> Segment:
    """The visual as a house clip, long enough for `spoken` seconds of voice (None: nobody speaks).

    Raises:
        NotFound, BadSource, FetchRefused, FetchFailed, MediaFailed, StorageFull: it cannot be had, read or kept.
    """
    heard = _heard(spoken)
    async with _opened(runtime, shot.url, "video", "image") as source, core_turn():
        facts = await in_thread(probe, source.path)
        if facts.still:
            return await _still(runtime, user_id, cut, shot, source, frames_of(max(IMAGE_MS / 1000, heard)))
        return await _moving(runtime, user_id, cut, source, facts, frames_of(heard) if heard else 0)


async def measure_visual(runtime: Runtime, user_id: UUID, cut: Cut, shot: CutShot, spoken: float | None) -> Segment:
    """The visual as another may render it: a still or a clip that stays where it is, and for how many frames.

    A clip that ends before its voice is made here, since only here can it hold its last picture.

    Raises:
        as `make_visual`.
    """
    heard = _heard(spoken)
    async with _opened(runtime, shot.url, "video", "image") as source, core_turn():
        facts = await in_thread(probe, source.path)
        if facts.still:
            frames = frames_of(max(IMAGE_MS / 1000, heard))
            return Segment("", "", source.sha256, frames, seconds_of(frames), source="image")
        frames, least = max(1, math.floor(facts.seconds * FPS + 1e-6)), frames_of(heard) if heard else 0
        if frames < least:
            return await _moving(runtime, user_id, cut, source, facts, least)
        return Segment("", "", source.sha256, frames, facts.seconds, source="video")


async def clip_of(runtime: Runtime, user_id: UUID, cut: Cut, shot: CutShot, measured: Segment) -> Segment:
    """The house clip of a measured visual, of just its frames.

    Raises:
        as `make_visual`.
    """
    if not measured.source:
        return measured
    async with _opened(runtime, shot.url, "video", "image") as source, core_turn():
        facts = await in_thread(probe, source.path)
        if facts.still:
            return await _still(runtime, user_id, cut, shot, source, measured.frames)
        return await _exact(runtime, user_id, cut, source, facts, measured.frames)


def _heard(spoken: float | None) -> float:
    """Seconds that a visual needs for its voice, silence around it included; 0 where nobody speaks."""
    return 0.0 if spoken is None else VOICE_LEAD + min(spoken, LONGEST_SECONDS) + VOICE_TAIL


async def _still(runtime: Runtime, user_id: UUID, cut: Cut, shot: CutShot, source: _Source, frames: int) -> Segment:
    cache_inputs = {"tool": "camera", "version": CAMERA, "of": source.sha256, "move": shot.move, "frames": frames}

    async def make(out: Path) -> dict[str, Any]:
        film = partial(film_still, source.path, out, frame=cut.frame, frames=frames, move=shot.move)
        return _facts(await stoppable(lambda stop: film(stop=stop)))

    return _clip(await make_once(runtime, user_id, {**cache_inputs, "frame": asdict(cut.frame)}, CLIP, make))


async def _moving(runtime: Runtime, user_id: UUID, cut: Cut, source: _Source, facts: Facts, least: int) -> Segment:
    """A clip that ends before its voice does holds its last picture; one that is house already is used as it is."""
    return await _exact(runtime, user_id, cut, source, facts, least if frames_of(facts.seconds) < least else None)


async def _exact(
    runtime: Runtime, user_id: UUID, cut: Cut, source: _Source, facts: Facts, frames: int | None
) -> Segment:
    """The clip of so many frames, or (None) of its own length."""
    same = (facts.width, facts.height) == (cut.frame.width, cut.frame.height)
    if source.own and facts.house and same and frames in (None, facts.frames):
        return Segment(*source.own, source.sha256, facts.frames)
    cache_inputs = {"tool": "conform", "version": CONFORM, "of": source.sha256, "frames": frames}

    async def make(out: Path) -> dict[str, Any]:
        return _facts(await conform_clip(source.path, out, frame=cut.frame, frames=frames))

    return _clip(await make_once(runtime, user_id, {**cache_inputs, "frame": asdict(cut.frame)}, CLIP, make))


def _facts(facts: Facts) -> dict[str, Any]:
    return {"frames": facts.frames, "width": facts.width, "height": facts.height}


def _clip(asset: Asset) -> Segment:
    return Segment(asset.bucket, asset.path, asset.sha256, int(asset.facts["frames"]))


async def make_voice(runtime: Runtime, user_id: UUID, cut: Cut, shot: CutShot) -> Segment:
    """What is heard in the shot: its voice file, else its lines in scratch voices.

    Raises:
        as `make_clip`.
    """
    if not shot.voice_url:
        return _take(await record_take(runtime, user_id, shot.lines, cut.cast))
    take = await find_take(runtime, user_id, shot.lines, cut.cast) if shot.lines else None
    if take is not None and runtime.storage.find_place(shot.voice_url) == (take.bucket, take.path):
        return _take(take)  # our own, which knows what is said when
    segment = await make_sound(runtime, user_id, shot.voice_url)
    words = shot.words or " ".join(line.text for line in shot.lines)
    captions = tuple((caption.start, caption.end, caption.text) for caption in spread(words, segment.seconds))
    return Segment(segment.bucket, segment.path, segment.sha256, seconds=segment.seconds, captions=captions)


def _take(take: Asset) -> Segment:
    captions = tuple((caption.start, caption.end, caption.text) for caption in captions_of(take))
    return Segment(take.bucket, take.path, take.sha256, seconds=float(take.facts["seconds"]), captions=captions)


async def make_sound(
    runtime: Runtime, user_id: UUID, url: str, *, channels: int = 1, longest: float = LONGEST_SECONDS
) -> Segment:
    """The sound at `url` as WAV in the house format of sound; a file of ours that is so already is used as it is.

    Raises:
        as `make_clip`.
    """
    async with _opened(runtime, url, "audio", "video") as source:
        if source.own and 0 < (seconds := await in_thread(_house_seconds, source.path)) <= longest:
            return Segment(*source.own, source.sha256, seconds=seconds)
        cache_inputs = {
            "tool": "decode",
            "version": DECODE,
            "of": source.sha256,
            "channels": channels,
            "longest": longest,
        }
        asset = await make_once(runtime, user_id, cache_inputs, TAKE, partial(_decode, source.path, channels, longest))
        return Segment(asset.bucket, asset.path, asset.sha256, seconds=float(asset.facts["seconds"]))


def _house_seconds(path: Path) -> float:
    """How long a WAV in the house format lasts; 0 for what is none."""
    try:
        return open_wav(path).seconds
    except MediaFailed:
        return 0.0


async def _decode(source: Path, channels: int, longest: float, out: Path) -> dict[str, Any]:
    sound = ["-map", "0:a:0", "-vn", "-t", f"{longest}", "-ac", str(channels), "-ar", "48000", "-c:a", "pcm_s16le"]
    written = ["-fflags", "+bitexact", "-f", "wav", "-y", local(out)]
    await in_thread(check_boxes, source)
    async with core_turn():
        await run_ffmpeg("-v", "error", *foreign_input(source, longest), *sound, *written)
    seconds = (await in_thread(open_wav, out)).seconds
    if not seconds:
        raise MediaFailed(f"{source.name} holds no sound")
    return {"seconds": seconds}


@asynccontextmanager
async def _opened(runtime: Runtime, url: str, *kinds: MediaKind) -> AsyncGenerator[_Source]:
    stored = await _stored(runtime, url)
    async with open_source(runtime, url, *kinds) as path:
        if stored is not None:
            yield _Source(path, stored.sha256, (stored.bucket, stored.path))
        else:
            yield _Source(path, await in_thread(_digest, path), None)


async def _stored(runtime: Runtime, url: str) -> StoredFile | None:
    """The file of our own store that the address names, if it does."""
    place = runtime.storage.find_place(url)
    try:
        return await runtime.storage.stat(*place) if place else None
    except NotFound:
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
