"""Casting: one scratch voice for each character, told apart by pitch and pace; and how a line reaches the ear."""

import hashlib
import json
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from wzrd.domain.descriptions import described, voice_key
from wzrd.domain.shots import Line

LOWEST, HIGHEST, ROWS = 0.58, 1.34, 12
"""The voice tool's one speaker talks at about 200 Hz: 116 to 268 Hz, in steps of 1.3 semitones."""
SPEEDS = (1.0, 0.9, 1.17, 0.82)  # beyond 1.2 the tool swallows words

Hearing = Literal["near", "far", "over", "through"]
_HINTS: dict[str, frozenset[str]] = {
    hint: frozenset(words.split())
    for hint, words in json.loads(files("wzrd.domain").joinpath("data/voice_hints.json").read_bytes()).items()
}
_REGISTERS = {"low": (0, 1, 2, 3, 4), "high": (6, 7, 8, 9), "child": (10, 11), "": tuple(range(1, ROWS - 1))}
_ASIDE = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?")


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice: `pitch` a factor on the speaker's own with the vowels kept, `speed` on the pace, `radio` always so."""

    pitch: float
    speed: float = 1.0
    radio: bool = False


NARRATOR = Voice(0.97, 0.96)
"""Who speaks a line that names nobody."""


def cast_voices(characters: Sequence[str], page: Sequence[str] = ()) -> dict[str, Voice]:
    """A voice for each character by its `voice_key`, and a narrator's for "".

    Each name has a place of its own liking (from a hash, within what is hinted at) and moves to a neighbour where
    others sit already; so nobody's voice changes when characters are added behind, and rarely when before.
    `page` are the screenplay's action paragraphs, if they are at hand: they say who is nine, sixty, he or she.
    """
    cast = {"": NARRATOR}
    taken: list[tuple[int, int]] = []
    keys = [key for key in dict.fromkeys(map(voice_key, characters)) if key]
    told = described(keys, page)
    for key in keys:
        hints = told[key] | {hint for hint in _HINTS if _words(key) & _HINTS[hint]}
        seat = _seat(key, hints, taken)
        taken.append(seat)
        cast[key] = _voice(*seat, radio="radio" in hints)
    return cast


def _voice(row: int, pace: int, *, radio: bool) -> Voice:
    pitch = LOWEST * (HIGHEST / LOWEST) ** (row / (ROWS - 1))
    return Voice(round(pitch, 3), SPEEDS[pace], radio)


def _words(key: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", key))


def _seat(key: str, hints: AbstractSet[str], taken: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The row of pitch and the pace that suit this name best among what others left."""
    register, wish, pace_wish = _wishes(key, hints)

    def unease(seat: tuple[int, int]) -> tuple[float, int]:
        row, pace = seat
        crowd = sum(_likeness(seat, other) for other in taken)
        away = 0.0 if row in register else 1.2 * min(abs(row - other) for other in register)
        odd = 0.5 * (pace != pace_wish) + 0.3 * pace
        return crowd + away + 0.12 * abs(row - wish) + odd, abs(row - wish) * len(SPEEDS) + pace

    return min(((row, pace) for row in range(ROWS) for pace in range(len(SPEEDS))), key=unease)


def _likeness(seat: tuple[int, int], other: tuple[int, int]) -> float:
    """How easily two voices are mistaken for each other: the same seat never while others are free."""
    rows = abs(seat[0] - other[0])
    if rows > 2:
        return 0.0
    paces = abs(SPEEDS[seat[1]] - SPEEDS[other[1]])
    if rows == 0:
        return 3.0 if paces > 0.05 else 100.0
    return max(0.0, (1.4 if rows == 1 else 0.4) - 6 * paces)


def _wishes(key: str, hints: AbstractSet[str]) -> tuple[tuple[int, ...], int, int]:
    """The register that is hinted at, the row that a name likes there, and its pace."""
    hint = next((hint for hint in ("child", "low", "high") if hint in hints), "")
    if not hint and key.isascii() and key.endswith("a"):
        hint = "high"
    register = _REGISTERS[hint]
    roll = int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=6).digest(), "big")
    return register, register[roll % len(register)], 1 if "slow" in hints else 0


def heard_as(line: Line) -> Hearing:
    """How a line is heard: in the room, from out of frame (O.S.), over the picture (V.O.), or through a telephone.

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
    """Whether the page asks for a whisper."""
    return bool(set(re.findall(r"[a-z]+", (line.parenthetical or "").casefold())) & _HINTS["whisper"])
