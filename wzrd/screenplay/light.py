"""What heading and action say of light and weather.

Nothing is invented: light comes from a time or a source of light that is named, weather only from a word for it.
"""

import re
from collections.abc import Collection, Mapping

from wzrd.screenplay.model import IntExt

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
    "storm": (
        r"storms?(?! (?:of|off|out|in|into|up|over|past|away|toward)\b)|stormy|lightning(?![ -](?:fast|quick|speed))|"
        r"thunder(?:storm|clap|bolt|cloud)?s?(?! (?:of|past|down|along|through|by)\b)|hurricane(?! lamp)|squall"
    ),
    "snow": r"(?<!no )(?:snow|snows|snowy|snowing|snowfall|blizzard|sleet)",
    "hail": r"hail|hailstones?",
    "fog": r"(?<!no )(?:fog|foggy|mist|misty|(?<!smoky )(?<!smoke )(?<!purple )haze)",
    "wind": r"(?<!no )(?:wind(?! (?:up|down|the|his|her|its|it|a)\b)|winds(?= (?:rise|blow|howl))|windy|gale|gusts?)",
    "sun": r"sunny|sunshine|sunlight|(?:the|blazing|hot|white|low) sun",
    "overcast": r"overcast|grey sky|gray sky|(?:low|dark|storm) clouds?",
    "frost": r"frost|frosty|icicles?",
    "heat": r"heat ?wave|sweltering|scorching|heat shimmer\w*",
}


_DAYLIGHT = frozenset({"day", "morning", "noon", "afternoon"})
_NOT_BY: Mapping[str, Collection[str]] = {  # what is not in the sky at some times
    "sun": {"night", "dusk", "evening"},
    "a shaft of sunlight": {"night"},
    "moonlight": _DAYLIGHT,
    "starlight": _DAYLIGHT,
}


def _finder(words: Mapping[str, str]) -> re.Pattern[str]:
    groups = "|".join(f"(?P<w{index}>{pattern})" for index, pattern in enumerate(words.values()))
    return re.compile(rf"\b(?:{groups})\b", re.IGNORECASE)


_SOURCE_WORDS, _WEATHER_WORDS = _finder(_SOURCES), _finder(_WEATHER)


def lighting_of(int_ext: IntExt, light: str, text: str) -> str:
    """A phrase for the light: the time of day, then at most three sources that the text names; else nothing."""
    sources = [one for one in _said(_SOURCE_WORDS, _SOURCES, text) if light not in _NOT_BY.get(one, ())][:3]
    base = _LIGHT[light][int_ext == "INT"] if light else ""
    if sources and light == "night":
        base = "night"  # the sources that are named replace the lamps we would have guessed
    return ", ".join(part for part in (base, " and ".join(sources)) if part)


def weather_of(text: str, light: str = "") -> str:
    """The weather that heading or action name, at most three kinds, in order of mention; else nothing.

    At night and at dusk no sun shines, whatever the prose compares with it.
    """
    said = _said(_WEATHER_WORDS, _WEATHER, text)
    return ", ".join([one for one in said if light not in _NOT_BY.get(one, ())][:3])


def _said(finder: re.Pattern[str], words: Mapping[str, str], text: str) -> list[str]:
    names = list(words)
    found = (names[int(str(match.lastgroup)[1:])] for match in finder.finditer(text))
    return list(dict.fromkeys(found))
