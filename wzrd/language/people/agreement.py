"""Gender that a language's endings tell: surnames, adjectives and articles of an introduction. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from wzrd.language.words import lexicon
from wzrd.language.words.person_words import (
    ADJECTIVES,
    DETERMINERS,
    LIKELY,
    NOUNS,
    TRADES,
    Gender,
    base_form,
    facts_of_noun,
    first_meaning,
    gender_of_names,
    is_person_noun,
)
from wzrd.language.words.role_words import EVERYBODY, articles_of, is_governing

_PIECE = re.compile(r"\s*(?:[,;/.()\u2013\u2014]|\s-\s)\s*")
_MOST = 6  # pieces of an introduction
_SHORTEST_ROLE = 5  # letters of a German role that ends in -in: WACHTMEISTERIN BRANDT
_ENDS: Mapping[str, Any] = lexicon.load("endings.json")
_ADJECTIVES: Mapping[str, Sequence[tuple[str, Gender]]] = _ENDS["adjectives"]
_SURNAMES: Mapping[str, Mapping[str, Gender]] = _ENDS["surnames"]
_NAME_ENDS: Mapping[str, Sequence[tuple[str, Gender]]] = _ENDS["names"]
_ARTICLES: Mapping[str, Mapping[str, Gender]] = _ENDS["articles"]
_LEADS: Mapping[str, Mapping[str, Gender]] = _ENDS["leads"]
_WOMENS_TRADES: Mapping[str, str] = _ENDS["womens trades"]
_LAST_CLAUSE = re.compile(r"[.!?:;,()\n\u2013\u2014]")
_MOST_AHEAD = 8  # words of a phrase before a name
_ADJECTIVES_BEHIND = frozenset({"es", "fr", "it", "pt"})
_COMPOUNDING = frozenset({"de", "nl", "sv"})
"""Languages whose nouns end in the one that says what they are: Fahrlehrer."""
_MALE_NOUN = re.compile(r"\w+(?:er|mann|ling|or|ist|ent|ant|eur|rat|wirt|wart|vogt|chef|ot|og|urg|eut)\Z")
"""German nouns for men: ein H\u00e4ndler, Studienrat."""
_NOUNS_IN_A = frozenset({"poeta", "s\u0119dzia", "kolega", "starosta", "policja", "guardia", "polic\u00eda", "recluta"})


def surname_gender(key: str, language: str) -> Gender:
    """Gender of a surname that has two forms: `kowalski` is a man, `kowalska` a woman, in Polish and Russian."""
    found: list[Gender] = [gender for end, gender in _SURNAMES.get(language, {}).items() if key.endswith(end)]
    return found[0] if found else ""


def likely_gender(key: str, language: str) -> Gender:
    """Gender that the ending of a first name makes likely, in a language where it tells one; '' elsewhere."""
    words = key.split()
    if not words or not words[0].isalpha() or language not in _NAME_ENDS or words[0] in EVERYBODY:
        return ""
    for end, gender in _NAME_ENDS[language]:
        if words[0].endswith(end):
            return gender
    return ""


def article_gender(ahead: str, language: str) -> Gender:
    """Gender that the article before a role tells: `eine K\u00f6chin`, `un notaire`; '' where none stands there."""
    words = ahead.casefold().split()[-1:]
    leads = _LEADS.get(language, {})
    word = words[0].strip("(\"'") if words else ""
    is_female = (
        language == "de" and word.endswith("in") and len(word) > _SHORTEST_ROLE and ahead.rstrip()[-2:].isupper()
    )
    return "woman" if is_female else leads.get(word, "")


def trade_ahead(
    ahead: str, names: Sequence[str], language: str, *, closed: bool, is_deed: Callable[[str], object]
) -> tuple[Gender, float]:
    """Gender that a noun before a name tells, and its weight: "Kommissarin ", "La dyrektorka szko\u0142y, ".

    `closed`: the name's phrase ends behind it, so a noun before a comma may be who that is. A man's noun is a hint
    where its language has no other for a woman, or where the name is a woman's.
    """
    text = ahead.rstrip()
    apart = text.endswith((",", ":"))
    if apart and not closed:
        return "", 0
    words = _LAST_CLAUSE.split(text.rstrip(",: "))[-1].casefold().replace("\u2019", "'").split()[-_MOST_AHEAD:]
    found: tuple[str, Gender] = ("", "")
    for at in range(len(words))[::-1] if apart else range(len(words))[-1:]:
        word = words[at].rpartition("'")[2]
        if word in DETERMINERS or (is_deed(word) and not is_person_noun(word, language)):
            continue
        noun = base_form(word, language)
        gender = facts_of_noun(noun, language)[0] or womans_trade(noun, language)
        leads = language == "de" and at == 0 and not apart and _MALE_NOUN.fullmatch(word) is not None
        if leads and not gender and not is_governing((word,), language):
            return "" if gender_of_names(names) else "man", 1  # "Studienrat OEHLKE"
        if gender and not (apart and _is_anothers(words[:at], language)):
            found = noun, gender
            if noun == word:
                break  # "\u017cona lekarza, ANNA" is no doctor
    noun, gender = found
    named = gender_of_names(names)
    sure = gender == "woman" or (_has_two_forms(noun, language) and named != "woman")
    return gender, 2 if sure else 0.3 if named or apart else 1  # "il maresciallo QUARANTA"


def _is_anothers(ahead: Sequence[str], language: str) -> bool:
    """True if these words govern the noun behind, or it is their adjective: "Neben seiner Mutter", "la pata coja"."""
    plain = DETERMINERS | ADJECTIVES.keys() | articles_of(language)
    first = next((word for word in reversed(ahead) if word not in plain), "")
    near = ahead[-1:] if language in {"pl", "ru"} else ahead[-2:]
    governed = is_governing((*near, first), language) or (language == "en" and first in lexicon.PREPOSITIONS)
    return governed or (bool(ahead) and language in _ADJECTIVES_BEHIND and ahead[-1] not in plain)


def womans_trade(noun: str, language: str) -> Gender:
    """The sex of whoever a noun means by its ending, or by the noun that it ends with."""
    parts = [noun[at:] for at in range(2, len(noun) - 3)] if language in _COMPOUNDING else []
    if known := first_meaning(TRADES.get(language, {}), parts):
        return known  # an "ijsmeester" is no woman
    return "woman" if re.fullmatch(_WOMENS_TRADES.get(language, "(?!)"), noun) else ""


@cache
def _has_two_forms(noun: str, language: str) -> bool:
    """True if a man's trade has a woman's form too: Lehrer and Lehrerin, infermiere and infermiera."""
    if language == "de":
        return True
    stem = noun.rstrip("aeio\u044c")
    women = (word for word, gender in TRADES.get(language, {}).items() if gender == "woman")
    return len(stem) > 2 and any(word.startswith(stem) for word in women)


def introduced_gender(behind: str, language: str, is_deed: Callable[[str], object] = lambda _: False) -> Gender:
    """Gender that the words behind a name agree with: `, siwy` a man, ` (rubia, 19)` a woman; '' where none does.

    An adjective counts alone between its commas, if it is not a deed's word (`is_deed`); an article at the head.
    """
    if behind.lstrip()[:1] not in {",", "("} or language == "en":
        return ""
    for piece in _PIECE.split(behind.casefold().strip(" ,("))[:_MOST]:
        words = piece.split()
        if words and (gender := _ARTICLES.get(language, {}).get(words[0])) and _is_somebody(words[1:], language):
            return gender
        if language == "de" and words[:1] == ["ein"] and len(words) > 1 and _MALE_NOUN.match(words[-1]):
            return "man"
        alone = len(words) == 1 and words[0].isalpha() and words[0] not in _NOUNS_IN_A | NOUNS.keys() | LIKELY.keys()
        if alone and not is_deed(words[0]) and (gender := _adjective_gender(words[0], language)):
            return gender
    return ""


def _is_somebody(words: Sequence[str], language: str) -> bool:
    """True if a phrase behind an article is of a person: "une brune", and not "un crayon derri\u00e8re l'oreille"."""
    if any(is_person_noun(word, language) for word in words[:2]):
        return True
    return len(words) == 1 and _adjective_gender(words[0], language) != ""


def _adjective_gender(word: str, language: str) -> Gender:
    for end, gender in _ADJECTIVES.get(language, ()):
        if word.endswith(end):
            return gender
    return ""
