"""Gender that a language's endings tell: surnames, adjectives and articles of an introduction. Pure."""

import re
from collections.abc import Mapping

from wzrd.language.person_words import LIKELY, NOUNS, Gender

_PIECE = re.compile(r"\s*(?:[,;/.()\u2013\u2014]|\s-\s)\s*")
_MOST = 6  # pieces of an introduction
_SURNAMES: Mapping[str, Gender] = {
    "ski": "man", "cki": "man", "dzki": "man", "ska": "woman", "cka": "woman", "dzka": "woman",
}  # fmt: skip
_ADJECTIVES: Mapping[str, tuple[tuple[str, Gender], ...]] = {
    "pl": (("y", "man"), ("ki", "man"), ("gi", "man"), ("na", "woman"), ("wa", "woman"), ("ta", "woman"),
           ("da", "woman"), ("ra", "woman"), ("ka", "woman")),
    "es": (("ista", ""), ("o", "man"), ("a", "woman")),
    "it": (("ista", ""), ("o", "man"), ("a", "woman")),
    "pt": (("ista", ""), ("o", "man"), ("a", "woman")),
    "fr": (("\u00e9e", "woman"), ("euse", "woman"), ("ive", "woman"), ("onde", "woman"), ("\u00e9", "man"),
           ("eux", "man"), ("if", "man")),
}  # fmt: skip
_ARTICLES: Mapping[str, Mapping[str, Gender]] = {
    "de": {"eine": "woman"},
    "fr": {"une": "woman", "un": "man"},
    "es": {"una": "woman", "un": "man"},
    "it": {"una": "woman", "un": "man", "uno": "man"},
    "pt": {"uma": "woman", "um": "man"},
}
_NOUNS_IN_A = frozenset({"poeta", "s\u0119dzia", "kolega", "starosta", "policja", "guardia", "polic\u00eda", "recluta"})


def surname_gender(key: str, language: str) -> Gender:
    """Gender of a surname that has two forms: `kowalski` is a man, `kowalska` a woman, in Polish."""
    words = key.split()
    if language != "pl" or not words:
        return ""
    for end, gender in _SURNAMES.items():
        if words[-1].endswith(end):
            return gender
    return ""


def introduced_gender(behind: str, language: str) -> Gender:
    """Gender that the words behind a name agree with: `, siwy` a man, ` (rubia, 19)` a woman; '' where none does.

    An adjective counts alone between its commas; an article at the head of its part.
    """
    if behind.lstrip()[:1] not in {",", "("} or language == "en":
        return ""
    for piece in _PIECE.split(behind.casefold().strip(" ,("))[:_MOST]:
        words = piece.split()
        if words and (gender := _ARTICLES.get(language, {}).get(words[0])) and len(words) > 1:
            return gender
        alone = len(words) == 1 and words[0].isalpha() and words[0] not in _NOUNS_IN_A | NOUNS.keys() | LIKELY.keys()
        if alone and (gender := _adjective_gender(words[0], language)):
            return gender
    return ""


def _adjective_gender(word: str, language: str) -> Gender:
    for end, gender in _ADJECTIVES.get(language, ()):
        if word.endswith(end):
            return gender
    return ""
