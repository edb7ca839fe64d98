"""Forms of nouns for people: plurals in several languages (constables, les villageois), and English doers. Pure."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from wzrd.language.words import lexicon
from wzrd.language.words.person_words import LIKELY, NOUNS, RANKS, STOPWORDS, is_person_noun

_SHAPES = frozenset({"person", "figure", "silhouette", "stranger", "newcomer", "intruder"})
"""Nouns for somebody of whom nothing is known."""
_PLURAL_ENDS: Mapping[str, Sequence[tuple[str, str]]] = lexicon.load("endings.json")["plurals"]
"""Endings of plurals, and what stands for them in the singular."""
_UMLAUTS = str.maketrans("\u00e4\u00f6\u00fc", "aou")


@lru_cache(maxsize=20_000)
def singular_of_people(word: str, language: str = "en") -> str:
    """The noun of one of the people whom a plural means; '' for any other word."""
    if language != "en":
        if word in STOPWORDS.get(language, ()):
            return ""  # "les deux dans la caisse"
        forms = (word, word.translate(_UMLAUTS)) if language == "de" else (word,)  # M\u00e4nner, T\u00f6chter
        ones = (
            form.removesuffix(end) + one
            for form in forms
            for end, one in _PLURAL_ENDS.get(language, ())
            if form.endswith(end)
        )
        return next((one for one in ones if is_person_noun(one, language)), "")
    for end, single in _PLURAL_ENDS["en"]:
        one = word.removesuffix(end) + single if word.endswith(end) else ""
        if one in lexicon.PERSONS or one in NOUNS or one in LIKELY or one in RANKS or one in _SHAPES:
            return one
    return ""


def is_agent(word: str) -> bool:
    """True if an English noun is made of a verb, for who does it: CARRIER, STRIKER, and no known thing (PRINTER)."""
    stem = word.removesuffix("er")
    made = (stem, f"{stem}e", f"{stem[:-1]}y", stem[:-1]) if stem != word and word not in lexicon.OBJECTS else ()
    return any(verb in lexicon.BASE_VERBS for verb in made)


def is_trade(name: str) -> bool:
    """True if a name ends in what somebody does: a DOG WALKER is no dog."""
    word = name.rstrip("#0123456789 ").rpartition(" ")[2]
    return " " in name and (is_agent(word) or word in lexicon.PERSONS or word in NOUNS)
