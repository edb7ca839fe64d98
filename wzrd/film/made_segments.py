"""Parts that a film is put together from: its segments, and where in it each is heard. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from wzrd.domain.film import FPS, Caption, seconds_of
from wzrd.domain.pacing import VOICE_LEAD
from wzrd.film.cut_list import Cut, effect_start, starts, voice_start

Source: TypeAlias = Literal["", "image", "video"]
"""Medium of a visual that stays where it is, for another to render; empty: a house clip in the store."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stored file that a film is joined or mixed from, or a visual of which only the length is settled (`source`).

    `seconds` of such a visual are its own, which may be longer than its `frames` by less than one. `lead`: seconds from
    the first frame of a voice's visual to its first sound.
    """

    bucket: str
    path: str
    sha256: str
    frames: int = 0
    seconds: float = 0.0
    captions: tuple[tuple[float, float, str], ...] = ()
    source: Source = ""
    lead: float = VOICE_LEAD

    def to_json(self) -> dict[str, Any]:
        """The segment as an item keeps it."""
        kept = asdict(self)
        if self.lead == VOICE_LEAD:
            del kept["lead"]
        return kept


def segment_from_json(kept: Mapping[str, Any]) -> Segment:
    """The segment that an item kept."""
    captions = tuple((float(start), float(end), str(words)) for start, end, words in kept["captions"])
    names = ("bucket", "path", "sha256", "frames", "seconds")
    more = {name: kept[name] for name in ("source", "lead") if name in kept}
    return Segment(*(kept[name] for name in names), captions=captions, **more)


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments of a film that could be had, by the number of their shot or sound; and its rate."""

    clips: Mapping[int, Segment]
    voices: Mapping[int, Segment]
    effects: Mapping[int, Segment]
    fps: Fraction

    @property
    def lengths(self) -> dict[int, int]:
        """Frames of each visual."""
        return {number: clip.frames for number, clip in self.clips.items()}

    @property
    def seconds(self) -> float:
        """Length of the film in seconds: exactly the sum of its clips."""
        return seconds_of(sum(self.lengths.values()), self.fps)


def segments_of(outputs: Mapping[str, Mapping[str, Any]], fps: Fraction) -> Segments:
    """The segments among the outputs of a run's finished items, by the items' keys."""

    def of(prefix: str) -> dict[int, Segment]:
        found = {key.removeprefix(prefix): kept for key, kept in outputs.items() if key.startswith(prefix)}
        return {int(number): segment_from_json(kept) for number, kept in found.items()}

    return Segments(of("visual/"), of("voice/"), of("effect/"), fps)


def placed_sounds(cut: Cut, segments: Segments) -> list[tuple[Segment, float]]:
    """Every voice and effect with the second at which it begins; those of visuals that are not in the film are out."""
    begins = starts(segments.lengths)
    spoken = [(voice, at) for n, at in begins.items() if (voice := segments.voices.get(n))]
    placed = [(voice, voice_start(at, segments.fps, voice.lead)) for voice, at in spoken]
    for effect in cut.effects:
        at = effect_start(effect, begins, segments.fps)
        if at is not None and effect.number in segments.effects:
            placed.append((segments.effects[effect.number], at))
    return placed


def captions(segments: Segments) -> list[Caption]:
    """Captions that are read while the voices are heard, in the film's time."""
    begins = starts(segments.lengths)
    return [
        Caption(heard + start, heard + end, words)
        for number, at in begins.items()
        if (voice := segments.voices.get(number))
        for heard in (voice_start(at, segments.fps, voice.lead),)
        for start, end, words in voice.captions
    ]


@dataclass(frozen=True, slots=True)
class Film:
    """A finished film in the store. `paid_by`: the key of the file that a renderer was paid for, if one was."""

    bucket: str
    path: str
    url: str
    size: int
    width: int
    height: int
    frames: int
    captions: int
    fps: float = FPS
    paid_by: str | None = None

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.frames / self.fps
