"""Several people whom one noun brings in and whom names tell apart: "Two men, BOB and JIM". Pure."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from wzrd.language.people.person_phrases import Traits
from wzrd.language.words.person_words import ADJECTIVES, NUMBERS, facts_of_noun, first_meaning, is_person_noun
from wzrd.language.words.plurals import singular_of_people
from wzrd.language.words.role_words import articles_of

_MOST = 4
_WORD = re.compile(r"[^\W\d_]+")


@cache
def _links(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Words between such a noun and the first name, and between two names."""
    article = f"(?:(?:{'|'.join(articles_of(language)) or '(?!)'}) )?"
    first = re.compile(rf"(?:[^.;:]{{0,80}}\s?:|,)? {article}", re.IGNORECASE)
    joined = r"(?:,| (?P<last>and|und|et|y|e|i|en|och|\u0438))"
    return first, re.compile(rf"[^.;:]{{0,60}}?{joined} {article}", re.IGNORECASE)


def nouns_for_several(text: str, language: str) -> Iterator[tuple[int, int, Traits]]:
    """Where each noun for several people ends, the number before it (0: none), and what it tells of one of them."""
    words = list(_WORD.finditer(text))
    for at, word in enumerate(words):
        if one := singular_of_people(word.group().casefold(), language):
            ahead = [other.group().casefold() for other in words[max(0, at - 2) : at]]
            gender, age = facts_of_noun(one, language)
            hers = (f"{one}e", f"{one}a", f"{one[:-1]}a", f"{one}in", f"{one}ka") if language != "en" else ()
            romance = language in {"es", "it", "pt"} and one.endswith(("o", "or")) and one != "uomo"
            either = gender == "man" and (romance or any(is_person_noun(form, language) for form in hers))
            age = age or first_meaning(ADJECTIVES, ahead) or ""
            many = first_meaning(NUMBERS, ahead) or 0
            yield (
                word.end(),
                many,
                Traits("" if either else gender, age, role=word.group().casefold()),
            )  # "dos viajeros": a boy and a witch


def members_behind(sentence: str, end: int, names: Sequence[tuple[int, int]], many: int, language: str) -> int:
    """Number of the `names` behind a noun for several that are those people, 0 where they are others."""
    first, further = _links(language)
    if not names or first.fullmatch(sentence, end, names[0][0]) is None:
        return 0
    for at in range(1, min(len(names), many or _MOST)):
        gap = further.fullmatch(sentence, names[at - 1][1], names[at][0])
        if gap is None or gap["last"]:
            return at + 1 if gap and many in {0, at + 1} else 0
    return many if 1 < many <= len(names) else 0
