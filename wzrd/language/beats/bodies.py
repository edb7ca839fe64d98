"""Parts of bodies, in sentences of several languages. Pure; the words are acts.json."""

import re
from functools import cache

from wzrd.language.people.pronoun_words import UNSPACED
from wzrd.language.words.acts import BETWEEN, BODY, HANDS, INTO


@cache
def body(language: str, *, hands: bool = False) -> re.Pattern[str]:
    """Words for parts of a body, which somebody has: "Her hands shake."; `hands`: those that take what is given."""
    if hands:
        into, hand = INTO.get(language, "(?!)"), HANDS.get(language, "(?!)")
        lead = "" if language in UNSPACED else rf"(?<!\w)(?:{into})(?: [\w'\u2019]+,?){{0,3}}[ '](?=(?:{hand})(?!\w))"
        return re.compile(rf"{lead}(?:{hand})", re.IGNORECASE)
    words = BODY.get(language, "").split()
    listed = "|".join(map(re.escape, words)) or "(?!)"
    return re.compile(listed if language in UNSPACED else rf"(?<!\w)(?:{listed})(?!\w)", re.IGNORECASE)


@cache
def between(language: str) -> re.Pattern[str]:
    """Words for somebody's own hands, in which a thing is."""
    return re.compile(BETWEEN.get(language, "(?!)"), re.IGNORECASE)
