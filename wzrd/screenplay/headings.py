"""Scene headings: INT or EXT, place, time of day; and what heading and action say of light and weather.

Nothing is invented: light comes from a time or a source of light that is named, weather only from a word for it.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from wzrd.screenplay.model import IntExt, one_line

_KIND = re.compile(r"(INT\.?/EXT|EXT\.?/INT|I/E|E/I|INT|EXT|EST)(?:\.|(?=\s)|\Z)", re.IGNORECASE)
_DASHES = "-\u2013\u2014"
_DASH = re.compile(rf" [{_DASHES}]{{1,3}} ?|[{_DASHES}]{{1,3}} ")
_WORD = re.compile(r"[^\W_]+")
_SPOKEN: Mapping[str, str] = {
    "INT": "Interior",
    "EXT": "Exterior",
    "INT/EXT": "Interior and exterior",
    "EST": "Exterior",
}

# What a heading's last part may say, by the light that it means.
_TIMES: Mapping[str, str] = {
    "day": "day daytime jour journée tag día dia giorno день",
    "night": "night nighttime midnight nuit nacht noche notte ночь",
    "dawn": "dawn daybreak sunrise aube dämmerung amanecer alba рассвет",
    "morning": "morning matin morgen mañana mattina утро",
    "noon": "noon midday",
    "afternoon": "afternoon",
    "dusk": "dusk twilight crépuscule atardecer crepuscolo сумерки",
    "sunset": "sunset sundown golden magic",
    "evening": "evening soir abend sera вечер",
}
_TIME_OF: Mapping[str, str] = {word: time for time, words in _TIMES.items() for word in words.split()}
_RELATIVE = frozenset({"continuous", "later", "same", "moments", "meanwhile", "resuming"})
_QUALIFYING = (
    "a the of at in early late pre mid before after next previous that same time hour hours blue few some two three"
    " moment minute minutes second seconds day days week weeks month months year years following present past"
)
_QUALIFIERS = frozenset(_QUALIFYING.split())
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
    """A scene heading taken apart. `text` is the whole heading without its number, `label` the number."""

    text: str
    int_ext: IntExt = ""
    place: str = ""
    time_of_day: str = ""
    label: str = ""


def read_heading(text: str, *, forced: bool = False) -> Heading | None:
    """The heading on this line, or None when it does not begin as one does and is not forced."""
    text, label = _split_label(one_line(text))
    kind = _KIND.match(text)
    if not kind and not forced:
        return None
    rest = text[kind.end() :].lstrip(f" .{_DASHES}") if kind else text
    place, time_of_day = _split_time(rest)
    return Heading(text, _int_ext(kind.group(1)) if kind else "", place, time_of_day, label)


def _split_label(text: str) -> tuple[str, str]:
    opened = text.rfind("#", 0, -1) if text.endswith("#") else -1
    label = text[opened + 1 : -1].strip()
    if opened < 0 or not label or not all(char.isalnum() or char in "-." for char in label):
        return text, ""
    return text[:opened].rstrip(), label


def _int_ext(kind: str) -> IntExt:
    kind = kind.upper()
    return "INT/EXT" if "/" in kind else "INT" if kind == "INT" else "EXT" if kind == "EXT" else "EST"


def _split_time(rest: str) -> tuple[str, str]:
    """Place and time. Behind a dash comes the time; "KITCHEN. NIGHT" and "KITCHEN, NIGHT" are read as well."""
    parts = [part.strip() for part in _DASH.split(rest)]
    for index in range(len(parts) - 1, 0, -1):
        if is_time(parts[index]):
            return " - ".join(parts[:index]), " - ".join(parts[index:])
    for separator in (". ", ", "):
        place, _, last = rest.rpartition(separator)
        if place and is_time(last):
            return place, last
    return " - ".join(part for part in parts if part), ""


def is_time(text: str) -> bool:
    """Does this part of a heading tell a time (LATE NIGHT, MOMENTS LATER) and nothing else?"""
    words = _WORD.findall(re.split(r"[,(/]", text.casefold(), maxsplit=1)[0])
    known = all(word in _TIME_OF or word in _RELATIVE or word in _QUALIFIERS or word.isdigit() for word in words)
    return known and any(word in _TIME_OF or word in _RELATIVE for word in words)


def light_of(time_of_day: str) -> str:
    """The time that a heading means, as a key of the light table; nothing for CONTINUOUS and the like."""
    words = _WORD.findall(time_of_day.casefold())
    return next((_TIME_OF[word] for word in reversed(words) if word in _TIME_OF), "")


def is_relative(time_of_day: str) -> bool:
    """Does the time hang on the scene before (CONTINUOUS, LATER)?"""
    return not light_of(time_of_day) and any(word in _RELATIVE for word in _WORD.findall(time_of_day.casefold()))


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
