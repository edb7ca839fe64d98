"""Where an English name in capitals ends and a verb in capitals begins: JACKSON FIRES, MAYA ENTERS. Pure."""

from collections.abc import Sequence
from functools import lru_cache

from wzrd.language.words import lexicon
from wzrd.language.words.acts import acts_in
from wzrd.language.words.person_words import ADJECTIVES, is_given_name
from wzrd.language.words.plurals import singular_of_people

_JOINING = frozenset(["who", "that", "which", "whose", "don't", "doesn't", "can't", "won't", "isn't"])


def until_verb(name: str) -> str:
    """The words of capitals before one that tells what they do: of JACKSON FIRES the first."""
    words = name.casefold().split(" ")
    verbs = (at for at, word in enumerate(words) if at and is_verb(word) and not _is_noun_there(words, at))
    return " ".join(name.split(" ")[: next(verbs, None)])


def _is_noun_there(words: Sequence[str], at: int) -> bool:
    """True if a word that may be a verb is a noun behind another: SECURITY GUARDS, STREET LIGHTS."""
    common = lexicon.IMPERSONAL | lexicon.OBJECTS | lexicon.LARGE | lexicon.PLACE_WORDS | ADJECTIVES.keys()
    return words[at] in lexicon.NOUN_VERBS and (words[at - 1] in common or singular_of_people(words[at]) != "")


@lru_cache(maxsize=20_000)
def is_verb(word: str) -> bool:
    """True if an English word is a verb or its participle, or joins a clause: FIRES, CRYING, WHO, DON'T."""
    stem = word.removesuffix("ing")
    bases = {stem, f"{stem}e"} & lexicon.BASE_VERBS if stem != word else set[str]()
    does = word.endswith("s") and any(one.act != "other" for one in acts_in(f"He {word}.", "en"))
    return not is_given_name(word) and (bool(bases) or does or word in lexicon.SINGULAR_VERBS | lexicon.AUX | _JOINING)
