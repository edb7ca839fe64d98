"""Words that describe people: nouns, titles, relations, adjectives, ages, given names; several languages, from data."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, TypeVar, cast

Meaning = TypeVar("Meaning")
_CJK = "\u2e80"
_KANA, _HAN, _CYRILLIC = (re.compile(one) for one in ("[\u3041-\u30ff]", "[\u4e00-\u9fff]", "[\u0400-\u04ff]"))
Gender = Literal["man", "woman", ""]
Age = Literal["child", "teen", "young", "adult", "old", ""]
Build = Literal["heavy", "slim", ""]
Stature = Literal["tall", "short", ""]


def _load(name: str) -> dict[str, Any]:
    return json.loads(files("wzrd.language").joinpath("data", name).read_text(encoding="utf-8"))


_RAW = _load("people.json")
_NAMES = _load("given_names.json")


def _split(text: str) -> frozenset[str]:
    return frozenset(text.casefold().split())


def _by_word(table: Mapping[str, str]) -> dict[str, str]:
    """Word → its list's name; the first list that has a word wins."""
    return {word: key for key, words in reversed(list(table.items())) for word in words.casefold().split()}


def _noun(kind: str) -> tuple[Gender, Age]:
    parts = kind.split()
    gender = next((part for part in parts if part in {"man", "woman"}), "")
    age = next((part for part in parts if part not in {"man", "woman", "trade"}), "")
    return cast("Gender", gender), cast("Age", age)


NOUNS: Mapping[str, tuple[Gender, Age]] = {word: _noun(kind) for word, kind in _by_word(_RAW["nouns"]).items()}
"""Gender and age that a noun for a person tells: `waitress` a woman, `boy` a male child, `kid` a child."""
OF_EITHER = _split(_RAW["nouns"]["man trade"])
"""Nouns for a trade whose form is a man's and whose bearer may be a woman: médecin, giudice, sędzia."""
TITLES = cast("Mapping[str, Gender]", _by_word(_RAW["titles"]))
"""Titles before a name that tell he or she."""
RANKS = _split(_RAW["ranks"])
"""Titles that tell neither."""
MARKS: Mapping[str, str] = _RAW["marks"]
"""Beards, wedding dresses and their like, by the sex that they hint at."""
RELATIONS = cast("Mapping[str, Gender]", _by_word(_RAW["relations"]))
LIKELY = cast("Mapping[str, Gender]", _by_word(_RAW["likely"]))
"""Trades that most readers take for a man's or a woman's; weaker than a pronoun."""
TRADES: Mapping[str, Mapping[str, Gender]] = {
    language: cast("Mapping[str, Gender]", _by_word(words)) for language, words in _RAW["trades"].items()
}
"""Nouns for what people do, by language, with the gender that their form has."""
ANY_TRADE: Mapping[str, Gender] = {word: one for words in (*TRADES.values(), LIKELY) for word, one in words.items()}
"""Nouns for what people do, of all languages."""
ADJECTIVES = cast("Mapping[str, Age]", _by_word(_RAW["adjectives"]))
SEXES = cast("Mapping[str, Gender]", _by_word(_RAW["sexes"]))
_CASES = _by_word(_RAW["cases"])
"""Forms of nouns for people that no rule of their language makes: `m\u0119\u017ca` is a `m\u0105\u017c`."""
_BENT: Mapping[str, Sequence[tuple[str, str]]] = {
    language: [cast("tuple[str, str]", tuple(one.split(":"))) for one in ends.split()]
    for language, ends in _RAW["bent"].items()
}
"""Endings of nouns for people in languages that bend them, each with the plain form's."""
POSSESSIVES = _split(_RAW["own possessives"])
DETERMINERS = _split(_RAW["determiners"]) | POSSESSIVES
BOUNDARIES = _split(_RAW["boundaries"])
"""Words behind which a phrase speaks of something else."""
PLURALS = _split(_RAW["plurals"])
"""Nouns that mean several: no introduction of one."""
GROWN = _split(_RAW["grown"])
"""Words before `girl` and `boy` that make them grown: a bar girl."""
NUMBERS: Mapping[str, int] = _RAW["numbers"] | _RAW["tens"]
TENS: Mapping[str, int] = _RAW["tens"]


def _compounds() -> dict[str, int]:
    """Numbers of a ten and a one in words: `ochenta y ocho`, `sessantotto`, `neunundsiebzig`; and the tens alone."""
    found: dict[str, int] = {}
    for form, first, ones, tens in _RAW["compound_numbers"]:
        for ten, value in (one.split(":") for one in tens.split()):
            made = {form.format(ten=ten, one=one): int(value) + at for at, one in enumerate(ones.split(), first)}
            found |= {ten: int(value)} | made if form != "{ten}{one}" or ten in NUMBERS else made
    return found


AGE_WORDS: Mapping[str, Any] = _RAW["age words"]
"""Stems of numbers with what makes them ages, by language, and words before a number that is no age."""
COMPOUNDS: Mapping[str, int] = _compounds()
BUILDS = cast("Mapping[str, Build]", _by_word({key: _RAW["build"][key] for key in ("heavy", "slim")}))
STATURES = cast("Mapping[str, Stature]", _by_word({key: _RAW["build"][key] for key in ("tall", "short")}))

