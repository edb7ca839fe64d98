"""Light, weather, place and mood: read from heading and action, and turned into phrases that fit a sentence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from wzrd.domain.shots import SceneBrief
from wzrd.language.words import lexicon
from wzrd.language.words.sentences import MAX_TEXT, clean, has_main_verb, one_line, shorten, split_sentences, tokens_of

_HEADING = re.compile(
    r"^\s*(int\.?\s*/\s*ext|ext\.?\s*/\s*int|i\s*/\s*e|interior and exterior|int|ext|interior|exterior)\b[.:,\s]*",
    re.IGNORECASE,
)
_PLACES = re.compile(r"\b(?:" + "|".join(sorted(lexicon.PLACES, key=len, reverse=True)) + r")\b")
_TIMES = lexicon.SCENE_LIGHT | {"continuous", "later", "same", "moments later", "same time", "flashback", "present"}
_BARE = frozenset({"street", "road", "avenue", "park", "beach", "island", "bay", "hill", "lake", "mountain", "square"})
_IN_THE = frozenset({"morning", "evening", "afternoon"})
_COUNTED = frozenset(
    {"bulb", "lamp", "candle", "lantern", "beam", "spotlight", "flare", "fire", "strobe", "strip", "tube"}
)
_RAW = lexicon.load("atmosphere.json")
_HOURS, _LIGHT = _RAW["hours"], _RAW["light"]
"""Light by the hour: beside a lamp, and alone, outside and inside."""
_SOURCES, _WEATHER, _NOT_BY = _RAW["sources"], _RAW["weather"], _RAW["not_by"]
"""Patterns of lights and weathers by what they are called, and when they are not in the sky."""
_LIKE_ADJECTIVES = frozenset({"fluorescent", "tungsten", "overcast", "key"})


@dataclass(frozen=True, slots=True)
class Atmosphere:
    """Phrases: `place` "the lamp room", `inside` "in the lamp room", `light` "in cold moonlight", `weather` "in rain".

    Any of them may be empty. `io` is int, ext or empty; `mood` a key of the mood lists, `adjective` the tone's word.
    """

    place: str = ""
    inside: str = ""
    io: str = ""
    light: str = ""
    weather: str = ""
    mood: str = ""
    adjective: str = ""
    details: tuple[str, ...] = ()  # the place's and the weather's own
    spare_details: tuple[str, ...] = ()  # what is found anywhere


def _finder(words: Mapping[str, str]) -> re.Pattern[str]:
    groups = "|".join(f"(?P<w{index}>{pattern})" for index, pattern in enumerate(words.values()))
    return re.compile(rf"\b(?:{groups})\b", re.IGNORECASE)


_SOURCE_WORDS, _WEATHER_WORDS = _finder(_SOURCES), _finder(_WEATHER)


def lighting_of(light: str, text: str, *, interior: bool) -> str:
    """A phrase for the light: the time of day, then at most three sources that the text names; else nothing.

    Nothing is invented: light comes from a time or a source of light that is named.
    """
    sources = [one for one in _named(_SOURCE_WORDS, _SOURCES, text) if light not in _NOT_BY.get(one, ())][:3]
    base = _LIGHT[light][interior] if light else ""
    if sources and light == "night":
        base = "night"  # the sources that are named replace the lamps we would have guessed
    return ", ".join(part for part in (base, " and ".join(sources)) if part)


def weather_of(text: str, light: str = "") -> str:
    """The weather that heading or action name, at most three kinds, in order of mention; else nothing.

    At night and at dusk no sun shines, whatever the prose compares with it.
    """
    said = _named(_WEATHER_WORDS, _WEATHER, text)
    return ", ".join([one for one in said if light not in _NOT_BY.get(one, ())][:3])


def _named(finder: re.Pattern[str], words: Mapping[str, str], text: str) -> list[str]:
    names = list(words)
    found = (names[int(str(match.lastgroup)[1:])] for match in finder.finditer(text, 0, MAX_TEXT))
    return list(dict.fromkeys(found))


@lru_cache(maxsize=256)
def atmosphere_of(brief: SceneBrief) -> Atmosphere:
    """Read the scene's place, light, weather and mood."""
    heading = one_line(brief.location, 160) or (brief.title if _HEADING.match(brief.title) else "")
    prose = f"{clean(brief.title, 200)}. {clean(brief.description, 2000)} {clean(' '.join(brief.actions), 2000)}"
    kind = _kind_of(heading) or _kind_of(prose)
    place, inside = _place(heading) if heading else _place_in_prose(kind)
    marked = _HEADING.match(heading)
    mark = marked.group(1).casefold() if marked else ""
    if kind and not heading and re.search(r"\boutside\b", prose, re.IGNORECASE):
        inside, mark = f"outside {place}", "ext"
    io = "" if "/" in mark or " and " in mark else mark[:3] or (kind.io if kind else "")
    mood, adjective = _mood(f"{brief.tone}, {brief.genre}", brief.tone)
    return Atmosphere(
        place=place,
        inside=inside,
        io=io,
        light=_light(one_line(brief.lighting, 300) or _time_in(heading)),
        weather=_weather(one_line(brief.weather, 200), io),
        mood=mood,
        adjective=adjective,
        details=_details(kind, io, brief.weather),
        spare_details=tuple(lexicon.GENERIC_DETAILS[_where(kind, io)]),
    )


