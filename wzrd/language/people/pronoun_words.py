"""Pronouns of several languages, by their words and places. Pure; the words are data."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from wzrd.language.people.pronouns import OBJECT_ENDS
from wzrd.language.words import lexicon, person_words
from wzrd.language.words.verb_forms import ActWord

DATA: Mapping[str, Mapping[str, Any]] = lexicon.load("antecedents.json")
UNSPACED = frozenset({"ja", "zh"})
TOKEN = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*")


_CONTRACTED = re.compile(r"(he|she|they)'(?:s|re|d|ll|ve)")


def uncontracted(word: str) -> str:
    """An English pronoun without the verb that leans on it: he's → he."""
    found = _CONTRACTED.fullmatch(word)
    return found[1] if found else word


_THEY_TOO = {"de": frozenset({"sie"}), "nl": frozenset({"ze", "zij"})}
"""Pronouns for her that are for them before a verb of several."""
_PLURAL_VERB = re.compile(
    r"\s+(?!(?:[mdsk]?einen|den|jeden|diesen|ihren|seinen|neben|zwischen|gegen|een|geen|binnen|tegen|tussen)\b)"
    r"(?:\w+[elr]n|sind|zijn|staan|gaan|doen|zien|slaan)\b"
)


@dataclass(frozen=True, slots=True)
class PronounWord:
    """A pronoun: gender or empty; `dative`: to or for whom something is done."""

    gender: person_words.Gender
    is_object: bool
    several: bool
    dative: bool = False


def pronoun_at(
    sentence: str,
    tokens: Sequence[re.Match[str]],
    words: Sequence[str],
    at: int,
    acts: Sequence[ActWord],
    language: str,
) -> PronounWord | None:
    """The pronoun that a word is, as far as its place tells: "la saisit" is one, "la table" is none."""
    word, table = words[at], table_of(language)
    is_article = word.split("'")[0] in table["articles"]
    if (ends := table["ends"]) and (found := ends.search(word)):
        word = found[1]
    elif word == "l" or (word[:2] == "l'" and language in {"fr", "it"}):
        return PronounWord("", is_object=True, several=False) if _acts_at(acts, tokens[at], 2) else None
    elif is_article and not _is_clitic(tokens, words, at, acts, table["subjects"]):
        return None
    if word in table["object"]:
        leads = at > 0 and word == "lui" and words[at - 1] in str(DATA["governing"]["fr"]).split()
        gender = "man" if leads else table["object"][word]  # "derri\u00e8re lui", and not "lui tend"
        owned = word == "her" and not OBJECT_ENDS.match(sentence[tokens[at].end() :])
        owned = owned or (word == "ihr" and sentence[tokens[at].end() + 1 :][:1].isupper())
        owned = owned or (word in {"jej", "ich"} and not (at and _acts_at(acts, tokens[at - 1])))
        is_subject = word == "lui" and language == "it" and at + 1 < len(tokens) and _acts_at(acts, tokens[at + 1])
        if owned or is_subject:
            return None
        dative = word in {"ihm", "ihr", "lui", "leur", "le", "les", "lhe", "gli", "mu", "jej"} and not (
            leads or word in table["articles"]
        )
        return PronounWord("" if gender == "several" else gender, True, gender == "several", dative)
    if word in table["subject"]:
        gender = table["subject"][word]
        if word in _THEY_TOO.get(language, ()) and _PLURAL_VERB.match(sentence, tokens[at].end()):
            gender = "several"
        behind = (
            word == "sie"
            and any(act.end <= tokens[at].start() for act in acts)
            and len(
                [one for one in tokens[:at] if one.group().casefold() in table["subject"] or one.group()[0].isupper()]
            )
            > 0
        )
        governing = {*DATA["governing"].get(language, "").split(), "d'", "chez", "pour"}
        is_object = behind or (
            at > 0 and words[at - 1] in governing and sentence[: tokens[at].start()][-2:-1].isalnum()
        )
        return PronounWord("" if gender == "several" else gender, is_object, gender == "several")
    return None


def is_wide_object(sentence: str, end: int) -> bool:
    """True if a particle behind a noun of a script without spaces keeps it from being a subject."""
    return sentence[end : end + 1] in {"\u3092", "\u306b", "\u3078", "\u3068"} or sentence[end:].startswith(
        "\u304b\u3089"
    )


def is_meant_thing(text: str, language: str) -> bool:
    """True if a pronoun of the text may mean a thing: it, es, lo."""
    table = table_of(language)
    if language in UNSPACED:
        return any(word in text for word in table["thing"])
    words = [word.group().casefold() for word in TOKEN.finditer(text)]
    suffixed = table["ends"] is not None and any(table["ends"].search(word) for word in words)
    return suffixed or any(word.split("'")[0] in table["thing"] for word in words)


def _acts_at(acts: Sequence[ActWord], token: re.Match[str], within: int = 0) -> bool:
    """True if a word is a verb (that begins so many letters within it)."""
    return any(token.start() <= act.start <= token.start() + within for act in acts)


def _is_clitic(
    tokens: Sequence[re.Match[str]],
    words: Sequence[str],
    at: int,
    acts: Sequence[ActWord],
    subjects: AbstractSet[str],
) -> bool:
    """True if a word that may be an article stands between a subject and its verb."""
    behind = at + 1
    while behind < len(words) - 1 and words[behind] in {"lui", "leur", "y", "en", "se"}:
        behind += 1
    if behind >= len(words) or not _acts_at(acts, tokens[behind], 2):
        return False
    before = words[at - 1] if at else ""
    return not before or before in subjects or tokens[at - 1].group()[:1].isupper()


@cache
def table_of(language: str) -> Mapping[str, Any]:
    """The language's words: `subject`, `object` and `own` as word → gender or `several`, and sets of the others."""
    raw = DATA.get(language, DATA["en"])
    flat = {
        kind: {word: gender for gender, words in raw[kind].items() for word in words.split()}
        for kind in ("subject", "object", "own")
    }
    sets = {kind: frozenset(raw.get(kind, "").split()) for kind in ("articles", "subjects", "thing")}
    return flat | sets | {"ends": re.compile(raw["ends"]) if "ends" in raw else None}


@cache
def pairs_of(language: str) -> re.Pattern[str] | None:
    """Pattern of the words that mean two people: both, die beiden, as duas; None where none are known."""
    words = DATA["pairs"].get(language)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if words else None


@cache
def together_of(language: str) -> tuple[tuple[int, re.Pattern[str]], ...]:
    """Patterns of the words that mean three people, or four: all three, tous les quatre."""
    found: Mapping[str, str] = DATA["together"].get(language, {})
    return tuple((int(many), re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)) for many, words in found.items())


@cache
def wide_words(language: str) -> re.Pattern[str]:
    """Pattern of a script without spaces: its nouns for people and its pronouns, the longest first."""
    nouns = [word for word in chain(person_words.NOUNS, person_words.LIKELY) if word[0] > "\u2e80"]
    words = sorted({*nouns, *table_of(language)["subject"]}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))
