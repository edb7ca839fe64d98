"""A shot's voice as a batch keeps it, and the tracks by which models move mouths, one for each."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.assets.content_cache import TAKE, Asset, make_once
from wzrd.domain.breaths import part_ends
from wzrd.domain.errors import WzrdError
from wzrd.domain.film import Caption, frames_of, seconds_of
from wzrd.domain.pacing import LONGEST_PICTURE, VOICE_LEAD, VOICE_TAIL
from wzrd.domain.speech import KeptRoute
from wzrd.media.wav import PlacedSound, cut_sound, place_sounds
from wzrd.models.speech_routes import SpeechModel, speech_models
from wzrd.runtime.process import Runtime
from wzrd.storyboard.spoken_shots import LineSound, Spoken
from wzrd.threads import in_thread

TRACK = "track-1"
"""Enters the names of tracks: changed whenever they would become other bytes."""


class CannotSpeak(WzrdError):
    """The shot's people cannot be seen speaking these lines."""

    code = "cannot_speak"


@dataclass(frozen=True, slots=True)
class ShotVoice:
    """The spoken lines of a shot: how many seconds they take together, and each line's own sound."""

    seconds: float
    lines: tuple[LineSound, ...]


def keep_voice(spoken: Spoken) -> dict[str, Any]:
    """The voice as its item keeps it, with what is read while it is heard."""
    asset = spoken.asset
    place = {"url": asset.url, "bucket": asset.bucket, "path": asset.path, "sha256": asset.sha256}
    lines = [asdict(one) for one in spoken.lines]
    return {**place, "seconds": spoken.seconds, "captions": [list(one) for one in spoken.captions], "lines": lines}


def read_voice(output: Mapping[str, Any]) -> ShotVoice:
    """The voice that an item has kept."""
    return ShotVoice(float(output["seconds"]), tuple(map(_line_sound, output["lines"])))


def _line_sound(kept: Mapping[str, Any]) -> LineSound:
    words = tuple(Caption(**one) for one in kept.get("words", ()))
    return LineSound(**{name: value for name, value in kept.items() if name != "words"}, words=words)


def part_frames(route: KeptRoute | None, voice: ShotVoice | None, fps: Fraction) -> tuple[int, ...]:
    """Frames of each of the consecutive clips in which lines are spoken that outlast one; empty: one has them all.

    They are cut at breaths. It is empty, too, where more clips were needed than have been priced.
    """
    if route is None or voice is None or route.parts < 2:
        return ()
    whole, least = VOICE_LEAD + voice.seconds + VOICE_TAIL, speech_models()[route.model].least
    said = ((VOICE_LEAD + line.start, word) for line in voice.lines for word in line.words)
    words = [Caption(begin + word.start, begin + word.end, word.text) for begin, word in said]
    ends = part_ends(words, whole, min(route.longest, LONGEST_PICTURE) - 1 / float(fps), least)
    if not 1 < len(ends) <= route.parts:
        return ()
    return tuple(end - start for start, end in pairwise([0, *(frames_of(end, fps) for end in ends)]))


def check_speech(route: KeptRoute, voice: ShotVoice | None, lines: int, parts: Sequence[int] = ()) -> SpeechModel:
    """The model that makes a shot's people be seen speaking what has been spoken, in `parts` if there are any.

    Raises:
        CannotSpeak: its lines were not spoken, are others by now, or last longer than was priced.
    """
    model = speech_models()[route.model]
    if voice is None or route.lines != lines or len(voice.lines) != lines:
        raise CannotSpeak("its lines were not spoken, or have been edited since this was asked for")
    if not all(voice.lines[at].is_paid for track in route.tracks for at in track):
        raise CannotSpeak("a line of those who are seen is in a scratch voice")
    whole = VOICE_LEAD + voice.seconds + VOICE_TAIL
    if not parts and not model.least <= whole <= min(model.most, LONGEST_PICTURE):
        if route.parts > 1:
            raise CannotSpeak(f"its lines take {whole:.1f} s, more than the {route.parts} clips that were priced hold")
        bounds = f"{model.least:g} to {min(model.most, LONGEST_PICTURE):g} s"
        raise CannotSpeak(f"its lines take {whole:.1f} s, and {model.model.id} takes {bounds}")
    return model


async def make_tracks(
    runtime: Runtime, user_id: UUID, route: KeptRoute, voice: ShotVoice, frames: int, fps: Fraction
) -> list[Asset]:
    """The sound of each mouth, as long as the clip of `frames`: its lines where the film has them, else silence.

    Raises:
        NotFound, MediaFailed, StorageFull: a line is gone, or the sound cannot be written.
    """
    seconds = seconds_of(frames, fps)
    return [await _track(runtime, user_id, [voice.lines[at] for at in track], seconds) for track in route.tracks]


async def cut_track(runtime: Runtime, user_id: UUID, track: Asset, parts: Sequence[int], fps: Fraction) -> list[Asset]:
    """A mouth's sound in consecutive parts of so many frames each, to the sample: none is missing, none comes twice.

    Raises:
        NotFound, MediaFailed, StorageFull: the sound is gone, or a part cannot be written.
    """
    ends = [seconds_of(end, fps) for end in accumulate(parts)]
    return [await _cut(runtime, user_id, track, start, end) for start, end in pairwise([0.0, *ends])]


async def _cut(runtime: Runtime, user_id: UUID, track: Asset, start: float, end: float) -> Asset:
    async def make(out: Path) -> Mapping[str, Any]:
        async with runtime.storage.local(track.bucket, track.path) as path:
            await in_thread(cut_sound, path, start, end, out)
        return {"seconds": end - start}

    cache_inputs = {"tool": "part of track", "version": TRACK, "of": track.sha256, "start": start, "end": end}
    return await make_once(runtime, user_id, cache_inputs, TAKE, make)


async def _track(runtime: Runtime, user_id: UUID, lines: Sequence[LineSound], seconds: float) -> Asset:
    placed = [(line.sha256, round(VOICE_LEAD + line.start, 6)) for line in lines]

    async def make(out: Path) -> Mapping[str, Any]:
        async with AsyncExitStack() as opened:
            paths = [await opened.enter_async_context(runtime.storage.local(one.bucket, one.path)) for one in lines]
            parts = [PlacedSound(path, start) for path, (_, start) in zip(paths, placed, strict=True)]
            await in_thread(place_sounds, parts, seconds, out)
        return {"seconds": seconds}

    cache_inputs = {"tool": "track", "version": TRACK, "of": [list(one) for one in placed], "seconds": seconds}
    return await make_once(runtime, user_id, cache_inputs, TAKE, make)
