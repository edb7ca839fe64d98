"""A film put together from its segments: the bed, the mix, the join. No clip is encoded again."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.animatic.provider import SCORE, compose
from wzrd.assets.made_once import SOUND, TAKE, AssetFormat, make_once
from wzrd.domain.cut_list import Cut, effect_start, starts, timed_cues, voice_start
from wzrd.domain.film import Caption, seconds_of
from wzrd.film.segments import Segment
from wzrd.media.ffmpeg import foreign_input, local, run_ffmpeg
from wzrd.media.join import join
from wzrd.media.mix import Placed, mix
from wzrd.runtime.process import Runtime
from wzrd.threads import in_thread, stoppable

FILMS_BUCKET = "final-exports"
LAYERS, MIX, JOIN = "layers-1", "mix-1", "join-1"
"""Enter the names of what is made here: changed whenever it would become other bytes."""


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments of a film that could be had, by the number of their shot or sound."""

    clips: Mapping[int, Segment]
    voices: Mapping[int, Segment]
    effects: Mapping[int, Segment]

    @property
    def lengths(self) -> dict[int, int]:
        """Frames of each visual."""
        return {number: clip.frames for number, clip in self.clips.items()}

    @property
    def seconds(self) -> float:
        """How long the film is: exactly the sum of its clips."""
        return seconds_of(sum(self.lengths.values()))


async def lay_music(runtime: Runtime, user_id: UUID, layers: Sequence[Segment], seconds: float) -> Segment:
    """The project's own music, one on top of the other, as one bed no longer than the film.

    Raises:
        NotFound, MediaFailed, StorageFull.
    """
    cache_inputs = {"tool": "layers", "version": LAYERS, "of": [layer.sha256 for layer in layers], "seconds": seconds}

    async def make(out: Path) -> Mapping[str, Any]:
        async with AsyncExitStack() as stack:
            paths = [await _local(runtime, stack, layer) for layer in layers]
            inputs = [word for path in paths for word in foreign_input(path, seconds)]
            layered = f"amix=inputs={len(paths)}:normalize=0:duration=longest,atrim=end={seconds:.6f}"
            form = ["-ac", "2", "-ar", "48000", "-c:a", "pcm_s16le", "-fflags", "+bitexact", "-f", "wav"]
            await run_ffmpeg("-v", "error", *inputs, "-filter_complex", layered, *form, "-y", local(out))
        return {}

    asset = await make_once(runtime, user_id, cache_inputs, TAKE, make)
    return Segment(asset.bucket, asset.path, asset.sha256, seconds=seconds)


async def compose_bed(runtime: Runtime, user_id: UUID, cut: Cut, lengths: Mapping[int, int]) -> Segment:
    """A bed composed for the film's scenes.

    Raises:
        MediaFailed, StorageFull.
    """
    cues = timed_cues(cut, lengths)
    cache_inputs = {"tool": "score", "version": SCORE, "cues": [asdict(cue) for cue in cues]}

    async def make(out: Path) -> Mapping[str, Any]:
        await stoppable(lambda stop: compose(cues, out, stop=stop))
        return {}

    asset = await make_once(runtime, user_id, cache_inputs, TAKE, make)
    return Segment(asset.bucket, asset.path, asset.sha256, seconds=sum(cue.seconds for cue in cues))


async def mix_film(
    runtime: Runtime, user_id: UUID, cut: Cut, segments: Segments, bed: Segment | None
) -> tuple[Segment, float] | None:
    """The film's sound and its loudness in LUFS; None when there is nothing to be heard.

    Raises:
        NotFound, MediaFailed, StorageFull.
    """
    placed = _placed(cut, segments)
    if not placed and bed is None:
        return None
    cache_inputs = {
        "tool": "mix",
        "version": MIX,
        "placed": [[segment.sha256, start] for segment, start in placed],
        "bed": bed.sha256 if bed else None,
        "seconds": segments.seconds,
    }

    async def make(out: Path) -> Mapping[str, Any]:
        async with AsyncExitStack() as stack:
            voices = [Placed(await _local(runtime, stack, segment), start) for segment, start in placed]
            under = await _local(runtime, stack, bed) if bed else None
            loudness = await mix(voices, under, out, seconds=segments.seconds)
        return {"lufs": loudness.integrated}

    asset = await make_once(runtime, user_id, cache_inputs, SOUND, make)
    segment = Segment(asset.bucket, asset.path, asset.sha256, seconds=segments.seconds)
    return segment, float(asset.facts["lufs"])


def _placed(cut: Cut, segments: Segments) -> list[tuple[Segment, float]]:
    """Every voice and effect with the second at which it begins; those of visuals that are not in the film are out."""
    begins = starts(segments.lengths)
    placed = [(segments.voices[n], voice_start(at)) for n, at in begins.items() if n in segments.voices]
    for effect in cut.effects:
        at = effect_start(effect, begins)
        if at is not None and effect.number in segments.effects:
            placed.append((segments.effects[effect.number], at))
    return placed


def captions(segments: Segments) -> list[Caption]:
    """What is read while the voices are heard, in the film's time."""
    begins = starts(segments.lengths)
    return [
        Caption(voice_start(at) + start, voice_start(at) + end, words)
        for number, at in begins.items()
        if number in segments.voices
        for start, end, words in segments.voices[number].captions
    ]


@dataclass(frozen=True, slots=True)
class Film:
    """A finished film in the store."""

    bucket: str
    path: str
    url: str
    size: int
    width: int
    height: int
    frames: int
    captions: int


async def join_film(
    runtime: Runtime,
    user_id: UUID,
    cut: Cut,
    segments: Segments,
    sound: Segment | None,
    *,
    folder: str,
    joined: Callable[[], Awaitable[None]],
) -> Film:
    """The clips one after the other, with sound and captions, in the bucket of finished films below `folder`.

    `joined` is called between the join and the store.

    Raises:
        NotFound, MediaFailed, StorageFull.
    """
    clips = [segments.clips[number] for number in sorted(segments.clips)]
    film_captions = captions(segments) if sound else []
    cache_inputs = {
        "tool": "join",
        "version": JOIN,
        "folder": folder,
        "clips": [clip.sha256 for clip in clips],
        "sound": sound.sha256 if sound else None,
        "captions": [[caption.start, caption.end, caption.text] for caption in film_captions],
        "title": cut.title,
    }

    async def make(out: Path) -> Mapping[str, Any]:
        async with AsyncExitStack() as stack:
            paths = [await _local(runtime, stack, clip) for clip in clips]
            audio = await _local(runtime, stack, sound) if sound else None
            facts = await in_thread(partial(join, paths, out, audio=audio, captions=film_captions, title=cut.title))
        await joined()
        return {"width": facts.width, "height": facts.height, "frames": facts.frames}

    asset_format = AssetFormat(".mp4", "video/mp4", FILMS_BUCKET, folder)
    asset = await make_once(runtime, user_id, cache_inputs, asset_format, make)
    size = {name: int(asset.facts[name]) for name in ("width", "height", "frames")}
    return Film(asset.bucket, asset.path, asset.url, asset.size, **size, captions=len(film_captions))


async def _local(runtime: Runtime, stack: AsyncExitStack, segment: Segment) -> Path:
    return await stack.enter_async_context(runtime.storage.local(segment.bucket, segment.path))
