"""The words that name places, read once from place_names.json: phrase to kind of set, in many languages."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeAlias

_DATA: Mapping[str, Any] = json.loads(
    files("wzrd.animatic.panels.brief").joinpath("place_names.json").read_text(encoding="utf-8")
)
_Entry: TypeAlias = tuple[str, str, str, str, str]
SIDES = ("inside", "outside", "cards")
ARTICLES = frozenset(_DATA["articles"].split())
_LEAST_COMPOUND = 5  # letters: WALD ends too many names
_GRADES = {"words": 0.0, "wholes": -0.8, "weak": -1.9, "areas": -2.0}  # a building's name gives way to a room's
_SIGNS = "\u0591-\u05c7\u064b-\u0652\u0900-\u0dff\u0e31-\u0e4e\u200c\u200d"  # vowels that are no letters to a pattern
TOKEN = re.compile(rf"(?:[^\W_]|(?<=\w)[{_SIGNS}]|(?<=[{_SIGNS}])[{_SIGNS}])+(?:['&-][^\W_]+)*'?")
_ELIDED = re.compile(r"\b(?:l|un|dell|all|nell|sull|dall)'(?=\w)")
_DE = re.compile(r"\bd'(?=\w)")
_OWNER = re.compile(r"(?<=\w)(?:['\u2019\u00b4`]s|(?<=s)['\u2019])(?!\w)")


def listed(text: str) -> list[str]:
    """The names of a list that stands in one string."""
    return [word.strip() for word in text.split(",") if word.strip()]


def fold(text: str) -> str:
    """Text as names are compared: without case, accents and the possessive's apostrophe."""
    if text.isascii() and "'" not in text and "`" not in text:
        return text[:600].casefold()
    plain = _OWNER.sub("\u02bc", unicodedata.normalize("NFKC", text[:600]).casefold().replace("\u2019", "'"))
    plain = _ELIDED.sub(" ", _DE.sub("de ", plain))
    letters = unicodedata.normalize("NFD", plain)
    return unicodedata.normalize("NFC", re.sub(r"(?<=[a-z])[\u0300-\u036f]+", "", letters))


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """Phrase → (kind, rank) on each side of the walls; what may stand first, end a compound, end without spaces."""

    sides: Mapping[str, dict[str, tuple[str, float]]] = field(default_factory=lambda: {side: {} for side in SIDES})
    heads: Mapping[str, list[str]] = field(default_factory=lambda: {"first": [], "compound": [], "end": []})


def _vocabulary(entries: Sequence[_Entry]) -> _Vocabulary:
    """English, then the other languages: a word that English has too keeps its English meaning."""
    ranks = {kind: float(rank) for rank, kinds in _DATA["ranks"].items() for kind in kinds.split()}
    wholes = {key_of(word) for word in listed(_DATA["foreign_wholes"])}
    found = _Vocabulary()
    for head, side, kind, grade, word in entries:
        names, foreign = found.sides[side], head in found.heads
        if word not in names and foreign:
            found.heads[head].append(word)
        names.setdefault(
            word, (kind, ranks.get(kind, 2.0) + _GRADES["wholes" if foreign and word in wholes else grade])
        )
    for phrases in found.heads.values():
        phrases.sort(key=len, reverse=True)
    return found


def _entries() -> Iterator[_Entry]:
    """Where a language's head noun stands, a side, a kind, how telling the word is, the word."""
    languages: list[Mapping[str, Any]] = [_DATA, *_DATA["languages"].values()]
    for language in languages:
        for side in SIDES:
            kinds: Mapping[str, Mapping[str, str]] = language.get(side, {})
            for kind, lists in kinds.items():
                for grade, words in lists.items():
                    for word in listed(words):
                        yield language.get("head", ""), side, kind, grade, key_of(word)


def key_of(phrase: str) -> str:
    """A phrase as the tables spell it: folded, singular, without articles."""
    words = TOKEN.findall(fold(phrase).replace("\u02bc", ""))
    return " ".join(singular(word) for word in words if word not in ARTICLES) or " ".join(words)


@lru_cache(maxsize=4096)
def singular(word: str) -> str:
    """An English word without its plural; another language's is changed the same way everywhere."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


_ENTRIES = list(_entries())
NAMES = _vocabulary(_ENTRIES)
FIRST_PHRASES = frozenset(NAMES.heads["first"]) | frozenset(NAMES.heads["compound"])
COMPOUNDS = tuple(word for word in NAMES.heads["compound"] if len(word) >= _LEAST_COMPOUND and " " not in word)
ENDS = tuple(NAMES.heads["end"])
ALONE = frozenset(key_of(word) for word in listed(_DATA["alone"]))
LONG = 7  # letters: a word so long may be misspelt
LONG_NAMES = sorted({
    word for head, side, _, _, word in _ENTRIES
    if not head and side != "cards" and len(word) >= LONG and word.isalpha()
})  # fmt: skip
CITIES = frozenset(key_of(word) for word in listed(_DATA["cities"]))
REGIONS = frozenset(key_of(word) for word in listed(_DATA["regions"]))
SAME = {key_of(word): key_of(other) for word, other in _DATA["same"].items()}
WITHIN: Mapping[str, Mapping[str, str]] = _DATA["within"]
PREPOSITIONS = frozenset(_DATA["prepositions"].split())
TAILS = frozenset(singular(word) for word in _DATA["tails"].split())
NOISE = frozenset(_DATA["noise"].split())
ASIDES = frozenset(_DATA["asides"].split())  # what a heading says of the shot, not of the place
MOTION = frozenset(_DATA["motion"].split())
FIRST = frozenset(key_of(word) for word in listed(_DATA["first"]))


def is_one_off(word: str, name: str) -> bool:
    """True if one letter more, less or other, or two changed over, makes one word of the other."""
    if abs(len(word) - len(name)) > 1:
        return False
    pairs = enumerate(zip(word, name, strict=False))
    start = next((at for at, (one, two) in pairs if one != two), min(len(word), len(name)))
    one, two = word[start:], name[start:]
    swapped = one[:2] == two[1::-1] and one[2:] == two[2:]
    return swapped or one[1:] == two or one == two[1:] or one[1:] == two[1:]