def _kind_of(text: str) -> lexicon.PlaceWords | None:
    """The kind of place that a text names last in a heading, first in prose; longer names win."""
    folded = text.casefold()
    hits = [(found.end(), -found.start(), found.group()) for found in _PLACES.finditer(folded)]
    if not hits:
        return None
    chosen = max(hits) if len(text) <= 160 else hits[0]
    return lexicon.PLACES[chosen[2]]


def _place_in_prose(kind: lexicon.PlaceWords | None) -> tuple[str, str]:
    return (f"the {kind.noun}", f"{kind.prep} the {kind.noun}") if kind else ("", "")


def _place(heading: str) -> tuple[str, str]:
    """A heading's place with its article and preposition: `INT. LIGHTHOUSE - LAMP ROOM - NIGHT` → the lamp room."""
    parts = [part.strip(" .,;:") for part in re.split(r"\s+[-\u2013\u2014]+\s+|\s*[|/>]\s*", _HEADING.sub("", heading))]
    parts = [part for part in parts if part and part.casefold() not in _TIMES]
    if not parts:
        return "", ""
    text = shorten(re.split(r"[.;](?:\s|$)", parts[-1])[0], 80)
    before, _, rest = text.partition(" ")
    if rest and before.casefold() in lexicon.PREPOSITIONS - {"off"}:
        place = _with_article(rest)
        return place, f"{before.casefold()} {place}"
    place = _with_article(text)
    kind = _kind_of(text)
    if kind:
        return place, f"{kind.prep} {place}"
    return place, f"{'at' if re.search(r'[0-9]', place) or place.startswith('the ') else 'in'} {place}"


def _with_article(text: str) -> str:
    words = text.split()
    if not text.isascii():
        return text
    if words[0].casefold() in lexicon.DETERMINERS and len(words) > 1:
        words[0] = words[0].lower()
        rest = " ".join(words[1:])
        return f"{words[0]} {rest.lower() if text.isupper() or rest.istitle() else rest}"
    stop = next((at for at, word in enumerate(words) if at and word.casefold() in lexicon.PREPOSITIONS), len(words))
    head = [word.casefold().strip(",") for word in words[:stop]]
    tail = " ".join(words[stop:]).lower() if text.isupper() or text.istitle() else " ".join(words[stop:])
    known = all(word in lexicon.PLACE_WORDS or word in _PLACE_PARTS for word in head)
    is_prose = words[0].casefold() in lexicon.PLACE_WORDS | _PLACE_PARTS and " ".join(words[1:]).islower()
    if known or text.islower() or is_prose:
        if is_prose or text.islower():
            return f"the {text[0].lower()}{text[1:]}"
        return f"the {' '.join([*head, tail]).strip()}"
    name = " ".join(word if not word.isupper() or len(word) <= 2 else word.capitalize() for word in words[:stop])
    name = re.sub(r"'S\b", "'s", name)
    last_is_place = head[-1] in _PLACE_PARTS | lexicon.PLACE_WORDS and head[-1] not in _BARE and len(head) > 1
    bare = "'s" in name.casefold() or bool(re.search(r"\d", name)) or not last_is_place
    return f"{'' if bare else 'the '}{name} {tail}".strip()


_PLACE_PARTS = frozenset(word for noun in lexicon.PLACES for word in noun.split())


def _time_in(heading: str) -> str:
    found = [word for word in re.findall(r"[a-z]+", heading.casefold()) if word in lexicon.SCENE_LIGHT]
    return found[-1] if found else ""


def _light(text: str) -> str:
    """A lighting note as a phrase: "Moonlight" → in moonlight, "single bulb" → lit by a single bulb."""
    first, comma, rest = (part.strip() for part in text.partition(","))
    if comma and (both := _two_lights(first, rest)):
        return both
    text = _adjectives_first(_note(text))
    words = [word.casefold() for word in tokens_of(text) if word[0].isalnum()]
    if not words or not text.isascii():
        return f"in {text}" if text else ""
    if text.casefold() in lexicon.SCENE_LIGHT:
        return "in " + _HOURS.get(text.casefold(), f"{text.casefold()} light")
    stop = next((at for at, word in enumerate(words) if at and word in lexicon.PREPOSITIONS), len(words))
    head, alone = words[stop - 1], stop == len(words)
    if words[0] in {"first", "last", "only", "same"}:
        text = f"the {text}"
    if words[-1] == "darkness":
        return f"in {text}"
    if head in _COUNTED or (head.endswith("s") and head in lexicon.LIGHT_NOUNS):
        single = not head.endswith("s") and words[0] not in lexicon.DETERMINERS and "and" not in words
        return "lit by " + (f"{article(text)} {text}" if single else text)
    shines = set(words) & (lexicon.LIGHT_NOUNS - _LIKE_ADJECTIVES) and head not in lexicon.SCENE_LIGHT
    return f"{'at' if head == 'hour' else 'in'} {text}{'' if shines or not alone else ' light'}"


