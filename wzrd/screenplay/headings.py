"""Scene headings: INT or EXT, place, time of day; and what heading and action say of light and weather.

Nothing is invented: light comes from a time or a source of light that is named, weather only from a word for it.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from wzrd.screenplay.model import IntExt, one_line
from wzrd.screenplay.words import KINDS, QUALIFIERS, RELATIVE, TIMES, has_case, words_of

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
_NUMBER = re.compile(
    r"(?:S\s?#\s?(\d+)|\u7b2c([\d\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e]+)[\u573a\u5834\u5e55]"
    r"|(?:\u30b7\u30fc\u30f3|\uc52c)\s?(\d+)|(\d{1,4}[A-Z]{0,2}))"
    r"(?:[.)\u3001\uff0e:\uff1a]\s*|\s+)"
)
_MARK = re.compile(r"[\u25cb\u25ef\u3007\u25cf]\s*")  # a circle opens a Japanese heading
_DASH = re.compile(rf" [{_DASHES}]{{1,3}} ?|[{_DASHES}]{{1,3}} ")
_WIDE = re.compile(rf"\s?[{_DASHES}\s/\uff0f\u30fb\u3001\uff0c,\u3002]\s?")  # what divides a heading without capitals
_ENCLOSED = re.compile(r"(.+?)\s*[(\uff08]([^()\uff08\uff09]+)[)\uff09]\Z")
_SPOKEN: Mapping[str, str] = {
    "INT": "Interior",
    "EXT": "Exterior",
    "INT/EXT": "Interior and exterior",
    "EST": "Exterior",
}

_LIGHT: Mapping[str, tuple[str, str]] = {  # (exterior, interior)
    "day": ("open daylight", "soft indoor daylight"),
    "night": ("night, moonlight and pools of lamplight", "night, low practical lamps and deep shadow"),
    "dawn": ("first cool light of dawn", "first cool light of dawn through the openings"),
    "morning": ("clear, low morning light", "clear morning light from one side"),
    "noon": ("hard midday sun from above", "bright midday light"),
    "afternoon": ("warm afternoon light", "warm, slanting afternoon light"),
    "dusk": ("blue dusk, last light in the sky", "blue dusk outside, dim inside"),
    "sunset": ("low golden light, long shadows", "low golden light across the room"),
    "evening": ("fading evening light", "fading evening light and the first lamps"),
}
_SOURCES: Mapping[str, str] = {
    "candlelight": r"candle(?:s|light|lit)?",
    "firelight": r"fire(?:light|lit|place)|(?:camp|bon)fire|hearth",
    "lantern light": r"lanterns?",
    "lamplight": r"lamps?|lamplight",
    "neon glow": r"neon",
    "fluorescent light": r"fluorescents?|strip lights?",
    "moonlight": r"moon(?:light|lit)?",
    "starlight": r"stars|starlight|starlit",
    "a torch beam": r"flashlights?|torch(?:es|light)?",
    "headlights": r"headlights?|headlamps?",
    "a spotlight": r"spotlights?|searchlights?",
    "flashes of lightning": r"lightning",
    "the glow of screens": r"(?:screen|monitor|laptop|phone)(?: |')?s? glow\w*|glow\w* (?:screens?|monitors?)",
    "red emergency light": r"emergency lights?|red light",
    "a shaft of sunlight": r"sunbeams?|shafts? of (?:sun)?light",
    "near darkness": r"pitch[ -](?:dark|black)|darkness|blackout",
    "backlight": r"backlit|silhouett\w+",
}
_WEATHER: Mapping[str, str] = {
    "rain": r"(?<!no )(?:rain(?! of\b)|rains|rainy|raining|downpour|drizzl\w+)",
    "storm": r"storm|stormy|thunder\w*|lightning|hurricane|squall",
    "snow": r"(?<!no )(?:snow|snows|snowy|snowing|snowfall|blizzard|sleet)",
    "hail": r"hail|hailstones?",
    "fog": r"(?<!no )(?:fog|foggy|mist|misty|haze)",
    "wind": r"(?<!no )(?:wind(?! (?:up|down|the|his|her|its|it|a)\b)|winds(?= (?:rise|blow|howl))|windy|gale|gusts?)",
    "sun": r"sunny|sunshine|sunlight|(?:the|blazing|hot|white|low) sun",
    "overcast": r"overcast|grey sky|gray sky|(?:low|dark|storm) clouds?",
    "frost": r"frost|frosty|icicles?",
    "heat": r"heat ?wave|sweltering|scorching|heat shimmer\w*",
}


def _finder(words: Mapping[str, str]) -> re.Pattern[str]:
    groups = "|".join(f"(?P<w{index}>{pattern})" for index, pattern in enumerate(words.values()))
    return re.compile(rf"\b(?:{groups})\b", re.IGNORECASE)


_SOURCE_WORDS, _WEATHER_WORDS = _finder(_SOURCES), _finder(_WEATHER)


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
    if worded := _worded_heading(text, label, forced=forced or marked):
        return worded
    if not forced and not marked:
        return None
    place, time_of_day = _split_time(text)
    return Heading(text, "", place, time_of_day, label, forced=True)


def _without_number(text: str) -> tuple[str, bool, str]:
    """The heading without its leading number, whether a mark of scenes stood there, and the number.

    A number counts where INT or EXT follows it, or one of their kin.
    """
    mark = _MARK.match(text)
    rest = text[mark.end() :] if mark else text
    number = _NUMBER.match(rest)
    if number and (not number[4] or _KIND.match(rest, number.end()) or _worded_heading(rest[number.end() :])):
        label = next(filter(None, number.groups()))
        rest = rest[number.end() :].removesuffix(f" {label}")
        return rest, bool(mark) or not number.group(4), label
    return rest, mark is not None and bool(rest), ""


def _long_kind(text: str) -> re.Match[str] | None:
    """INNEN, EXT\u00c9RIEUR, \u5185\u666f at the beginning, in capitals where the script has any."""
    kind = _LONG_KIND.match(text)
    return kind if kind and not any(char.islower() for char in kind.group(1).replace("\u00df", "")) else None


def _worded_heading(text: str, label: str = "", *, forced: bool = False) -> Heading | None:
    """A heading by a word for inside or outside; a stop, a dash or a time shows that it is no sentence."""
    if kind := _long_kind(text):
        rest = text[kind.end() :]
        place, time_of_day = _split_time(rest)
        if forced or time_of_day or (not kind.group().endswith(" ") and rest) or kind.group()[-1] in _STOPS:
            return Heading(text, _int_ext(kind.group(1)), place, time_of_day, label)
    last = _LAST_KIND.match(text) if len(text) <= _LONGEST and not any(char.islower() for char in text) else None
    if last and is_time(last["time"]):
        return Heading(text, _int_ext(last["kind"]), last["place"], last["time"], label)
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
    """Place and time. Behind a dash comes the time; "KITCHEN. NIGHT", "KITCHEN, NIGHT", "KITCHEN (NIGHT)" as well."""
    if is_time(rest):
        return "", rest
    parts = [part.strip() for part in _DASH.split(rest)]
    for index in range(len(parts) - 1, 0, -1):
        if is_time(parts[index]):
            return " - ".join(parts[:index]), " - ".join(parts[index:])
    if len(parts) > 1 and light_of(parts[0]) and is_time(parts[0]):
        return " - ".join(part for part in parts[1:] if part), parts[0]
    return _split_otherwise(rest) or (" - ".join(part for part in parts if part), "")


def _split_otherwise(rest: str) -> tuple[str, str] | None:
    """The same where no dash divides them; in a script without capitals any sign does, or a blank."""
    for separator in (". ", ", ", " / "):
        place, _, last = rest.rpartition(separator)
        if place and is_time(last):
            return place, last
        first, _, place = rest.partition(separator)
        if place and is_time(first):
            return place, first
    if (found := _ENCLOSED.fullmatch(rest)) and is_time(found[2]):
        return found[1], found[2]
    parts = [] if has_case(rest) else [part for part in _WIDE.split(rest) if part]
    if len(parts) > 1 and is_time(parts[-1]):
        first_time = len(parts) - 2 if len(parts) > 2 and is_time(parts[-2]) else len(parts) - 1
        return " - ".join(parts[:first_time]), " ".join(parts[first_time:])
    return (" - ".join(parts[1:]), parts[0]) if len(parts) > 1 and is_time(parts[0]) else None


def is_time(text: str) -> bool:
    """Does this part of a heading tell a time (LATE NIGHT, MOMENTS LATER) and nothing else?"""
    words = list(words_of(re.split(r"[,(/]", text, maxsplit=1)[0]))
    known = all(word in TIMES or word in RELATIVE or word in QUALIFIERS or word.isdigit() for word in words)
    return known and any(word in TIMES or word in RELATIVE for word in words)


def light_of(time_of_day: str) -> str:
    """The time that a heading means, as a key of the light table; nothing for CONTINUOUS and the like."""
    return next((TIMES[word] for word in reversed(list(words_of(time_of_day))) if word in TIMES), "")


def is_relative(time_of_day: str) -> bool:
    """Does the time hang on the scene before (CONTINUOUS, LATER)?"""
    return not light_of(time_of_day) and any(word in RELATIVE for word in words_of(time_of_day))


def location_of(int_ext: IntExt, place: str, names: Collection[str] = ()) -> str:
    """INT and "MARA'S KITCHEN" are "Interior, Mara's kitchen"; `names` (case-folded) keep their capital."""
    spoken = _SPOKEN.get(int_ext, "")
    return ", ".join(part for part in (spoken, place_in_words(place, names)) if part)


def place_in_words(place: str, names: Collection[str] = ()) -> str:
    """A place in running text: capitals become lower case except in names; a dash becomes a comma."""
    if not any(char.islower() for char in place):
        place = " ".join(_word_in_text(word, names) for word in place.split(" "))
    return place.replace(" - ", ", ")


def _word_in_text(word: str, names: Collection[str]) -> str:
    bare = word.casefold().replace("\u2019", "'").removesuffix("'s").strip(",.()\"'")
    if bare in names:
        return word[:1].upper() + word[1:].lower()
    return word if any(char.isdigit() for char in word) or "." in word[:-1] else word.lower()


def lighting_of(int_ext: IntExt, light: str, text: str) -> str:
    """A phrase for the light: the time of day, then at most three sources that the text names; else nothing."""
    sources = _said(_SOURCE_WORDS, _SOURCES, text)[:3]
    base = _LIGHT[light][int_ext == "INT"] if light else ""
    if sources and light == "night":
        base = "night"  # the sources that are named replace the lamps we would have guessed
    return ", ".join(part for part in (base, " and ".join(sources)) if part)


def weather_of(text: str) -> str:
    """The weather that heading or action name, at most three kinds, in order of mention; else nothing."""
    return ", ".join(_said(_WEATHER_WORDS, _WEATHER, text)[:3])


def _said(finder: re.Pattern[str], words: Mapping[str, str], text: str) -> list[str]:
    names = list(words)
    found = (names[int(str(match.lastgroup)[1:])] for match in finder.finditer(text))
    return list(dict.fromkeys(found))
