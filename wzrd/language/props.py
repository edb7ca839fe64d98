"""Props of a script: things in capitals, things that recur, and where a sentence shows one. Pure.

Things in capitals are understood in any language; what recurs is known by English nouns alone.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from wzrd.language import lexicon
from wzrd.language.acts import NO_PROPS, alternatives
from wzrd.language.mentions import sentences_of
from wzrd.language.person_words import ADJECTIVES, DETERMINERS, NOUNS, is_given_name

_DATA: Mapping[str, Any] = json.loads(
    files("wzrd.language").joinpath("data", "things.json").read_text(encoding="utf-8")
)
MAX_PROPS, MAX_SHOWN = 200, 4
RECURS = 3
"""Number of sentences from which on a thing recurs."""
_LETTER = r"[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff\u0105\u0107\u0119\u0142\u0144\u015b\u017a\u017c]"
_CAPITALS = re.compile(
    rf"(?<![\w'\u2019.-]){_LETTER}{{3,}}(?:['\u2019]{_LETTER})?"
    rf"(?:[ -](?:DE |DU |OF )?{_LETTER}{{3,}}){{0,2}}(?![\w'\u2019])"
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*")
_SMALL = re.compile(r"[a-z\u00df-\u00f6\u00f8-\u017e]")
_INTRODUCED = re.compile(r"\s*[(\uff08]\s*\d|\s*,\s*\d|\s*,\s*(?:an?|the|his|her|ein|eine|un|une|una)\s|\s*:")
_PERSON_AFTER = re.compile(
    r"\s*[(\uff08]\s*(?:\w+ )?\d|\s*,\s*(?:\w+ ){0,2}\d|"
    r"\s*,\s*(?:ein|eine|une?|una?|uno|um|uma|an?|his|her|son|sa|su)\s"
)
_BODY = frozenset({
    "hand", "eye", "eyes", "fist", "finger", "fingers", "tooth", "skull", "tear", "foot", "window", "door",
    "match", "spring", "can", "record", "light", "gas",
})  # fmt: skip
_ARTICLED = frozenset({"de", "fr", "es", "it", "pt"})
"""Languages whose articles, or capitals in German, tell a noun."""
_NAMED_THING = re.compile(
    r"(?<!\w)(?:la|le|les|l['\u2019]|un|une|el|los|las|una|il|lo|gli|uno|o|os|as|um|uma|son|sa|ses|su|sus|suo|sua|seu)\s?"
    r"([^\W\d_A-Z]{4,})(?!\w)"
)
_GERMAN_NOUN = re.compile(r"(?<=[a-z\u00df-\u00ff,] )([A-Z\u00c4\u00d6\u00dc][a-z\u00df-\u00ff]{3,})(?!\w)")
_STEM = 4
"""Letters that two forms of one word share at least."""


class PropFinder:
    """Finds the props of a film in its sentences. `key` are the ids of those that matter: in capitals, or recurring."""

    def __init__(self, prose: Sequence[str], people: Iterable[str], language: str = "en") -> None:
        self._people = {word for name in people for word in name.casefold().split()}
        self._english = language == "en"
        self._language = language
        counts: Counter[str] = Counter()
        shouted: dict[str, str] = {}
        for text in prose:
            counts.update({_singular(word) for word in _words(text) if self._is_thing(word)})
            counts.update({key.casefold() for sentence in sentences_of(text) for key in self._known(sentence)})
            if _SMALL.search(text):
                for found in _CAPITALS.finditer(text):
                    if self._is_prop(found.group(), text[: found.start()], text[found.end() :]):
                        shouted.setdefault(_head(found.group()), found.group().casefold())
        self._shouted = shouted
        if language in _ARTICLED:
            counts.update(word for text in prose for word in _named_things(text, language) if word not in self._people)
        recurring = {word for word, count in counts.items() if count >= RECURS and word not in _BODY}
        self._recurring = frozenset(recurring)
        self.key = frozenset(map(str.upper, [*self._shouted, *recurring][:MAX_PROPS]))

    @property
    def names(self) -> dict[str, str]:
        """Id → name of each prop that matters."""
        return {key: self._shouted.get(key.casefold(), key.casefold()) for key in sorted(self.key)}

    def find(self, sentence: str) -> list[str]:
        """Ids of the things that a sentence shows, those that matter first."""
        here = [self._prop_of(word) for word in _words(sentence)]
        if self._english:  # a cigarette case is a case
            here = ["" if after and after != one else one for one, after in pairwise([*here, ""])]
        found = list(dict.fromkeys(filter(None, (*self._known(sentence), *here))))
        return sorted(found, key=lambda one: one not in self.key)[:MAX_SHOWN]

    def _known(self, sentence: str) -> list[str]:
        """Ids of the things that the words of another language name: the English noun that is drawn, else the word."""
        pattern, table = _things(self._language)
        return [] if pattern is None else [table[one[1].casefold()].upper() for one in pattern.finditer(sentence)]

    def _prop_of(self, word: str) -> str:
        """The id of the thing that a word names; '' for none."""
        single = _singular(word)
        if self._english and single != word and word in lexicon.SINGULAR_VERBS:
            return ""  # "the bell rings"
        if single in self._shouted:
            return single.upper()
        if not self._english and word in self._recurring:
            return word.upper()
        if not self._english and len(word) > _STEM:
            known = (name for name in self._shouted if _is_form(word, name))
            return next(known, "").upper()
        return single.upper() if self._is_thing(word) and single not in _BODY else ""

    def _is_thing(self, word: str) -> bool:
        return self._english and _singular(word) in lexicon.OBJECTS and word not in self._people

    def _is_prop(self, name: str, before: str, after: str) -> bool:
        """True if words in capitals are a thing: nobody's name, no sound, no camera word, no title, no sign."""
        words = _words(name)
        barred = lexicon.CAPITALS_NOT | lexicon.PEOPLE | lexicon.PLACE_WORDS | lexicon.ACRONYMS | NOUNS.keys()
        if any(word in barred or word in self._people or is_given_name(word) for word in words):
            return False
        if _INTRODUCED.match(after) or before[-1:] in {'"', "\u201c", "\u00ab", "\u201e"}:
            return False
        head = _singular(words[-1])
        if head in lexicon.OBJECTS or head in lexicon.LARGE:
            return True
        lead = (_words(before[-24:]) or [""])[-1]
        if self._english:
            return lead in DETERMINERS or lead.endswith("'s") or lead in ADJECTIVES
        return bool(before.strip()) and before.rstrip()[-1:] not in ".!?\u2026"


