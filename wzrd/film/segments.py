"""The segments of a film: visuals as house clips, voices and effects as sounds, made once and found again.

Only what lies elsewhere is fetched each time: segments are named by the content of their sources, so that
a file replaced under its old address is noticed, and one that moved is known.
"""

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.animatic.provider import CAMERA, film_still
from wzrd.assets.bought_files import find_bought
from wzrd.assets.content_cache import CLIP, TAKE, Asset, make_once
from wzrd.assets.sources import hash_file, open_source
from wzrd.domain.errors import NotFound, RunStopped, WzrdError
from wzrd.domain.film import FPS, frames_of, seconds_of
from wzrd.domain.pacing import VOICE_LEAD, VOICE_TAIL
from wzrd.domain.shots import Move
from wzrd.domain.timeline import IMAGE_MS
from wzrd.film.cut_list import Cut, CutShot
from wzrd.film.made_segments import Segment
from wzrd.language.shots.captions import spread
from wzrd.language.shots.set_ups import Crop, cut_speech
from wzrd.media.conform import CONFORM, conform_clip
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.join import join
from wzrd.media.probe import Facts, probe
from wzrd.media.sound_decoding import LONGEST_SECONDS, decode_sound
from wzrd.media.wav import PlacedSound, level_gain, open_wav, place_sounds
from wzrd.net.guarded import MediaKind
from wzrd.runtime.process import Runtime
from wzrd.storage.protocol import StoredFile
from wzrd.storyboard.takes import captions_of, find_take, record_take
from wzrd.threads import core_slot, in_thread, stoppable

DECODE = "decode-1"
"""Enters the names of decoded sounds: changed whenever they would become other bytes."""
LONGEST_MUSIC = 3 * 3600.0
VOICE_LEVEL, MOST_GAIN = -20.0, 12.0
"""Decibels of full scale that a model's own speech has in the mean, and by how many it is changed at most."""


@dataclass(frozen=True, slots=True)
class _Source:
    """An opened source: where its bytes are, what they are, and where they lie if that is our own store."""

    path: Path
    sha256: str
    own: tuple[str, str] | None


async def make_visual(
    runtime: Runtime, user_id: UUID, cut: Cut, shot: CutShot, voice: Segment | None, *, elsewhere: bool = False
) -> Segment:
    """The visual as a house clip, long enough for its voice (None: nobody speaks).

    Talk that outlasts a picture is cut between the set-ups of its scene.
    `elsewhere`: another may render it. A still or a clip stays where it is, and is told for how many frames; a clip
    that ends before its voice is made here, since only here can it hold its last picture or be cut.

    Raises:
        NotFound, BadSource, FetchRefused, FetchFailed, MediaFailed, StorageFull: it cannot be had, read or kept.
    """
    if len(pieces := _pieces(cut, shot, voice)) > 1:
        return await _intercut(runtime, user_id, cut, shot, pieces)
    fps, heard = cut.fps, _heard(voice)
    async with _opened(runtime, shot.url, "video", "image") as source, core_slot():
        facts = await in_thread(probe, source.path)
        if facts.still:
            frames = frames_of(max(IMAGE_MS / 1000, heard), fps)
            if elsewhere:
                return Segment("", "", source.sha256, frames, seconds_of(frames, fps), source="image")
            return await _still(runtime, user_id, cut, shot, source, frames)
        least = frames_of(heard, fps) if heard else 0
        if elsewhere and (frames := max(1, math.floor(facts.seconds * fps + 1e-6))) >= least:
            return Segment("", "", source.sha256, frames, facts.seconds, source="video")
        return await _moving(runtime, user_id, cut, source, facts, least)


def _pieces(cut: Cut, shot: CutShot, voice: Segment | None) -> list[tuple[CutShot, int, Crop]]:
    """Which shots' pictures are seen while the voice is heard, for how many frames each, and which part of them."""
    if voice is None or shot.speaks:
        return []
    set_ups, seconds = cut.set_ups(shot), min(voice.seconds, LONGEST_SECONDS)
    pauses = [start for start, _, _ in voice.captions]
    people = [one.people for one in set_ups]
    pieces = cut_speech(shot.lines, seconds, pauses, set_ups.index(shot), people, crops=bool(shot.still))
    ends = [frames_of(end, cut.fps) for end in accumulate(piece.seconds for piece in pieces)]
    frames = [end - start for start, end in pairwise([0, *ends])]
    counted = zip(pieces, frames, strict=True)
    return [(set_ups[piece.set_up], count, piece.crop) for piece, count in counted if count]


