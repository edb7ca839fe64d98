"""Music cues: what a composer is told of a scene. Its mood is its own words', else the film's. Pure."""

import re
from collections import Counter
from dataclasses import dataclass

from wzrd.domain.shots import Line, SceneBrief
from wzrd.domain.storyboard import lexicon
from wzrd.domain.storyboard.atmosphere import atmosphere_of
from wzrd.domain.storyboard.sentences import clean

MAX_WORDS = 3_000
_OWN_MOOD = 2.5  # in words of a mood: how sure a scene must be before it leaves the film's tone
_RUSH = 0.055  # the share of headlong verbs that makes a scene kinetic
_HEADLONG = frozenset(
    "run runs race races sprint sprints chase chases flee flees charge charges dash dashes gallop gallops bolt bolts "
    "burst bursts crash crashes smash smashes explode explodes scream screams roar roars hurtle hurtles leap leaps "
    "swerve swerves dive dives barrel barrels thunder thunders fight fights punch punches shoot shoots fire fires "
    "slam slams tear tears rip rips jump jumps brakes skid skids lurch lurches".split()
)


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
    words = re.findall(r"[a-z]+(?:-[a-z]+)*", clean(_told(scene)).casefold())[:MAX_WORDS]
    place = air.place or scene.title or f"scene {scene.number}"
    return MusicCue(
        seconds=max(0.0, seconds),
        mood=_own_mood(words, air.mood) or air.mood,
        weather=" ".join(clean(scene.weather, 200).casefold().split()),
        interior=air.io == "int",
        seed=place.casefold(),
    )


def _told(scene: SceneBrief) -> str:
    """What is seen in the scene, and how it is said."""
    page = scene.script or (*scene.actions, *scene.dialogue)
    seen = [part for part in page if isinstance(part, str)]
    manners = [part.parenthetical or "" for part in page if isinstance(part, Line)]
    return " ".join((scene.title, scene.description, *seen, *manners))


def _own_mood(words: list[str], usual: str) -> str:
    """The mood that a scene's own words speak of clearly enough; '' when they do not."""
    if len(words) > 20 and sum(word in _HEADLONG for word in words) > _RUSH * len(words):
        return "kinetic"
    heard = Counter(mood for word in words for mood, known in lexicon.MOODS.items() if word in known)
    if not heard:
        return ""
    mood, count = heard.most_common(1)[0]
    return mood if mood == usual or count >= _OWN_MOOD else ""
