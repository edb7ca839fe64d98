"""Where people are named in a script's prose, sentence by sentence. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wzrd.domain.names import words_of
from wzrd.domain.person_words import NOUNS, RANKS, TITLES

_END = re.compile(
    r"(?<!\b[Mm]r)(?<!\b[MmDd]rs)(?<!\b[MmDJS][srt])(?<!\b\w)[.!?\u2026]+[\"'\u201d)]*(?=\s|$)|[\u3002\uff01\uff1f]+|\n+"
)
_CJK = "\u2e80"


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a sentence. `capital`: in capitals, as when somebody is first seen."""

    key: str
    start: int
    end: int
    capital: bool


def sentences_of(paragraph: str) -> list[str]:
    """The sentences of a paragraph as they stand, brackets too."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(paragraph):
        found.append(paragraph[start : end.end()])
        start = end.end()
    return [sentence for sentence in (*found, paragraph[start:]) if sentence.strip()]


class Mentions:
    """Finds people by their whole names, and by the parts of a name that nobody else bears."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = tuple(keys)
        self._forms = _forms(self.keys)
        whole = [re.escape(form) for form in sorted(self._forms, key=len, reverse=True) if form < _CJK]
        wide = [re.escape(form) for form in sorted(self._forms, key=len, reverse=True) if form >= _CJK]
        parts = [rf"(?<![\w'\u2019])(?:{'|'.join(whole)})(?!\w)"] if whole else []
        self._pattern = re.compile("|".join([*parts, *wide]) or r"(?!)")

    def find(self, sentence: str) -> Iterator[Mention]:
        """Everybody who is named in a sentence, in order."""
        folded = sentence.casefold().replace("\u2019", "'")
        if len(folded) != len(sentence):
            folded = sentence.lower().replace("\u2019", "'")[: len(sentence)]
        for found in self._pattern.finditer(folded):
            form, text = found.group(), sentence[found.start() : found.end()]
            key, any_case = self._forms[form]
            if any_case or text[:1].isupper() or text[:1] >= _CJK:
                yield Mention(key, found.start(), found.end(), text.isupper())


def _forms(keys: Sequence[str]) -> Mapping[str, tuple[str, bool]]:
    """What may stand for a person: form → key, and whether small letters will do (roles: `the old man`)."""
    forms = {key: (key, _is_role(key)) for key in keys}
    parts: dict[str, set[str]] = {}
    for key in keys:
        for part in name_parts(key):
            parts.setdefault(part, set()).add(key)
    for part, owners in parts.items():
        if len(owners) == 1 and part not in forms:
            forms[part] = (next(iter(owners)), False)
    return forms


def name_parts(key: str) -> list[str]:
    """The words of a name that may stand alone: no titles, ranks, numbers, roles."""
    if _is_role(key) or "'s" in key:
        return []
    words = [word.strip(".") for word in key.split()]
    own = [word for word in words if word not in TITLES and word not in RANKS]
    return [word for word in own if len(word) > 2 and word.isalpha()] if len(words) > 1 and len(own) < 4 else []


def _is_role(key: str) -> bool:
    words = words_of(key)
    return any(word in NOUNS for word in words) and not any(word in TITLES for word in words[:-1])