async def _intercut(
    runtime: Runtime, user_id: UUID, cut: Cut, shot: CutShot, pieces: Sequence[tuple[CutShot, int, Crop]]
) -> Segment:
    """One house clip of several set-ups, one after the other. One that cannot be had gives way to the shot's own."""
    clips: list[Segment] = []
    for one, frames, crop in pieces:
        seen = replace(one, url=one.still) if one.speaks and one.still else one  # its mouth moves to other lines
        try:
            clips.append(await _exactly(runtime, user_id, cut, seen, frames, crop))
        except RunStopped:
            raise
        except WzrdError:
            if one is shot and not crop:
                raise
            clips.append(await _exactly(runtime, user_id, cut, shot, frames))
    cache_inputs = {"tool": "intercut", "version": CONFORM, "of": [clip.sha256 for clip in clips]}

    async def make(out: Path) -> dict[str, Any]:
        async with AsyncExitStack() as stack:
            urls = [runtime.storage.public_url(clip.bucket, clip.path) for clip in clips]
            paths = [await stack.enter_async_context(open_source(runtime, url, "video")) for url in urls]
            return _facts(await stoppable(lambda stop: join(paths, out, stop=stop)))

    return _clip(await make_once(runtime, user_id, cache_inputs, CLIP, make))


async def _exactly(runtime: Runtime, user_id: UUID, cut: Cut, shot: CutShot, frames: int, crop: Crop = "") -> Segment:
    """A shot's picture, or a part of it, as a house clip of just so many frames."""
    async with _opened(runtime, shot.still if crop else shot.url, "video", "image") as source, core_slot():
        facts = await in_thread(probe, source.path)
        if facts.still:
            return await _still(runtime, user_id, cut, shot, source, frames, crop)
        return await _exact(runtime, user_id, cut, source, facts, frames)


async def clip_of(runtime: Runtime, user_id: UUID, cut: Cut, shot: CutShot, measured: Segment) -> Segment:
    """The house clip of a measured visual, of just its frames.

    Raises:
        as `make_visual`.
    """
    return await _exactly(runtime, user_id, cut, shot, measured.frames) if measured.source else measured


def _heard(voice: Segment | None) -> float:
    """Seconds that a visual needs for its voice, silence around it included; 0 where nobody but its clip speaks."""
    return 0.0 if voice is None or not voice.lead else VOICE_LEAD + min(voice.seconds, LONGEST_SECONDS) + VOICE_TAIL


async def _still(
    runtime: Runtime, user_id: UUID, cut: Cut, shot: CutShot, source: _Source, frames: int, crop: Crop = ""
) -> Segment:
    move: Move = "static" if crop else shot.move
    cache_inputs = {"tool": "camera", "version": CAMERA, "of": source.sha256, "move": move, "frames": frames}
    cache_inputs |= {"crop": crop} if crop else {}

    async def make(out: Path) -> dict[str, Any]:
        film = partial(film_still, source.path, out, frame=cut.frame, fps=cut.fps, frames=frames, move=move, crop=crop)
        return _facts(await stoppable(lambda stop: film(stop=stop)))

    return _clip(await make_once(runtime, user_id, {**cache_inputs, **_grid(cut)}, CLIP, make))


async def _moving(runtime: Runtime, user_id: UUID, cut: Cut, source: _Source, facts: Facts, least: int) -> Segment:
    """A clip that ends before its voice does holds its last picture; one that is house already is used as it is."""
    return await _exact(
        runtime, user_id, cut, source, facts, least if frames_of(facts.seconds, cut.fps) < least else None
    )


async def _exact(
    runtime: Runtime, user_id: UUID, cut: Cut, source: _Source, facts: Facts, frames: int | None
) -> Segment:
    """The clip of so many frames, or (None) of its own length.

    Where the shot's is of another format than the film, it is made of the file as it came.
    """
    if source.own and facts.is_house(cut.frame, cut.fps):
        if frames in (None, facts.frames):
            return Segment(*source.own, source.sha256, facts.frames)
    elif source.own and (bought := await find_bought(runtime, user_id, source.sha256)):
        length = frames or max(1, round(facts.seconds * cut.fps))
        async with _opened(runtime, bought.url, "video") as came:
            return await _conformed(runtime, user_id, cut, came, length)
    return await _conformed(runtime, user_id, cut, source, frames)


