"""write_shots: the whole way from a scene's brief to its shots."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

from wzrd.animatic.seeded import Seeded
from wzrd.animatic.writer.beats import Beat
from wzrd.animatic.writer.coverage import Coverage, slots
from wzrd.animatic.writer.framing import Last, Setup
from wzrd.animatic.writer.grammar import Wording
from wzrd.animatic.writer.scene_reading import Reading, read_scene
from wzrd.domain import shot_vocabulary
from wzrd.domain.shots import SceneBrief, ShotIdea

MAX_COUNT = 60
_TRIES = 24


def write_shots(brief: SceneBrief, count: int, *, seed: int = 0, previous: Sequence[str] = ()) -> list[ShotIdea]:
    """`count` shots (1 to 60, clamped) for a scene, in screen order, none blank, no two alike.

    `previous` are the ideas of the scene's earlier shots: the writer goes on after the last moment they tell, does
    not open again, and keeps their last size and subject from following itself. The same arguments give the same shots.
    """
    count = max(1, min(int(count), MAX_COUNT))
    reading = read_scene(brief)
    earlier = [text for text in previous if text.strip()]
    choices = Seeded(_key(brief, seed, len(earlier)))
    coverage = Coverage(reading, choices, _last(earlier, reading))
    wording = Wording(reading, choices)
    seen = {_folded(text) for text in earlier}
    shots: list[ShotIdea] = []
    for slot in slots(reading, count, _left_off(earlier, reading), opens=not earlier):
        shot = _unlike(wording, coverage.next(slot), seen)
        seen.add(_folded(shot.idea))
        shots.append(shot)
    return shots


def _key(brief: SceneBrief, seed: int, count: int) -> bytes:
    text = f"{seed}\x1f{count}\x1f{brief!r}"
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _unlike(wording: Wording, setup: Setup, seen: set[str]) -> ShotIdea:
    """The set-up's shot in words that nobody used before; in the last resort it is told which take it is."""
    shot = wording.idea(setup)
    for variant in range(1, _TRIES):
        if _folded(shot.idea) not in seen:
            return shot
        shot = wording.idea(setup, variant)
    take = 2
    while _folded(again := f"{shot.idea} Take {take}, with a different rhythm.") in seen:
        take += 1
    return replace(shot, idea=again)


def _last(earlier: list[str], reading: Reading) -> Last:
    """Size and subject of the last earlier shot, as far as its words tell."""
    if not earlier:
        return None
    text = earlier[-1]
    folded = text.casefold()
    names = [person.name for person in reading.people if person.name.casefold() in folded]
    things = [thing for beat in reading.beats for thing in beat.objects if thing.casefold() in folded]
    return shot_vocabulary.guess_size(text) or "medium", next(iter([*names, *things]), reading.air.place)


def _left_off(earlier: list[str], reading: Reading) -> int:
    """The index of the first beat after the last one that an earlier shot tells; 0 when none is told."""
    shown = [at for at, beat in enumerate(reading.beats) if any(_shows(text, beat) for text in earlier)]
    return shown[-1] + 1 if shown else 0


def _shows(text: str, beat: Beat) -> bool:
    """True if a shot's text tells a beat: its words are mostly there (or, without spaces, it is quoted)."""
    words = {word for word in re.findall(r"\w+", beat.text.casefold()) if len(word) > 3}
    if len(words) < 2:
        return beat.text.casefold() in text.casefold()
    there = words & set(re.findall(r"\w+", text.casefold()))
    shown = beat.text[:60].casefold() in text.casefold()
    return shown or len(there) >= max(2, 0.7 * len(words))
