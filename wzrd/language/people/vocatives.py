"""Words by which a line calls whoever it is said to: "Grandpa, look!", "Oui, madame.". Pure."""

import re
from collections.abc import Iterator, Sequence

from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line
from wzrd.language.people.person_phrases import NOTHING, Traits
from wzrd.language.words.person_words import NOUNS, RELATIONS, TITLES, base_form

_NEAR = 2
"""Lines before and behind within which whoever is called speaks."""
_PIECE = re.compile(r"[,.!?\u2026;:\u3001\u3002\uff01\uff1f\u2013\u2014]+")
_OWN = frozenset({"my", "mon", "ma", "mi", "mio", "mia", "meu", "minha", "mein", "meine", "mijn", "m'n", "min", "dear"})
_CALLS = (RELATIONS.keys() | TITLES.keys() | frozenset(["sir", "madam", "ma'am", "lass", "laddie"])) - {
    "brother", "sister", "father", "wife", "husband", "dr", "doc", "doctor", "bride", "groom",
}  # fmt: skip
"""Nouns by which people are called to their face; a priest and a nun bear those of a family."""


def called(lines: Sequence[Line], language: str) -> Iterator[tuple[str, Traits]]:
    """Key of who is called by a noun for a person in a scene's lines, and what it tells of them.

    Only where nobody else can be meant: one person besides the speaker talks near.
    """
    keys = [voice_key(line.character) for line in lines]
    for at, line in enumerate(lines):
        near = set(keys[max(0, at - _NEAR) : at + _NEAR + 1]) - {keys[at]}
        if len(near) == 1 and (traits := _told(line.text, language)) != NOTHING:
            yield near.pop(), traits


def _told(text: str, language: str) -> Traits:
    """Facts that the first or last piece between commas tells, if it is no more than such a noun."""
    pieces = [piece.split() for piece in _PIECE.split(text.casefold().replace("\u2019", "'")) if piece.strip()]
    for piece in (pieces[0], pieces[-1]) if len(pieces) > 1 else ():
        words = piece[1:] if len(piece) > 1 and piece[0] in _OWN else piece
        noun = base_form(words[0], language) if len(words) == 1 else ""
        if noun in _CALLS:
            gender, age = NOUNS.get(noun, ("", ""))
            gender = gender or RELATIONS.get(noun, "") or TITLES.get(noun, "")
            return Traits(gender, age if age == "old" else "")
    return NOTHING
