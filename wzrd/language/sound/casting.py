"""Casting: a scratch voice for each person, told apart by pitch and pace; how a line is heard."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line
from wzrd.language.people.profiles import Profile
from wzrd.language.people.register import Register
from wzrd.language.words.lexicon import load

LOWEST, HIGHEST, ROWS = 0.58, 1.34, 12
"""The voice tool's one speaker talks at about 200 Hz: 116 to 268 Hz, in steps of 1.3 semitones."""
SPEEDS = (1.0, 0.9, 1.17, 0.82)  # beyond 1.2 the tool swallows words

Hearing = Literal["near", "far", "over", "through"]
_HINTS: dict[str, frozenset[str]] = {hint: frozenset(words.split()) for hint, words in load("voice_hints.json").items()}
_REGISTERS: Mapping[str, Mapping[str, Sequence[int]]] = load("voice_registers.json")
"""The rows that somebody of a gender and age may sit in; never outside: a crowded register is shared, by pace first."""
_ASIDE = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?")


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice: `pitch` a factor on the speaker's own with the vowels kept, `speed` on the pace, `radio` always so."""

    pitch: float
    speed: float = 1.0
    radio: bool = False


NARRATOR = Voice(0.97, 0.96)
"""Who speaks a line that names nobody."""


def cast_voices(characters: Sequence[str], register: Register | None = None) -> dict[str, Voice]:
    """A voice for each character by its `voice_key`, and a narrator's for "".

    Each name has a place of its own liking (from a hash, within the register of its gender and age) and moves to a
    neighbour where others sit already; so nobody's voice changes when characters are added behind, and rarely when
    before. `register` is the film's; without it, names speak for themselves. Two names of one person share a voice.
    """
    register = register or Register(())
    cast = {"": NARRATOR}
    taken: dict[str, tuple[int, int]] = {}
    for key in [key for key in dict.fromkeys(map(voice_key, characters)) if key]:
        person = register.profile(key)
        if person.key not in taken:
            taken[person.key] = _seat(person, tuple(taken.values()))
        cast[key] = _voice(*taken[person.key], radio=bool(_words(key) & _HINTS["radio"]))
    return cast


def rows_of(person: Profile) -> tuple[int, ...]:
    """The rows of pitch that suit somebody's gender and age."""
    own = _REGISTERS[person.gender]
    return tuple(own.get(person.age) or own[""])


def _voice(row: int, pace: int, *, radio: bool) -> Voice:
    pitch = LOWEST * (HIGHEST / LOWEST) ** (row / (ROWS - 1))
    return Voice(round(pitch, 3), SPEEDS[pace], radio)


def _words(key: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", key))


def _seat(person: Profile, taken: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The row of pitch and the pace that suit this person best among what others left."""
    rows = rows_of(person)
    roll = int.from_bytes(hashlib.blake2b(person.key.encode("utf-8", "replace"), digest_size=6).digest(), "big")
    wish = rows[roll % len(rows)]
    pace_wish = 1 if person.age == "old" or _words(person.key) & _HINTS["slow"] else 0

    def unease(seat: tuple[int, int]) -> tuple[float, int]:
        row, pace = seat
        crowd = sum(_likeness(seat, other) for other in taken)
        away = 1.2 * min(abs(row - other) for other in rows)
        odd = 0.5 * (pace != pace_wish) + 0.3 * pace
        return crowd + away + 0.12 * abs(row - wish) + odd, abs(row - wish) * len(SPEEDS) + pace

    allowed = rows if person.gender or person.age else range(1, ROWS - 1)
    return min(((row, pace) for row in allowed for pace in range(len(SPEEDS))), key=unease)


def _likeness(seat: tuple[int, int], other: tuple[int, int]) -> float:
    """Score of how easily two voices are confused; the same seat is never taken while others are free."""
    rows = abs(seat[0] - other[0])
    if rows > 2:
        return 0.0
    paces = abs(SPEEDS[seat[1]] - SPEEDS[other[1]])
    if rows == 0:
        return 3.0 if paces > 0.05 else 100.0
    return max(0.0, (1.4 if rows == 1 else 0.4) - 6 * paces)


def heard_as(line: Line) -> Hearing:
    """Hearing of a line: in the room, from out of frame (O.S.), over the picture (V.O.), or through a telephone.

    Who speaks *into* the receiver is in the room.
    """
    asides = " ".join(_ASIDE.findall(line.character))
    words = set(
        re.findall(r"[a-z]+(?:[.\-][a-z]+)*", f"{line.extension} {line.parenthetical or ''} {asides}".casefold())
    )
    if words & _HINTS["heard_through"] and "into" not in words:
        return "through"
    return "far" if words & _HINTS["far"] else "over" if words & _HINTS["over"] else "near"


def is_whispered(line: Line) -> bool:
    """True if the page asks for a whisper."""
    return bool(set(re.findall(r"[a-z]+", (line.parenthetical or "").casefold())) & _HINTS["whisper"])