def shouted_people(prose: Sequence[str]) -> list[str]:
    """Names in capitals that are somebody, in any language: brought in with an age or a trade, or named again later."""
    found: dict[str, None] = {}
    text = "\n".join(prose)
    for paragraph in prose:
        if not _SMALL.search(paragraph):
            continue
        for match in _CAPITALS.finditer(paragraph):
            name, after = match.group(), paragraph[match.end() :]
            words = _words(name)
            if any(word in lexicon.CAPITALS_NOT or word in lexicon.PLACE_WORDS for word in words):
                continue
            brought_in = _PERSON_AFTER.match(after) is not None or words[-1] in NOUNS
            if is_given_name(words[0]) or brought_in or _acts_later(name, text):
                found[name] = None
    return list(found)


def _acts_later(name: str, text: str) -> bool:
    """True if a name opens two sentences in small letters, as a subject does."""
    shown = " ".join(word.capitalize() for word in name.split())
    return len(re.findall(rf"(?:^|[.!?\u2026]\s+|\n){re.escape(shown)}\s[a-z\u00df-\u017e]", text)) > 1


def _named_things(text: str, language: str) -> Iterator[str]:
    """The nouns of a sentence of a language that marks them."""
    for found in (_GERMAN_NOUN if language == "de" else _NAMED_THING).finditer(text):
        word = found[1].casefold()
        if word not in NO_PROPS and word not in NOUNS and not is_given_name(word):
            yield word


@cache
def _things(language: str) -> tuple[re.Pattern[str] | None, Mapping[str, str]]:
    """A pattern of the language's words for things, and each word's English noun, or itself."""
    table = {
        word.replace("+", " ").casefold(): noun
        for noun, words in _DATA["known"].get(language, {}).items()
        for word in words.split()
    }
    table |= {word.casefold(): word.casefold() for word in _DATA["others"].get(language, "").split()}
    return (re.compile(alternatives(tuple(table), language), re.IGNORECASE) if table else None), table


def _is_form(word: str, name: str) -> bool:
    """True if two words may be forms of one: Brille, Brillen; klucze, kluczy."""
    shared = max(_STEM, min(len(word), len(name)) - 2)
    return word[:shared] == name[:shared] and abs(len(word) - len(name)) <= 3


def _words(text: str) -> list[str]:
    return [word.casefold().replace("\u2019", "'") for word in _WORD.findall(text)]


def _head(name: str) -> str:
    return _singular(_words(name)[-1])


def _singular(word: str) -> str:
    word = word.removesuffix("'s")
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and word[:-1] in lexicon.OBJECTS:
        return word[:-1]
    return word
