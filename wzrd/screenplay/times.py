"""Times of day in headings: which words are one, what light they mean, where they stand beside the place."""

import re

from wzrd.screenplay.words import HOMOGRAPHS, QUALIFIERS, RELATIVE, TIMES, has_case, words_of

_WEAK = frozenset({"golden", "magic", "lever", "coucher", "por", "p\u00f4r"})  # times only with other words
ASIDE = re.compile(r"[(\[][^()\[\]]*[)\]]")
"""Words in brackets."""
DASHES = "-\u2013\u2014"
STOPS = ".\u3002\uff0e"
_STOP = re.compile(r"(?<=[^\W\d_]{5})\s?[.\u3002]\Z")  # an abbreviation keeps its stop
SHORT_STOP = re.compile(r"(?<=[^\W\d_]{3})\.\Z")
_STORY_DAY = re.compile(r"(?<= \d)[.,]? \d{4}\Z")
"""A clock behind the day of the story: NIGHT 2. 2358."""
DASH = re.compile(rf" [{DASHES}]{{1,3}} ?|[{DASHES}]{{1,3}} ")
_WIDE = re.compile(rf"\s?[{DASHES}\s/\uff0f\u30fb\u3001\uff0c,\u3002]\s?")  # what divides a heading without capitals
_LAST_WORD = re.compile(
    r"(.*?[^\W_][.'\u2019]?)[\s./,\-\u2013\u2014]((?:(?:pre|mid|post|late|early)[- ])?[^\W\d_]+)", re.IGNORECASE
)
_ENCLOSED = re.compile(r"(.+?)\s*[(\uff08\[]([^()\uff08\uff09\[\]]+)[)\uff09\]]\Z")
_EASTERN_CLOCK = re.compile(
    "(?P<half>\u5348\u524d|\u5348\u5f8c|\u4e0a\u5348|\u4e0b\u5348|\uc624\uc804|\uc624\ud6c4)?\\s?"
    "(?P<hour>\\d{1,2})(?:[\u6642\u65f6\u70b9\u9ede]|\uc2dc)(?:\u534a|\\s?\\d{1,2}[\u5206\ubd84]?)?(?:\u9803|\u8fc7)?"
)
_SAME = re.compile("\u540c(?:[\u30fb\uff65]|\\Z)")  # the place of the scene before, and where in it
LONGEST = 200
"""Characters; what is longer ends in no heading's kind and time."""
_AFTERNOONS = {"\u5348\u5f8c", "\u4e0b\u5348", "\uc624\ud6c4"}
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h]\d\d)?\s?(?:([ap])\.?m\.?|uhr|h|o'clock)", re.IGNORECASE)
_HOURS = ((5, "night"), (7, "dawn"), (11, "morning"), (13, "noon"), (17, "afternoon"), (20, "evening"), (24, "night"))


def is_time(text: str) -> bool:
    """Does this part of a heading tell a time (LATE NIGHT, MOMENTS LATER, 9:30 PM) and nothing else?"""
    bare = ASIDE.sub(" ", text).strip() or text.strip("()[]")
    if _CLOCK.fullmatch(bare) or _EASTERN_CLOCK.fullmatch(bare):
        return True
    if _SAME.match(bare):
        return False
    words = list(words_of(re.split(r"[,/\u30fb\u3001\uff0f]", bare, maxsplit=1)[0]))
    known = all(word in TIMES or word in RELATIVE or word in QUALIFIERS or word.isdigit() for word in words)
    return known and any(word in TIMES or word in RELATIVE for word in words)


def light_of(time_of_day: str) -> str:
    """The time that a heading means, as a key of the light table; nothing for CONTINUOUS and the like."""
    words = [HOMOGRAPHS.get(word, word) for word in words_of(time_of_day)]
    if named := next((TIMES[word] for word in reversed(words) if word in TIMES), ""):
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


def _stands_alone(word: str) -> bool:
    """Is this word a time wherever it ends a heading (COCKPIT NIGHT, WOODS.DAY)?"""
    folded = re.split(r"[- ]", word.casefold())[-1]
    is_time_of_day = folded in TIMES and folded not in _WEAK
    return len(word) > 1 and (is_time_of_day or (folded in RELATIVE and folded not in QUALIFIERS))


def split_behind(rest: str) -> tuple[str, str]:
    """Place and time of what stands behind the kind; a time that is tied to the kind goes before the place."""
    rest = _STORY_DAY.sub("", rest)
    tied = rest[:1] in {"/", "-", "\uff0f"} or rest[:2] == "./"
    bare = rest.lstrip(f" {STOPS}{DASHES}:\uff1a/|,\uff0c\u3001\u30fb\uff0f)\uff09")
    words = bare.split(" ")
    if tied:
        for count in range(min(len(words) - 1, 4), 0, -1):
            time = " ".join(words[:count]).rstrip(f" {DASHES}{STOPS},:/")
            place = " ".join(words[count:]).lstrip(f" {DASHES}/,:")
            if is_time(time) and place[:1] not in {"(", "["} and not split_time(place)[1]:
                return place.removesuffix("."), time
    return split_time(bare)


def split_time(rest: str) -> tuple[str, str]:
    """Place and time, without a stop behind them. What is longer than any heading is no place with a time."""
    if len(rest) > LONGEST:
        return rest, ""
    place, time_of_day = _split_parts(rest)
    return place, SHORT_STOP.sub("", time_of_day)


def _split_parts(rest: str) -> tuple[str, str]:
    """Place and time. Behind a dash comes the time; "KITCHEN. NIGHT", "KITCHEN, NIGHT", "KITCHEN (NIGHT)" as well."""
    parts = [_STOP.sub("", part.strip()) for part in DASH.split(rest) if part.strip()]
    if len(parts) == 1 and is_time(rest):
        time, *place = re.split(r"[,/]", rest, maxsplit=1)  # NIGHT / THE STREET
        return (place[0].strip(" ."), time.strip()) if place and not is_time(place[0]) else ("", rest)
    first = next((at for at in range(1, len(parts)) if all(map(is_time, parts[at:]))), 0)
    first = first or next((at for at in range(len(parts) - 1, 0, -1) if is_time(parts[at])), 0)
    if first:
        return " - ".join(parts[:first]), " - ".join(parts[first:])
    if len(parts) > 1 and light_of(parts[0]) and is_time(parts[0]):
        return " - ".join(parts[1:]), parts[0]
    if not (parts and (found := _split_otherwise(parts[-1]))):
        return " - ".join(parts), ""
    return " - ".join((*parts[:-1], found[0])), found[1]


def _split_otherwise(rest: str) -> tuple[str, str] | None:
    """Place and time of a heading with no dash between; without capitals any sign divides them, or a blank."""
    for separator in (". ", ", ", " / ", "/", ": ", " | ", "."):
        parts = rest.split(separator)
        tails = [(separator.join(parts[:at]), separator.join(parts[at:])) for at in range(1, len(parts))]
        if found := next(((place, time) for place, time in tails if place and is_time(time)), None):
            return found
        if len(parts) > 1 and parts[-1] and is_time(parts[0]):
            return separator.join(parts[1:]), parts[0]
    if (found := _ENCLOSED.fullmatch(rest)) and is_time(found[2]):
        return found[1], found[2]
    if (found := _LAST_WORD.fullmatch(rest)) and _stands_alone(found[2]):
        return found[1], found[2]
    parts = [] if has_case(rest) else [part for part in _WIDE.split(rest) if part]
    if len(parts) > 1 and is_time(parts[-1]):
        first_time = len(parts) - 2 if len(parts) > 2 and is_time(parts[-2]) else len(parts) - 1
        return " - ".join(parts[:first_time]), " ".join(parts[first_time:])
    return (" - ".join(parts[1:]), parts[0]) if len(parts) > 1 and is_time(parts[0]) else None