async def _conformed(runtime: Runtime, user_id: UUID, cut: Cut, source: _Source, frames: int | None) -> Segment:
    cache_inputs = {"tool": "conform", "version": CONFORM, "of": source.sha256, "frames": frames}

    async def make(out: Path) -> dict[str, Any]:
        return _facts(await conform_clip(source.path, out, frame=cut.frame, fps=cut.fps, frames=frames))

    return _clip(await make_once(runtime, user_id, {**cache_inputs, **_grid(cut)}, CLIP, make))


def _grid(cut: Cut) -> dict[str, Any]:
    """The frame and rate in a clip's name; the rate of the house is not named, as it never was."""
    return {"frame": asdict(cut.frame), **({"fps": str(cut.fps)} if cut.fps != FPS else {})}


def _facts(facts: Facts) -> dict[str, Any]:
    return {"frames": facts.frames, "width": facts.width, "height": facts.height}


def _clip(asset: Asset) -> Segment:
    return Segment(asset.bucket, asset.path, asset.sha256, int(asset.facts["frames"]))


async def make_voice(runtime: Runtime, user_id: UUID, cut: Cut, shot: CutShot) -> Segment:
    """Sound of the shot: its voice file, else its lines in scratch voices.

    Raises:
        as `make_clip`.
    """
    if not shot.voice_url:
        return _take(await record_take(runtime, user_id, shot.lines, cut.cast))
    take = await find_take(runtime, user_id, shot.lines, cut.cast) if shot.lines else None
    if take is not None and runtime.storage.locate(shot.voice_url) == (take.bucket, take.path):
        return _take(take)  # our own, which knows what is said when
    segment = await make_sound(runtime, user_id, shot.voice_url)
    if shot.own_voice:
        segment = await _levelled(runtime, user_id, segment)
    words = shot.words or " ".join(line.text for line in shot.lines)
    spoken = tuple((caption.start, caption.end, caption.text) for caption in spread(words, segment.seconds))
    captions = shot.captions or spoken
    lead = 0.0 if shot.own_voice else VOICE_LEAD
    return replace(segment, captions=captions, lead=lead)


async def _levelled(runtime: Runtime, user_id: UUID, voice: Segment) -> Segment:
    """A model's own speech as loud as the other voices of a film."""

    async def make(out: Path) -> dict[str, Any]:
        async with runtime.storage.local(voice.bucket, voice.path) as path:
            gain = await in_thread(level_gain, path, VOICE_LEVEL, MOST_GAIN)
            await in_thread(place_sounds, [PlacedSound(path, 0.0, gain=gain)], voice.seconds, out)
        return {"seconds": voice.seconds}

    cache_inputs = {"tool": "level", "version": DECODE, "of": voice.sha256, "level": VOICE_LEVEL}
    made = await make_once(runtime, user_id, cache_inputs, TAKE, make)
    return replace(voice, bucket=made.bucket, path=made.path, sha256=made.sha256)


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
            "tool": "decode", "version": DECODE, "of": source.sha256, "channels": channels, "longest": longest,
        }  # fmt: skip

        async def make(out: Path) -> dict[str, Any]:
            return {"seconds": await decode_sound(source.path, channels, longest, out)}

        asset = await make_once(runtime, user_id, cache_inputs, TAKE, make)
        return Segment(asset.bucket, asset.path, asset.sha256, seconds=float(asset.facts["seconds"]))


def _house_seconds(path: Path) -> float:
    """Seconds of a WAV in the house format; 0 if the file is none."""
    try:
        return open_wav(path).seconds
    except MediaFailed:
        return 0.0


@asynccontextmanager
async def _opened(runtime: Runtime, url: str, *kinds: MediaKind) -> AsyncGenerator[_Source]:
    stored = await _stored(runtime, url)
    async with open_source(runtime, url, *kinds) as path:
        if stored is not None:
            yield _Source(path, stored.sha256, (stored.bucket, stored.path))
        else:
            yield _Source(path, await in_thread(hash_file, path), None)


async def _stored(runtime: Runtime, url: str) -> StoredFile | None:
    """The file of our own store that the address names, if it does."""
    location = runtime.storage.locate(url)
    try:
        return await runtime.storage.stat(*location) if location else None
    except NotFound:
        return None