_GIVEN = cast("Mapping[str, Gender]", _by_word({key: _NAMES[key] for key in ("man", "woman")}))
_EITHER = _split(_NAMES["either"])
_ENDINGS = cast("Mapping[str, Gender]", _by_word({key: _NAMES[f"{key} endings"] for key in ("man", "woman")}))
_HONOURED = re.compile("[\u304a\u963f][\u4e00-\u9fff]{1,2}|\u304a[\u3041-\u3093]{2}")
"""Names of Japanese women of old: \u304a\u9234."""
_PRONOUNS: Mapping[str, Mapping[str, Gender]] = {
    language: cast("Mapping[str, Gender]", _by_word(table)) for language, table in _RAW["pronouns"].items()
}
_LETTERS: Mapping[str, re.Pattern[str]] = {
    language: re.compile(f"[{letters}]", re.IGNORECASE) for language, letters in _RAW["letters"].items()
}
"""Letters that one language alone has."""
OBJECT_PRONOUNS: str = _RAW["object pronouns"]
STOPWORDS = {language: _split(words) for language, words in _RAW["stopwords"].items()}


_ENGLISH_ONLY = _split(_RAW["english nouns"])
"""Nouns for people in English that other languages spell for something else."""
_NOT_HERE: Mapping[str, frozenset[str]] = {language: _split(words) for language, words in _RAW["no nouns"].items()}
"""Nouns for people in other languages that mean something else in this one: a Swedish `tio` is ten."""
_OWN: Mapping[str, Mapping[str, str]] = {language: _by_word(words) for language, words in _RAW["own nouns"].items()}
"""Nouns for people that mean something else in other languages: a German `Kind`."""


_NOTHING = re.compile(r"(?!)")
_DOERS: Mapping[str, re.Pattern[str]] = {language: re.compile(doers) for language, doers in _RAW["doers"].items()}
"""Endings of nouns for whoever does something: el clarinetista, der Bassist."""


def is_person_noun(word: str, language: str) -> bool:
    """True if a folded word is a noun for a person in this language."""
    if word in _NOT_HERE.get(language, ()):
        return False
    known = word in NOUNS and not (language != "en" and word in _ENGLISH_ONLY)
    known = known or word in TRADES.get(language, {}) or word in _OWN.get(language, {})
    return known or _DOERS.get(language, _NOTHING).fullmatch(word) is not None


@lru_cache(maxsize=20_000)
def base_form(word: str, language: str) -> str:
    """The plain form of a folded noun for a person: `matk\u0119` is a `matka`, `pr\u00e4sten` a `pr\u00e4st`."""
    if word in _CASES or is_person_noun(word, language):
        return _CASES.get(word, word)
    forms = (word.removesuffix(end) + plain for end, plain in _BENT.get(language, ()) if word.endswith(end))
    return next((one for one in forms if len(one) > 2 and is_person_noun(one, language)), word)


def is_title(word: str, language: str) -> bool:
    """True if a folded word is a title that stands for a person by itself in this language, as English ones do not."""
    return language != "en" and word in TITLES and word not in _NOT_HERE.get(language, ())


def own_noun(word: str, language: str) -> tuple[Gender, Age]:
    """Gender and age that a noun tells which means a person in this language and not in others."""
    return _noun(_OWN.get(language, {}).get(word, ""))


def facts_of_noun(word: str, language: str) -> tuple[Gender, Age]:
    """Gender and age that a noun, a title or a trade tells in this language."""
    if word in _OWN.get(language, {}):
        return own_noun(word, language)
    return NOUNS.get(word, (TITLES.get(word, "") or TRADES.get(language, {}).get(word, ""), ""))


def first_meaning(table: Mapping[str, Meaning], words: Iterable[str]) -> Meaning | None:
    """Meaning of the first of the words that the table knows."""
    return next((table[word] for word in words if word in table), None)


def is_given_name(word: str) -> bool:
    """True if a folded word is a given name that the table knows."""
    word = plain(word)
    return word in _GIVEN or word in _EITHER


def plain(word: str) -> str:
    """A word without accents, as the tables of names spell it."""
    if word.isascii() or word > _CJK:
        return word
    marked = unicodedata.normalize("NFD", word.replace("\u0142", "l").replace("\u00f8", "o"))
    return "".join(char for char in marked if not unicodedata.combining(char))


def gender_of_name(word: str) -> Gender:
    """Gender of a folded given name; '' for one that both bear, and for an unknown one."""
    word = plain(word)
    if word in _GIVEN:
        return _GIVEN[word]
    if word > _CJK:
        if _HONOURED.fullmatch(word) and word not in NOUNS:
            return "woman"
        ends = [end for end in _ENDINGS if word.endswith(end) and word != end]
        return _ENDINGS[ends[0]] if ends else ""
    return ""


def gender_of_names(words: Iterable[str]) -> Gender:
    """Gender of the first of these names that tells one."""
    for word in words:
        if gender := gender_of_name(word):
            return gender
    return ""


def pronouns_of(language: str) -> Mapping[str, Gender]:
    """The pronouns of a language: word \u2192 gender."""
    return _PRONOUNS["ja" if language == "zh" else language]


def language_of(text: str) -> str:
    """The language of a text as its code: one whose stopwords are listed, ja or zh by their letters, else en."""
    if _KANA.search(text):
        return "ja"
    if len(_HAN.findall(text)) * 4 > len(text):
        return "zh"
    if len(_CYRILLIC.findall(text)) * 2 > len(text):
        return "ru"
    said = Counter(re.findall(r"[^\W\d_]+", text.casefold()))
    counts = {language: sum(said[word] for word in stop) for language, stop in STOPWORDS.items()}
    counts |= {language: counts[language] + len(letters.findall(text)) for language, letters in _LETTERS.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > max(1, counts["en"] * 1.3) else "en"
