"""The words of framing: which size, angle, move and lens a phrase means, in a field or a sentence.

A field ("MCU", "push in") may use any synonym. A sentence may only use the ones that mean nothing else in English:
"wide eyes" is no wide shot. The synonyms are data (vocabulary.json).
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast, get_args

from wzrd.domain.shots import Angle, Move, ShotSize

MIN_LENS_MM, MAX_LENS_MM = 4, 1200

_MILLIMETRES = re.compile(r"(?<![\d.])(\d{1,4})(?:\.\d)?\s?-?mm\b", re.IGNORECASE)
_TAG = re.compile(
    r"(?:^|\d ?mm |angle )(wide|medium|full|insert)(?= (?:on|of|from|as|at|to|master|frame)\b| ?[:,;.]|$)"
)


@dataclass(frozen=True, slots=True)
class _Terms:
    """One vocabulary: every synonym for fields, and a pattern of the unambiguous ones for sentences."""

    exact: Mapping[str, str]
    inside: re.Pattern[str]


def _terms(table: Mapping[str, list[str]], loose: Iterable[str], values: tuple[str, ...]) -> _Terms:
    exact = {value.replace("_", " "): value for value in values}
    for value, words in table.items():
        exact.update(dict.fromkeys(words, value))
    plain = sorted(exact.keys() - set(loose), key=len, reverse=True)
    return _Terms(exact, re.compile(r"(?<![\w'])(" + "|".join(map(re.escape, plain)) + r")s?(?![\w'])"))


@cache
def _data() -> Mapping[str, Any]:
    return json.loads((files("wzrd.domain") / "data/shot_vocabulary.json").read_text(encoding="utf-8"))


@cache
def _sizes() -> _Terms:
    return _terms(_data()["sizes"], _data()["size_loose"], get_args(ShotSize))


@cache
def _angles() -> _Terms:
    return _terms(_data()["angles"], _data()["angle_loose"], get_args(Angle))


@cache
def _moves() -> _Terms:
    return _terms(_data()["moves"], _data()["move_loose"], get_args(Move))


def _plain(text: str) -> str:
    """Lower case, one blank between words, hyphens and underscores opened."""
    return " ".join(re.sub(r"[-_\u2010-\u2015/]", " ", text.replace("\u2019", "'").casefold()).split())


def _field(terms: _Terms, text: str) -> str | None:
    words = _plain(text)[:120].strip(" .:;,()[]")
    if words in terms.exact:
        return terms.exact[words]
    found = terms.inside.search(words)
    if found:
        return terms.exact[found.group(1)]
    singles = [terms.exact[word] for word in words.split() if word in terms.exact]
    return singles[0] if singles else None


def _inside(terms: _Terms, text: str) -> str | None:
    found = terms.inside.search(_plain(text))
    return terms.exact[found.group(1)] if found else None


def size_of(field: str) -> ShotSize | None:
    """The size that a field's value means ("CU", "Medium close-up"), or None."""
    return cast("ShotSize | None", _field(_sizes(), field))


def angle_of(field: str) -> Angle | None:
    """The angle that a field's value means ("OTS", "low angle"), or None."""
    return cast("Angle | None", _field(_angles(), field))


def move_of(field: str) -> Move | None:
    """The camera move that a field's value means ("push in", "Steadicam"), or None."""
    return cast("Move | None", _field(_moves(), field))


def lens_of(field: str) -> int | None:
    """The focal length in millimetres that a field's value means ("35", "35mm", "24-70mm"), or None."""
    found = re.search(r"\d{1,4}", field[:40])
    return _clamped(int(found.group())) if found else None


def guess_size(sentence: str) -> ShotSize | None:
    """The size that a sentence speaks of, or None when it speaks of none."""
    size = _inside(_sizes(), sentence)
    if size is None:
        tag = _TAG.search(_plain(sentence))
        size = tag.group(1) if tag else None
    return cast("ShotSize | None", size)


def guess_angle(sentence: str) -> Angle | None:
    """The angle that a sentence speaks of, or None."""
    return cast("Angle | None", _inside(_angles(), sentence))


def guess_move(sentence: str) -> Move | None:
    """The camera move that a sentence speaks of, or None."""
    return cast("Move | None", _inside(_moves(), sentence))


def guess_lens(sentence: str) -> int | None:
    """The focal length in millimetres that a sentence names, or None."""
    found = _MILLIMETRES.search(sentence)
    return _clamped(int(found.group(1))) if found else None


def usual_lens(size: ShotSize) -> int:
    """The focal length in millimetres that a size is usually shot on."""
    return _data()["lens"][size]


def _clamped(millimetres: int) -> int | None:
    return millimetres if MIN_LENS_MM <= millimetres <= MAX_LENS_MM else None
