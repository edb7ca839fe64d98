"""Music cues: what a composer is told of a scene. Its mood is its own words', else the film's. Pure."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.words import lexicon
from wzrd.language.words.atmosphere import atmosphere_of
from wzrd.language.words.sentences import clean

MAX_WORDS = 3_000

_DATA: dict[str, Any] = json.loads(files("wzrd.language").joinpath("data/moods.json").read_bytes())
_HEADLONG = frozenset(_DATA["headlong"].split())
_NOT_A_MOOD = frozenset(_DATA["not_a_mood"].split())  # in a scene's text: "light" is a lamp there, "dark" a night
_GENRES = {genre: mood for mood, genres in _DATA["genres"].items() for genre in genres.split()}
_RELIEF = frozenset(_DATA["relief"].split())
_RUSH = 0.045  # the share of headlong verbs that makes a scene kinetic
_CERTAIN = 2  # words of a mood that outweigh the film's tone


@dataclass(frozen=True, slots=True)
class MusicCue:
    """One scene's music: `seconds` long, `mood` a key of the mood lists or '', `weather` as words ('' for none).

    `seed` names the place: a film that comes back to a place comes back to its tune.
    """

    seconds: float
    mood: str
    weather: str
    interior: bool
    seed: str


def cue_for(scene: SceneBrief, seconds: float) -> MusicCue:
    """The cue of a scene that lasts `seconds`."""
    air = atmosphere_of(scene)
    place = air.place or scene.title or f"scene {scene.number}"
    return MusicCue(
        seconds=max(0.0, seconds),
        mood=_mood(scene, air.mood or _of_genre(scene)),
        weather=" ".join(clean(scene.weather, 200).casefold().split()),
        interior=air.io == "int",
        seed=place.casefold(),
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+(?:-[a-z]+)*", clean(text).casefold())[:MAX_WORDS]


def _of_genre(scene: SceneBrief) -> str:
    named = _words(f"{scene.tone} {scene.genre}")
    return next((_GENRES[word] for word in named if word in _GENRES), "")


def _mood(scene: SceneBrief, usual: str) -> str:
    """A scene's own mood where its words are certain, else the film's; daybreak takes the fear out of it."""
    words = _words(_scene_text(scene))
    if len(words) > 20 and sum(word in _HEADLONG for word in words) > _RUSH * len(words):
        return "kinetic"
    words = [word for word in words if word not in _NOT_A_MOOD]
    heard = Counter(mood for word in words for mood, known in lexicon.MOODS.items() if word in known)
    mood, count = max(heard.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if count >= _CERTAIN:
        return mood
    relieved = usual == "uneasy" and _RELIEF & set(_words(f"{scene.location} {scene.lighting}"))
    return "quiet" if relieved else usual


def _scene_text(scene: SceneBrief) -> str:
    """Text of what is seen in the scene, and of how its lines are said."""
    page = scene.script or (*scene.actions, *scene.dialogue)
    seen = [part for part in page if isinstance(part, str)] or [scene.description]
    manners = [part.parenthetical or "" for part in page if isinstance(part, Line)]
    return " ".join((*seen, *manners))