def _two_lights(first: str, rest: str) -> str:
    """An hour and what shines then, or two lights: by candlelight at night; in soft daylight and a spotlight."""
    hour = first.casefold()
    if hour in lexicon.SCENE_LIGHT and (lit := _light(rest)):
        return f"{lit} {'in the' if hour in _IN_THE else 'by' if hour == 'day' else 'at'} {hour}"
    nouns = {first.rpartition(" ")[2], rest.rpartition(" ")[2]}
    return f"{_light(first)} and {rest}" if nouns <= lexicon.LIGHT_NOUNS else ""


def _adjectives_first(text: str) -> str:
    """A trailing adjective put first: emergency strips, red → red emergency strips."""
    head, comma, last = text.rpartition(", ")
    plain = comma and last.isalpha() and last.casefold() not in lexicon.LIGHT_NOUNS and "," not in head
    return f"{last} {head}" if plain else text


def _note(text: str) -> str:
    """The first usable part of a note, lower case at its head; empty when it is a whole clause."""
    sentences = split_sentences(text)
    note = shorten(sentences[0], 70) if sentences else ""
    if not note or has_main_verb(note):
        return ""
    first = note.split()[0]
    if note.isupper():
        return note.lower()
    return note if first[:2].isupper() and len(first) <= 3 else note[0].lower() + note[1:]


def article(text: str) -> str:
    """The indefinite article for what follows: an 85mm, an overhead, a wide."""
    first = text.casefold()
    if re.match(r"(?:8\d*|11|18)(?!\d)", first) or first.startswith(("hour", "honest", "heir")):
        return "an"
    return "an" if first[:1] in set("aeiou") and not first.startswith(("uni", "one", "use", "eu")) else "a"


def _weather(text: str, io: str) -> str:
    """A weather note as a phrase: outdoors "in heavy rain", indoors "with heavy rain outside"."""
    text = _note(text)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > 1:
        text = " and ".join((", ".join(_counted(part) for part in parts[:-1]), _counted(parts[-1])))
    words = [word.casefold() for word in tokens_of(text) if word[0].isalnum()]
    if not words or all(word in lexicon.WEATHER["skip"] | {"skies", "sky"} for word in words):
        return ""
    stop = next((at for at, word in enumerate(words) if at and word in lexicon.PREPOSITIONS), len(words))
    head = words[stop - 1]
    if head not in lexicon.WEATHER["in"] | lexicon.WEATHER["under"] and head.endswith(("y", "id", "cast")):
        text = f"{text} weather"
    if "and" not in words and stop == len(words):
        text = _counted(text)
    if io == "int":
        return f"with {text} outside"
    return f"{'under' if head in lexicon.WEATHER['under'] else 'in'} {text}"


def _counted(weather: str) -> str:
    """A weather that is counted gets its article: a storm, a dust storm; rain stays."""
    words = weather.casefold().split()
    plain = words[-1] in lexicon.WEATHER_COUNT and words[0] not in lexicon.DETERMINERS
    return f"{article(weather)} {weather}" if plain else weather


def _mood(words: str, tone: str) -> tuple[str, str]:
    folded = re.findall(r"[a-z\-]+", words.casefold())
    mood = next((key for word in folded for key, known in lexicon.MOODS.items() if word in known), "")
    adjectives = [word for word in re.findall(r"[a-z\-]+", tone.casefold()) if word not in lexicon.MOOD_NOUNS]
    usable = (
        word
        for word in adjectives
        if any(word in known for known in lexicon.MOODS.values())
        or (len(word) > 4 and word.endswith(lexicon.ADJECTIVE_ENDINGS))
    )
    return mood, next(usable, "") if tone.isascii() and len(tone) < 120 else ""


def _where(kind: lexicon.PlaceWords | None, io: str) -> str:
    return io or ("ext" if kind and kind.io == "ext" else "")


def _details(kind: lexicon.PlaceWords | None, io: str, weather: str) -> tuple[str, ...]:
    where = _where(kind, io)
    own = kind.details if kind and (not kind.io or kind.io == where) else ()
    words = re.findall(r"[a-z]+", weather.casefold())
    return (
        *own,
        *(detail for word in words for detail in lexicon.WEATHER_DETAILS.get(word, {}).get(where or "ext", ())),
    )
