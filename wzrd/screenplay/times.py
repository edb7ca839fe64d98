"""Times of day in headings: which words are one, what light they mean, which hang on the scene before."""

import re

from wzrd.screenplay.words import QUALIFIERS, RELATIVE, TIMES, words_of

_WEAK = frozenset({"golden", "magic", "lever", "coucher", "por", "p\u00f4r"})  # times only with other words
ASIDE = re.compile(r"[(\[][^()\[\]]*[)\]]")
"""Words in brackets."""
_EASTERN_CLOCK = re.compile(
    "(?P<half>\u5348\u524d|\u5348\u5f8c|\u4e0a\u5348|\u4e0b\u5348|\uc624\uc804|\uc624\ud6c4)?\\s?"
    "(?P<hour>\\d{1,2})(?:[\u6642\u65f6\u70b9\u9ede]|\uc2dc)(?:\u534a|\\s?\\d{1,2}[\u5206\ubd84]?)?(?:\u9803|\u8fc7)?"
)
_AFTERNOONS = {"\u5348\u5f8c", "\u4e0b\u5348", "\uc624\ud6c4"}
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h]\d\d)?\s?(?:([ap])\.?m\.?|uhr|h|o'clock)", re.IGNORECASE)
_HOURS = ((5, "night"), (7, "dawn"), (11, "morning"), (13, "noon"), (17, "afternoon"), (20, "evening"), (24, "night"))


def is_time(text: str) -> bool:
    """Does this part of a heading tell a time (LATE NIGHT, MOMENTS LATER, 9:30 PM) and nothing else?"""
    bare = ASIDE.sub(" ", text).strip() or text.strip("()[]")
    if _CLOCK.fullmatch(bare) or _EASTERN_CLOCK.fullmatch(bare):
        return True
    words = list(words_of(re.split(r"[,/\u30fb\u3001\uff0f]", bare, maxsplit=1)[0]))
    known = all(word in TIMES or word in RELATIVE or word in QUALIFIERS or word.isdigit() for word in words)
    return known and any(word in TIMES or word in RELATIVE for word in words)


def light_of(time_of_day: str) -> str:
    """The time that a heading means, as a key of the light table; nothing for CONTINUOUS and the like."""
    if named := next((TIMES[word] for word in reversed(list(words_of(time_of_day))) if word in TIMES), ""):
        return named
    if eastern := _EASTERN_CLOCK.fullmatch(time_of_day.strip()):
        hour = int(eastern["hour"]) % 24 + 12 * (eastern["half"] in _AFTERNOONS and int(eastern["hour"]) < 12)
        return next(light for until, light in _HOURS if hour < until)
    clock = _CLOCK.fullmatch(time_of_day.strip())
    if not clock:
        return ""
    hour = int(clock[1]) % (12 if clock[2] else 24) + 12 * ((clock[2] or "").casefold().startswith("p"))
    return next(light for until, light in _HOURS if hour < until)


def is_relative(time_of_day: str) -> bool:
    """Does the time hang on the scene before (CONTINUOUS, LATER)?"""
    return not light_of(time_of_day) and any(word in RELATIVE for word in words_of(time_of_day))


def stands_alone(word: str) -> bool:
    """Is this word a time wherever it ends a heading (COCKPIT NIGHT, WOODS.DAY)?"""
    folded = re.split(r"[- ]", word.casefold())[-1]
    is_time_of_day = folded in TIMES and folded not in _WEAK
    return len(word) > 1 and (is_time_of_day or (folded in RELATIVE and folded not in QUALIFIERS))
