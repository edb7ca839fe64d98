"""Who is in the scene: names as a sentence spells them, or found in the text, and their sides.

The 180° rule lives here: a person's side of the frame follows from the scene alone, so it never changes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from wzrd.domain import lexicon
from wzrd.domain.sentences import one_line, sentence_case, split_sentences, tokens_of
from wzrd.domain.shots import Line, SceneBrief

Side = Literal["left", "right"]
MAX_PEOPLE, MAX_NAME = 24, 60
_COMMON = (
    frozenset(
        lexicon.NAMES_NOT | lexicon.MASS | lexicon.OBJECTS | lexicon.LARGE | lexicon.PREPOSITIONS | lexicon.PLACE_WORDS
    )
    | lexicon.PLACES.keys()
)
_AUX_OR_PAST = lexicon.AUX | lexicon.PAST
_AGE_INTRODUCTION = re.compile(r"\b([A-Z][A-Z.'\-]+(?: [A-Z][A-Z.'\-]+){0,2})\s*\((?=[^)]*\d)")
_UNSEEN_VOICE = re.compile(r"\b(?:v\.?\s?o|o\.?\s?[sc]|off[- ]?screen|off|voice ?over)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the scene: `name` as it stands inside a sentence ("Mara", "the old man")."""

    name: str
    side: Side

    @property
    def words(self) -> tuple[str, ...]:
        """The folded words that mean this person in a text."""
        words = [word.casefold() for word in self.name.split() if word.casefold().strip(".") not in lexicon.TITLES]
        return tuple(words[-1:]) if self.name.startswith("the ") else tuple(words)


def is_unseen(line: Line, parenthetical: str | None) -> bool:
    """Whether a line is spoken out of frame: extension, cue or parenthetical says V.O., O.S., off-screen."""
    marks = " ".join((line.extension, *re.findall(r"\(([^()]*)\)", line.character), parenthetical or ""))
    return _UNSEEN_VOICE.search(marks) is not None


def spelled(cue: str) -> str:
    """A character cue as a sentence spells it: `MARA (CONT'D)` → Mara, `OLD MAN` → the old man; may be empty."""
    name = one_line(re.sub(r"\([^()]*\)?", " ", cue), MAX_NAME).strip(" \"'^@:.,;-")
    words = name.split()
    if not words:
        return ""
    if name.isupper() or name.islower():
        if words[-1].casefold() in lexicon.PEOPLE and all(word.isalpha() for word in words) and len(words) <= 3:
            known = all(
                word.casefold() in lexicon.PEOPLE | lexicon.PLACE_WORDS or _is_adjective(word) for word in words
            )
            if known:
                return "the " + name.lower()
        return " ".join(_capitalised(word) for word in words)
    first = words[0].casefold()
    return name[0].lower() + name[1:] if first in {"the", "a", "an"} and len(words) > 1 else name


def _is_adjective(word: str) -> bool:
    return word.casefold() in {"old", "young", "tall", "first", "second", "other"} or word.casefold().endswith(
        lexicon.ADJECTIVE_ENDINGS
    )


def _capitalised(word: str) -> str:
    return re.sub(r"[^\W\d_]+", lambda part: part.group().capitalize(), word).replace("'S", "'s")


def people_of(brief: SceneBrief) -> tuple[Person, ...]:
    """Everybody in the scene, in order: the given characters, the speakers, else the names its text shows."""
    given = [spelled(cue) for cue in (*brief.characters, *(line.character for line in brief.dialogue))]
    names = [name for name in dict.fromkeys(given) if name]
    prose = "\n\n".join((brief.description, *brief.actions))
    unseen = _only_heard(brief, prose.casefold())
    if not names:
        names = list(dict.fromkeys(_found_names(prose)))
    names = [name for name in names if name not in unseen]
    return tuple(
        Person(name, "left" if at % 2 == 0 else "right") for at, name in enumerate(_distinct(names)[:MAX_PEOPLE])
    )


def _distinct(names: list[str]) -> list[str]:
    """Without the ones that only repeat another in other letters (MARA and Mara)."""
    seen: dict[str, str] = {}
    for name in names:
        seen.setdefault(name.casefold(), name)
    return list(seen.values())


def _only_heard(brief: SceneBrief, prose: str) -> set[str]:
    """Speakers whose every line comes from out of frame and whom no sentence shows."""
    heard: dict[str, bool] = {}
    for line in brief.dialogue:
        name = spelled(line.character)
        heard[name] = heard.get(name, True) and is_unseen(line, line.parenthetical)
    return {name for name, only in heard.items() if only and name.casefold() not in prose}


def _found_names(text: str) -> list[str]:
    """Names that act as subjects; where there are none, roles that do ("the dog")."""
    names = [spelled(found) for found in _AGE_INTRODUCTION.findall(text[:40_000])]
    sentences = [tokens_of(sentence) for sentence in split_sentences(text)[:300]]
    names += [name for tokens in sentences for name in _subjects(tokens)]
    return names or [name for tokens in sentences for name in _role_subjects(tokens)]


def _role_subjects(tokens: tuple[str, ...]) -> list[str]:
    if len(tokens) < 3 or tokens[0].casefold() not in {"a", "an", "the"}:
        return []
    for at in range(1, min(4, len(tokens) - 1)):
        after = tokens[at + 1]
        if tokens[at] in lexicon.PEOPLE and (after in lexicon.SINGULAR_VERBS or after in lexicon.AUX):
            return ["the " + " ".join(tokens[1 : at + 1]).lower()]
    return []


def _subjects(tokens: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for at, (token, after) in enumerate(pairwise(tokens)):
        folded = token.casefold()
        is_name = token[0].isupper() and len(token) > 1 and token.isalpha() and folded not in _COMMON
        if not is_name:
            continue
        if after not in lexicon.SINGULAR_VERBS and after not in _AUX_OR_PAST:
            continue
        before = tokens[at - 1] if at else ""
        titled = before[:1].isupper() and (before.casefold() in lexicon.PEOPLE | lexicon.TITLES)
        if before.casefold() in lexicon.DETERMINERS or folded in lexicon.PEOPLE:
            continue
        name = sentence_case(token.lower()) if token.isupper() else token
        found.append(f"{before} {name}" if titled else name)
    return found


def partner_of(person: Person, people: Iterable[Person]) -> Person | None:
    """The first one who faces `person` across the line."""
    return next((other for other in people if other.side != person.side), None)
