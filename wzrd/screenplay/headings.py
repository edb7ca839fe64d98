"""Scene headings: INT or EXT, place, time of day."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from wzrd.language import lexicon
from wzrd.screenplay.model import IntExt, one_line
from wzrd.screenplay.words import (
    CITY_PHRASES,
    KINDS,
    QUALIFIERS,
    RELATIVE,
    SCENE_WORDS,
    TIMES,
    UNREAL,
    has_case,
    words_of,
)

_WEAK = frozenset({"golden", "magic", "lever", "coucher", "por", "p\u00f4r"})  # times only with other words
_STRAY = 0.15  # of the letters of a place in capitals may be small: McCLANE'S OFFICE, OfFICE
_LONGEST = 200  # characters; what is longer ends in no heading's kind and time
_DASHES = "-\u2013\u2014"
_STOPS = ".\u3002\uff0e"
_LONG = "|".join(sorted(map(re.escape, KINDS), key=len, reverse=True))
_SHORT = r"INT\.?/EXT|EXT\.?/INT|I/E|E/I|INT|EXT|EST"
_KIND = re.compile(rf"({_SHORT})(?:[{_STOPS}]|(?=\s)|\Z)", re.IGNORECASE)
_WORDED = rf"(?:{_LONG}|INT|EXT)\.?(?:\s?[{_DASHES}/]\s?(?:{_LONG}|INT|EXT)\.?)?"
_LONG_KIND = re.compile(
    rf"[(\uff08]?({_WORDED})[)\uff09]?(?:\s?[{_DASHES}{_STOPS}:\uff1a/\u3001,\u30fb\uff0f]\s?|\s|(?<=[)\uff09])|\Z)",
    re.IGNORECASE,
)
_LAST_KIND = re.compile(
    rf"(?P<place>.+?)[{_DASHES}\s./,]+(?P<kind>{_WORDED})[{_DASHES}\s./,]+(?P<time>[^/]+)\Z", re.IGNORECASE
)
_STOP = re.compile(r"(?<=[^\W\d_]{5})\s?[.\u3002]\Z")  # an abbreviation keeps its stop
_WORD_OF_NUMBER = "|".join(sorted(map(re.escape, SCENE_WORDS), key=len, reverse=True))
_SHORT_STOP = re.compile(r"(?<=[^\W\d_]{3})\.\Z")
_NUMBER = re.compile(
    r"(?:S\s?#\s?(\d+)|\u7b2c([\d\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e]+)[\u573a\u5834\u5e55]"
    rf"|(?:\u30b7\u30fc\u30f3|\uc52c)\s?(\d+)|(?:(?i:{_WORD_OF_NUMBER})\.?\s?)?(\d{{1,4}}(?:-\d{{1,4}})?[A-Z]{{0,2}}))"
    r"(?:[.)\u3001\uff0e:\uff1a]\s*|\s+(?:[-\u2013\u2014]\s+)?)"
)
_COUNTED = re.compile(
    rf"(?:[^\W\d_a-z]{{1,10}}\.? ?)?(\d{{1,3}}/\d{{1,4}}|\d{{1,4}})[A-Z]?[.):]? (?=(?:{_SHORT})[.\s])"
)
"""A number of any kind right before INT or EXT: SEC. 1, 3/12."""
_STORY_DAY = re.compile(r"(?<= \d)[.,]? \d{4}\Z")
"""A clock behind the day of the story: NIGHT 2. 2358."""
# a circle or the like opens a Japanese heading
_MARK = re.compile(r"(?:[\u25cb\u25ef\u3007\u25cf\u25a0\u25a1\u25c6\u25c7]|\u67f1[:\uff1a])\s*")
_LETTERS = re.compile(r"(?P<kind>[IAE])/(?P<time>[TNDJ])(?=\s|\Z|[-\u2013\u2014.])[\s.\-\u2013\u2014]*(?P<place>.*)")
_TIME_LETTERS: Mapping[str, str] = {"T": "TAG", "N": "NIGHT", "D": "DAY", "J": "JOUR"}
_BEFORE_KIND = re.compile(rf"(?P<head>[^a-z]{{2,60}}?)(?: ?[:.] | (?:[{_DASHES}]{{1,2}}|/) )(?=[^\W\d_])")
_MOST_BEFORE_KIND = 6  # words
_DASH = re.compile(rf" [{_DASHES}]{{1,3}} ?|[{_DASHES}]{{1,3}} ")
_WIDE = re.compile(rf"\s?[{_DASHES}\s/\uff0f\u30fb\u3001\uff0c,\u3002]\s?")  # what divides a heading without capitals
_ASIDE = re.compile(r"[(\[][^()\[\]]*[)\]]")
_LAST_WORD = re.compile(
    r"(.*?[^\W_][.'\u2019]?)[\s./,\-\u2013\u2014]((?:(?:pre|mid|post|late|early)[- ])?[^\W\d_]+)", re.IGNORECASE
)
_EASTERN_CLOCK = re.compile(
    "(?P<half>\u5348\u524d|\u5348\u5f8c|\u4e0a\u5348|\u4e0b\u5348|\uc624\uc804|\uc624\ud6c4)?\\s?"
    "(?P<hour>\\d{1,2})(?:[\u6642\u65f6\u70b9\u9ede]|\uc2dc)(?:\u534a|\\s?\\d{1,2}[\u5206\ubd84]?)?(?:\u9803|\u8fc7)?"
)
_AFTERNOONS = {"\u5348\u5f8c", "\u4e0b\u5348", "\uc624\ud6c4"}
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h]\d\d)?\s?(?:([ap])\.?m\.?|uhr|h|o'clock)", re.IGNORECASE)
_HOURS = ((5, "night"), (7, "dawn"), (11, "morning"), (13, "noon"), (17, "afternoon"), (20, "evening"), (24, "night"))
_PROSE = re.compile(r"\.\s+(?=[^\W\d_])")
_FEWEST_OF_PROSE, _WORDS_OF_PROSE = 30, 4  # characters of such a line, words of its prose
_ENCLOSED = re.compile(r"(.+?)\s*[(\uff08]([^()\uff08\uff09]+)[)\uff09]\Z")
_SPOKEN: Mapping[str, str] = {
    "INT": "Interior", "EXT": "Exterior", "INT/EXT": "Interior and exterior", "EST": "Exterior",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heading:
    """A scene heading taken apart. `text` is the whole heading without its number, `label` the number.

    `forced`: nothing but a full stop made it one.
    """

    text: str
    int_ext: IntExt = ""
    place: str = ""
    time_of_day: str = ""
    label: str = ""
    forced: bool = False


def read_heading(text: str, *, forced: bool = False) -> Heading | None:
    """The heading on this line, or None when it does not begin as one does and is not forced."""
    text, label = _split_label(one_line(text))
    text, marked, number = _without_number(text)
    label = label or number
    if kind := _KIND.match(text):
        place, time_of_day = _split_time(text[kind.end() :].lstrip(f" {_STOPS}{_DASHES}"))
        return Heading(text, _int_ext(kind.group(1)), place, time_of_day, label)
    if lettered := _lettered_heading(text, label):
        return lettered
    if worded := _worded_heading(text, label, forced=forced or marked):
        return worded
    if led := _led_heading(text, label):
        return led
    if not forced and not marked:
        return None
    place, time_of_day = _split_time(text)
    return Heading(text, "", place, time_of_day, label, forced=True)


def _without_number(text: str) -> tuple[str, bool, str]:
    """The heading without its leading number, whether a mark of scenes stood there, and the number.

    A number counts where INT or EXT follows it, one of their kin, or a place in capitals with its time.
    """
    mark = _MARK.match(text)
    rest = text[mark.end() :] if mark else text
    if counted := _COUNTED.match(rest):
        return rest[counted.end() :].removesuffix(f" {counted[1]}"), bool(mark), counted[1]
    number = _NUMBER.match(rest)
    if number and (not number[4] or _is_headed(rest[number.end() :])):
        label = unicodedata.normalize("NFKC", next(filter(None, number.groups())))
        rest = rest[number.end() :].removesuffix(f" {label}")
        return rest, bool(mark) or not number.group(4) or not _KIND.match(rest), label
    return rest, mark is not None and bool(rest), ""


def _is_headed(text: str) -> bool:
    if _KIND.match(text) or _lettered_heading(text) or _worded_heading(text) or _led_heading(text):
        return True
    enclosed = None if has_case(text) else _ENCLOSED.fullmatch(text)
    if enclosed and is_time(enclosed[2]):
        return True
    in_capitals = has_case(text) and not any(char.islower() for char in text) and bool(_DASH.search(text))
    return in_capitals and len(text) <= _LONGEST and all(_split_time(text))


def _long_kind(text: str) -> re.Match[str] | None:
    """INNEN, EXT\u00c9RIEUR, \u5185\u666f at the beginning, in capitals where the script has any."""
    kind = _LONG_KIND.match(text)
    return kind if kind and not any(char.islower() for char in kind.group(1).replace("\u00df", "")) else None


def _lettered_heading(text: str, label: str = "") -> Heading | None:
    """A heading by letters for inside or outside and day or night: I/T, A/N, E/D, before a place in capitals."""
    found = _LETTERS.match(text)
    if not found or any(char.islower() for char in _ASIDE.sub("", found["place"])):
        return None
    place, time_of_day = _split_time(found["place"])
    int_ext: IntExt = "INT" if found["kind"] == "I" else "EXT"
    time = " - ".join(filter(None, (_TIME_LETTERS[found["time"]], time_of_day)))
    return Heading(text, int_ext, place, time, label)


def _led_heading(text: str, label: str = "") -> Heading | None:
    """A heading behind words in capitals that say how it is seen: DREAM - EXT. FIELD, BLICK - I/T ZIMMER."""
    led = _BEFORE_KIND.match(text) if len(text) <= _LONGEST else None
    if not led or not led["head"].isupper() or len(led["head"].split()) > _MOST_BEFORE_KIND:
        return None
    rest = text[led.end() :]
    if kind := _KIND.match(rest):
        if kind.group()[-1] not in _STOPS and not rest.isupper():
            return None
        place, time_of_day = _split_time(rest[kind.end() :].lstrip(f" {_STOPS}{_DASHES}"))
        return Heading(text, _int_ext(kind.group(1)), place, time_of_day, label)
    behind = _lettered_heading(rest, label) or (_worded_heading(rest, label) if _long_kind(rest) else None)
    return replace(behind, text=text) if behind else None


def split_prose(text: str) -> tuple[str, str]:
    """A heading and the prose that goes on behind it on its line: `DREAM. EXT. FIELD. Anna runs.` and the like."""
    for stop in _PROSE.finditer(text) if len(text) > _FEWEST_OF_PROSE else ():
        head, prose = text[: stop.end()].rstrip(), text[stop.end() :].lstrip()
        if any(char.islower() for char in head):
            break
        small = sum(map(str.islower, prose))
        if small > sum(map(str.isalpha, prose)) / 2 and len(prose.split()) >= _WORDS_OF_PROSE and read_heading(head):
            return head, prose
    return text, ""


def _worded_heading(text: str, label: str = "", *, forced: bool = False) -> Heading | None:
    """A heading by a word for inside or outside; a stop, a dash or a time shows that it is no sentence."""
    if kind := _long_kind(text):
        rest = text[kind.end() :]
        place, time_of_day = _split_time(rest)
        if forced or time_of_day or (not kind.group().endswith(" ") and rest) or kind.group()[-1] in _STOPS:
            return Heading(text, _int_ext(kind.group(1)), place, time_of_day, label)
    last = _LAST_KIND.match(text) if len(text) <= _LONGEST and not any(char.islower() for char in text) else None
    if last and is_time(last["time"]):
        place = "" if last["place"].casefold() in UNREAL else last["place"]
        return Heading(text, _int_ext(last["kind"]), place, _SHORT_STOP.sub("", last["time"]), label)
    return None


def _split_label(text: str) -> tuple[str, str]:
    opened = text.rfind("#", 0, -1) if text.endswith("#") else -1
    label = text[opened + 1 : -1].strip()
    if opened < 0 or not label or not all(char.isalnum() or char in "-." for char in label):
        return text, ""
    return text[:opened].rstrip(), label


def _int_ext(kind: str) -> IntExt:
    words = [part.strip(" .") for part in re.split(rf"[{_DASHES}/]", kind.casefold())]
    if words == ["est"]:
        return "EST"
    kinds = {KINDS.get(word, "INT" if word in {"int", "i"} else "EXT") for word in words}
    return "INT" if kinds == {"INT"} else "EXT" if kinds == {"EXT"} else "INT/EXT"


def _split_time(rest: str) -> tuple[str, str]:
    """Place and time, without a stop behind them."""
    place, time_of_day = _split_parts(_STORY_DAY.sub("", rest))
    return place, _SHORT_STOP.sub("", time_of_day)


def _split_parts(rest: str) -> tuple[str, str]:
    """Place and time. Behind a dash comes the time; "KITCHEN. NIGHT", "KITCHEN, NIGHT", "KITCHEN (NIGHT)" as well."""
    parts = [_STOP.sub("", part.strip()) for part in _DASH.split(rest) if part.strip()]
    if len(parts) == 1 and is_time(rest):
        return "", rest
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
    for separator in (". ", ", ", " / "):
        place, _, last = rest.rpartition(separator)
        if place and is_time(last):
            return place, last
        first, _, place = rest.partition(separator)
        if place and is_time(first):
            return place, first
    if (found := _ENCLOSED.fullmatch(rest)) and is_time(found[2]):
        return found[1], found[2]
    if (found := _LAST_WORD.fullmatch(rest)) and _stands_alone(found[2]):
        return found[1], found[2]
    parts = [] if has_case(rest) else [part for part in _WIDE.split(rest) if part]
    if len(parts) > 1 and is_time(parts[-1]):
        first_time = len(parts) - 2 if len(parts) > 2 and is_time(parts[-2]) else len(parts) - 1
        return " - ".join(parts[:first_time]), " ".join(parts[first_time:])
    return (" - ".join(parts[1:]), parts[0]) if len(parts) > 1 and is_time(parts[0]) else None


def _stands_alone(word: str) -> bool:
    """Is this word a time wherever it ends a heading (COCKPIT NIGHT, WOODS.DAY)?"""
    folded = re.split(r"[- ]", word.casefold())[-1]
    is_time_of_day = folded in TIMES and folded not in _WEAK
    return len(word) > 1 and (is_time_of_day or (folded in RELATIVE and folded not in QUALIFIERS))


def is_time(text: str) -> bool:
    """Does this part of a heading tell a time (LATE NIGHT, MOMENTS LATER, 9:30 PM) and nothing else?"""
    bare = _ASIDE.sub(" ", text).strip() or text.strip("()[]")
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


def location_of(int_ext: IntExt, place: str, names: Collection[str] = ()) -> str:
    """INT and "MARA'S KITCHEN" are "Interior, Mara's kitchen"; `names` (case-folded) keep their capital."""
    spoken = _SPOKEN.get(int_ext, "")
    return ", ".join(part for part in (spoken, place_in_words(place, names)) if part)


def place_in_words(place: str, names: Collection[str] = ()) -> str:
    """A place in running text: capitals become lower case except in names; a dash becomes a comma."""
    if sum(map(str.islower, place)) <= _STRAY * sum(map(str.isalpha, place)):
        place = " ".join(_word_in_text(word, names) for word in place.split(" "))
        place = CITY_PHRASES.sub(lambda city: city[0].title().replace(" De ", " de "), place)
    return place.replace(" - ", ", ")


def _word_in_text(word: str, names: Collection[str]) -> str:
    bare = word.casefold().replace("\u2019", "'").removesuffix("'s").strip(",.()\"'")
    if bare in names:
        return re.sub(r"[^\W\d_]", lambda first: first[0].upper(), word.lower(), count=1)
    if bare in lexicon.ACRONYMS:
        return word.upper()
    return word if any(char.isdigit() for char in word) or "." in word[:-1] else word.lower()
