"""Briefs of shots that were not written from beats: by the beats that their words tell. Pure."""

import re

from wzrd.contracts.breakdown import CONTACT, Beat, Breakdown, SceneBreakdown
from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line, SceneBrief, ShotBrief, ShotIdea, ShotSubject
from wzrd.language.breakdown import scene_page
from wzrd.language.scene_people import Person, people_of
from wzrd.language.spotting import named_in

_LEAST, _SHARE = 2, 0.6
"""Words of a beat that a shot must have to tell it: at least, and of all."""


def derive_brief(idea: ShotIdea, scene: SceneBrief, read: SceneBreakdown, film: Breakdown) -> ShotBrief:
    """The brief of a shot, as far as its words tell beats of its scene and name its people."""
    page = scene_page(scene)
    lines = [part for _, part in page.parts if isinstance(part, Line)]
    said = idea.dialogue.casefold()
    spoken = tuple(at for at, line in enumerate(lines) if said and line.text.casefold() in said)
    told = [
        at
        for at, beat in enumerate(read.beats)
        if (set(beat.lines) & set(spoken) if beat.lines else _tells(idea.idea, beat))
    ]
    beats = [read.beats[at] for at in told]
    names = {one.id: one.name for one in film.people}
    sides = {voice_key(one.name): one for one in people_of(scene)}
    named = named_in(f"{idea.idea} {idea.subject}", [one.name for one in sides.values()])
    acting = dict.fromkeys((*(key for beat in beats for key in beat.people), *(key.upper() for key in named)))
    subjects = tuple(_subject(key, names.get(key, key), sides, beats) for key in acting)
    things = {one.id: one.name for one in film.props}
    return ShotBrief(
        beats=tuple(told),
        subjects=subjects,
        props=tuple(dict.fromkeys(things.get(prop, prop) for beat in beats for prop in beat.props)),
        contact=len(subjects) > 1 and any(beat.whom and beat.act in CONTACT for beat in beats),
        lines=spoken,
        seconds=round(sum(beat.seconds for beat in beats), 2),
    )


def _tells(text: str, beat: Beat) -> bool:
    """True if a text has the words of a beat, mostly."""
    words = {word for word in re.findall(r"\w+", beat.span.casefold()) if len(word) > 3}
    there = words & set(re.findall(r"\w+", text.casefold()))
    return beat.span.casefold() in text.casefold() or len(there) >= max(_LEAST, _SHARE * len(words))


def _subject(key: str, name: str, sides: dict[str, Person], beats: list[Beat]) -> ShotSubject:
    """Somebody, by the last of the beats that they act in."""
    person = sides.get(voice_key(name)) or sides.get(key.casefold()) or Person(name, "left")
    own = [beat for beat in beats if key in beat.who]
    felt = [beat.feelings[key] for beat in beats if key in beat.feelings]
    act = own[-1].act if own else ""
    speaks = any(beat.lines and beat.seen for beat in own)
    return ShotSubject(person.name, person.side, act, felt[-1] if felt else "", (), speaks)
