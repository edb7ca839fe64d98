"""Props of a script: things in capitals, things that recur, and where a sentence shows one. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from wzrd.language import lexicon
from wzrd.language.person_words import is_given_name

MAX_PROPS = 200
RECURS = 3
"""Number of sentences from which on a thing recurs."""
_CAPITALS = re.compile(r"(?<![\w'.-])[^\W\d_a-z][^\W\d_a-z'-]{2,}(?: [^\W\d_a-z][^\W\d_a-z'-]{2,}){0,2}(?![\w.'])")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_MODIFIERS = 2
_BODY = frozenset(
    {"hand", "hands", "eye", "eyes", "fist", "fingers", "tooth", "skull", "tear", "foot", "window", "door"}
)


class PropFinder:
    """Finds the props of a film in its sentences. `key` are the ids of those that matter: in capitals, or recurring."""

    def __init__(self, prose: Sequence[str], people: Iterable[str]) -> None:
        self._people = {word for name in people for word in name.casefold().split()}
        counts: Counter[str] = Counter()
        shouted: dict[str, str] = {}
        for text in prose:
            counts.update({_singular(word) for word in _WORD.findall(text.casefold()) if self._is_thing(word)})
            if re.search(r"[a-z\u00df-\u00ff]", text):
                shouted |= {name.casefold(): name for name in _CAPITALS.findall(text) if self._is_prop(name)}
        self._shouted = {_singular(name.split()[-1]): name for name in shouted}
        self.counts = counts
        recurring = {word for word, count in counts.items() if count >= RECURS and word not in _BODY}
        self.key = frozenset(map(str.upper, [*self._shouted, *recurring][:MAX_PROPS]))

    @property
    def names(self) -> dict[str, str]:
        """Id → name of each prop that matters."""
        return {key: self._shouted.get(key.casefold(), key.casefold()) for key in sorted(self.key)}

    def find(self, sentence: str) -> list[str]:
        """Ids of the things that a sentence shows, those that matter first."""
        words = [_singular(word) for word in _WORD.findall(sentence.casefold())]
        here = [word.upper() for word in words if word in self._shouted or self._is_thing(word)]
        found = list(dict.fromkeys(one for one in here if one.casefold() not in _BODY))
        return sorted(found, key=lambda one: one not in self.key)[:4]

    def _is_thing(self, word: str) -> bool:
        return _singular(word) in lexicon.OBJECTS and word not in self._people

    def _is_prop(self, name: str) -> bool:
        """True if words in capitals are a thing: nobody's name, no sound, no camera word, no title."""
        words = name.casefold().split()
        barred = lexicon.CAPITALS_NOT | lexicon.PEOPLE | lexicon.PLACE_WORDS | lexicon.ACRONYMS
        if any(word in barred or word in self._people or is_given_name(word) for word in words):
            return False
        return words[-1] in lexicon.OBJECTS or _singular(words[-1]) in lexicon.OBJECTS or words[-1] in lexicon.LARGE


def _singular(word: str) -> str:
    word = word.casefold()
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and word[:-1] in lexicon.OBJECTS:
        return word[:-1]
    return word
