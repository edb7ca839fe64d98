"""The words of screenplays in each language, read once from a data file: kinds, times, fades, title page keys."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wzrd.language.words.lexicon import load

_RAW: Mapping[str, Any] = load("screenplay_words.json")
_LANGUAGES: tuple[Mapping[str, Any], ...] = tuple(_RAW["languages"].values())
VOWELS = "\u0591-\u05c7\u064b-\u0652\u0900-\u0dff\u0e31-\u0e4e\u200c\u200d"  # vowels that are no letters to a pattern
_HYPHENED = re.compile(rf"[^\W_][^\W_{VOWELS}]*(?:[{VOWELS}]+[^\W_]*)*(?:-[^\W_]+)*")


def _words(key: str) -> frozenset[str]:
    return frozenset(word for language in _LANGUAGES for word in language[key].split())


def _phrases(key: str) -> frozenset[str]:
    return frozenset(phrase for language in _LANGUAGES for phrase in language[key].split("|") if phrase)


KINDS: Mapping[str, str] = {
    word: kind for kind in ("INT", "EXT", "INT/EXT") for language in _LANGUAGES for word in language[kind].split()
}
"""Words for inside and outside, beside INT and EXT themselves, by what they mean."""
TIMES: Mapping[str, str] = {
    word: time
    for language in reversed(_LANGUAGES)
    for time, words in language["times"].items()
    for word in words.split()
}
"""Light that each word of a heading's last part means; where languages differ, the first listed wins."""
PLACE_KEYS, TIME_KEYS = (frozenset(_RAW[key].split()) for key in ("place_keys", "time_keys"))
"""Words before a colon below the number of a scene: Ort: Küche."""
HOMOGRAPHS: Mapping[str, str] = dict(pair.split("=") for pair in _RAW["homographs"].split())
"""Times that are another language's room or article, and a time of the same meaning: the Czech DEN."""
RELATIVE = _words("relative")
QUALIFIERS = _words("qualifiers")
FADES = _phrases("fades")
LONGEST_LABEL = 120  # characters of a line that is a name or a caption
CUTS = tuple(sorted(_phrases("cuts")))
CONTINUED = _phrases("continued")
TITLE_KEYS: Mapping[str, str] = {
    word: key for key, words in _RAW["title_keys"].items() for word in (key, *words.split())
}
NOT_SPEAKERS = frozenset(_RAW["not_speakers"].split())
"""Words before a colon that tell of a scene, not of a speaker, in scripts without capitals."""
CAST_LISTS = frozenset(_RAW["cast_lists"].split("|"))
SCENE_WORDS = tuple(_RAW["scene_words"].split())
"""Words before the number of a scene."""
ORDINALS: Mapping[str, int] = {word: at for row in _RAW["ordinals"] for at, word in enumerate(row.split(), 1)}
NUMBERS: Mapping[str, int] = ORDINALS | {word: at for row in _RAW["numbers"] for at, word in enumerate(row.split(), 1)}
"""Numbers of scenes that are written as words, first and one among them."""
COUNTED_PARTS = tuple(_RAW["counted_parts"].split())
"""Words of scenes behind an ordinal: ERSTE SZENE, and no FIRST SHOT."""
UNREAL = frozenset(_RAW["unreal"].split("|"))
"""Words before a heading that tell how it is seen, and are no place."""
SAME_PLACES = frozenset(_RAW["same_places"].split("|"))
"""Places that are the place of the scene before."""
ENDS = frozenset(_RAW["script_ends"].split("|"))
"""Lines behind which no scene stands."""
SUMMARIES, REMARKS = (frozenset(_RAW[key].split("|")) for key in ("summaries", "remarks"))
"""Heads of what tells of a script before its first scene, and behind its last."""
DEED_LABELS, SPEECH_LABELS = (frozenset(_RAW[key].split("|")) for key in ("deed_labels", "speech_labels"))
"""Labels of what is seen in a scene, and of its speeches: Action, Setting; Dialogue."""
SCENE_MARKS = re.compile(_RAW["scene_marks"], re.IGNORECASE)
"""Lines that only say where a scene begins or ends: [SCENE START]."""
GREETINGS, OF_SCRIPTS, OFFERS = (re.compile(_RAW[key], re.IGNORECASE) for key in ("greetings", "of_scripts", "offers"))
"""Words of a chat model above a script, of it, and below it: "Here is", "screenplay", "Would you like"."""
RETURNS = re.compile(rf"(?:{_RAW['returns']}):? (?:the )?(?P<where>[^:]+?)[.:]?", re.IGNORECASE)
"""A line that goes back to a scene before: BACK TO BATHROOM."""
VIEWS = re.compile(_RAW["views"], re.IGNORECASE)
"""Views of a camera: ANGLE ON DREW, GROS PLAN SUR LA MAIN, ANNA'S POV; a shot with its number at both ends."""
VOICE_OF = re.compile(_RAW["voice_of"], re.IGNORECASE)
"""A cue that names a voice by whose it is: ANNA'S VOICE, VOIX DE PAUL; the one group that matched has the name."""
NAME_ENDINGS: str = _RAW["name_endings"]
"""Letters that a case changes at the end of a Polish or Russian name."""
DIRECTS: str = _RAW["directs"]
"""Pattern of what brackets within a sentence of a speech hold that nobody says."""
SECONDARY: Mapping[str, Any] = _RAW["secondary"]
"""Words of the headings of a part of a scene, of notes of structure, and of scenes that are no more."""
OMITTED = frozenset(SECONDARY["omitted"].split("|"))
NOWS = frozenset(_RAW["nows"].split("|"))
"""Names of the scene that a flashback broke."""
OF_FILMS = re.compile(rf"(?<!\w)(?:{_RAW['of_films']})(?!\w)", re.IGNORECASE)
"""Words that a title page says of the film, and nobody in it."""
FRONT_PAGES = re.compile(_RAW["front_pages"], re.IGNORECASE)
"""Lines of a title page besides its credits: dates, drafts, addresses, rights."""
CREDITS = frozenset(_RAW["credits"].split("|"))
"""Phrases that begin a credit below a title."""
CITIES = frozenset(_RAW["cities"].split())
"""Places that keep their capital, by a single word."""
CITY_PHRASES = re.compile(rf"\b(?:{'|'.join(map(re.escape, _RAW['city_phrases'].split('|')))})(?!\w)", re.IGNORECASE)
NOT_NAMES: Mapping[str, frozenset[str]] = {
    what: frozenset(words.split("|") if "|" in words else words.split()) for what, words in _RAW["not_names"].items()
}
"""Words in lines of capitals that name no speaker, by their kind."""
WITHIN = frozenset(_RAW["sub_headings"]["within"].split())
CAMERA = frozenset(_RAW["sub_headings"]["camera"].split())
OUTSIDE = frozenset(_RAW["sub_headings"]["outside"].split())
INSIDE = frozenset(_RAW["sub_headings"]["inside"].split())


def words_of(text: str) -> Iterator[str]:
    """The case-folded words of a heading; a word with a hyphen is one only where the lists have it."""
    for found in _HYPHENED.findall(text.casefold()):
        yield from (found,) if found in TIMES else found.split("-")


def has_case(letters: Iterable[str]) -> bool:
    """Is any of these characters a letter of a script that has capitals?"""
    return any(letter.upper() != letter.lower() for letter in letters)
