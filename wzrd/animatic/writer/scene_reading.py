"""A scene as the writer sees it: its moments, its people with their sides, its air."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from wzrd.animatic.panels.brief.furnishing import sleeps_at_table
from wzrd.contracts.acts import CONTACT
from wzrd.contracts.breakdown import Beat, Breakdown, Character, SceneBreakdown
from wzrd.domain.deeds import deeds
from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.beats.by_rule import LOOK
from wzrd.language.beats.pages import scene_page
from wzrd.language.breakdown.by_rule import from_script, read_breakdown
from wzrd.language.people.scene_people import Person, people_of, spelled
from wzrd.language.words import lexicon
from wzrd.language.words.acts import strength
from wzrd.language.words.atmosphere import Atmosphere, atmosphere_of
from wzrd.language.words.sentences import one_line, sentence_case, shorten, split_sentences

MAX_BEATS, MAX_TEXT = 400, 320
MUTUAL = frozenset({"hug", "kiss", "dance", "fight", "hold_hands"})
"""Acts that both do."""
_WHO = re.compile(r"\A(?:who|qui|que|che)\b")
"""The word of a clause that tells of somebody named before it."""
_RESTS: Mapping[str, str] = {"sit": "sit", "lie": "lie", "sleep": "lie"}
_GETS_UP = frozenset({
    "stand", "walk", "run", "enter", "leave", "climb", "jump", "dance", "fight", "push", "drag", "carry", "move",
    "fall", "kneel", "kneel_beside", "bend_over", "lean", "crawl", "ride", "drive", "lift", "wake", "dodge",
})  # fmt: skip
"""Acts after which nobody sits or lies any more."""
_GETS_OUT = frozenset(["leave", "enter", "walk", "run", "climb", "jump", "dance", "fight", "carry", "crawl", "ride"])
"""Acts after which nobody is in a car any more."""
_RE = lexicon.patterns("scene_reading")
_ANSWERS = {
    "hand_over": "take", "kneel_beside": "lie", "bend_over": "lie", "strike": "dodge", "shoot": "fall",
    "stab": "fall",
}  # fmt: skip
"""Act of whom something is done to."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A beat of the scene: its index, its words as a caption has them, who is in it and with which things."""

    at: int
    beat: Beat
    text: str
    people: tuple[Person, ...] = ()
    things: tuple[str, ...] = ()
    line: str = ""
    rests: Mapping[str, str] = field(default_factory=dict[str, str])
    """Posture of whoever sat or lay down before and has not got up, by name: sit, lie."""
    aboard: frozenset[str] = frozenset()
    """Names of those who are in a car."""
    more: tuple[int, ...] = ()
    """The beats behind it that are of the same deed."""

    @property
    def beats(self) -> tuple[int, ...]:
        """The beats that it tells."""
        return (self.at, *self.more)

    @property
    def speaker(self) -> Person | None:
        """Who says its line, where that is seen."""
        return self.people[0] if self.line and self.beat.seen and self.beat.who and self.people else None

    @property
    def doers(self) -> tuple[Person, ...]:
        """Who acts; of several at what one does to another ("Lane and Algernon: hand over"), the first."""
        who = self.people[: len(dict.fromkeys(self.beat.who))]
        return who[:1] if self.beat.act in _ANSWERS and not self.beat.whom else who

    @property
    def touches(self) -> bool:
        """True if two people are brought together."""
        return self.beat.act in CONTACT and (bool(self.beat.whom) or self.doers != self.people or self._is_mutual)

    @property
    def _is_mutual(self) -> bool:
        return self.beat.act in MUTUAL and len(self.people) > 1

    def act_of(self, person: Person) -> str:
        """Act of somebody in it: their own, the answer to what is done to them, or nothing."""
        if person not in self.people:
            return ""
        acts = person in self.doers
        if self.line:
            return "speak" if acts else "listen"
        return self.beat.act if acts or self._is_mutual else _ANSWERS.get(self.beat.act, "stand")


@dataclass(frozen=True, slots=True)
class Reading:
    """A scene as the writer sees it."""

    brief: SceneBrief
    air: Atmosphere
    people: tuple[Person, ...] = ()
    moments: tuple[Moment, ...] = ()
    known: Mapping[str, Character] = field(default_factory=dict[str, Character])
    """Everybody whom the breakdown knows, by the name that pictures have."""


def read_scene(brief: SceneBrief, breakdown: SceneBreakdown | None = None, film: Breakdown | None = None) -> Reading:
    """Read everything that the brief says; nothing in it is needed but the number. `breakdown`: the scene's, if any."""
    brief = from_script(brief)
    scene = breakdown or read_breakdown([brief]).scenes[0]
    film = film or Breakdown()
    sides = _Sides(people_of(brief), {one.id: one.name for one in film.people})
    things = {one.id: one.name for one in film.props}
    lines = [part for _, part in scene_page(brief).parts if isinstance(part, Line)]
    moments = [
        moment
        for at, beat in enumerate(scene.beats[:MAX_BEATS])
        if (moment := _moment(at, beat, sides, lines, things)) is not None
    ]
    acting = [key for beat in scene.beats if beat.act != "speak" and beat.seen for key in beat.people]
    here = {sides.find(key) for key in (*scene.present, *acting)}
    people = tuple(person for person in sides.people if person in here)
    known = {sides.find(one.id).name: one for one in film.people if one.id in {*scene.present, *acting}}
    return Reading(brief, atmosphere_of(brief), people, tuple(_of_deeds(list(_riding(list(_resting(moments)))))), known)


def _resting(moments: Sequence[Moment]) -> Iterator[Moment]:
    """The moments with the posture of whoever sits or lies on."""
    rests: dict[str, str] = {}
    for moment in moments:
        for person in moment.doers if not moment.line else ():
            act = moment.beat.act
            act = "sit" if act == "sleep" and sleeps_at_table(moment.text) else act
            rests[person.name] = _RESTS.get(act, "" if act in _GETS_UP else rests.get(person.name, ""))
        yield replace(moment, rests=dict(rests))


def _riding(moments: Sequence[Moment]) -> Iterator[Moment]:
    """The moments with those who are in a car: whoever drives one, and whoever rides along.

    That is who is at a window or on a seat of it, or speaks before anything is seen of them. Who drives a team of
    horses or steers a boat is in none.
    """
    inside, met = set[str](), set[str]()
    cars = not any(_RE["not_a_car"].search(moment.text) for moment in moments)
    for moment in moments:
        doers = {person.name for person in moment.doers} if moment.beat.seen and cars else set[str]()
        along = (moment.line and not doers & met) or _RE["cabin"].search(moment.text)
        if moment.beat.act == "drive" or (inside and along):
            inside |= doers
        elif moment.beat.act in _GETS_OUT:
            inside -= doers
        met |= {person.name for person in moment.people}
        yield replace(moment, aboard=frozenset(inside))


def _of_deeds(moments: Sequence[Moment]) -> Iterator[Moment]:
    """The moments, those of one deed as one: what the weightiest does, with the words, people and things of all."""
    for group in deeds([moment.beat for moment in moments]):
        told = [moments[at] for at in group]
        deed = max(told, key=_weight)
        people = {key: person for one in (deed, *told) for key, person in zip(one.beat.people, one.people, strict=True)}
        gaps = (after.beat.start - one.beat.start - len(one.beat.span) for one, after in pairwise(told))
        span = "".join(one.beat.span + " " * gap for one, gap in zip(told, (*gaps, 0), strict=True))
        changed = {
            "span": span,
            "start": told[0].beat.start,
            "whom": tuple(key for key in people if key not in deed.beat.who),
            "feelings": {key: felt for one in told for key, felt in one.beat.feelings.items()},
            "seconds": deed.beat.seconds + sum(max(one.beat.seconds - LOOK, 0.0) for one in told if one is not deed),
        }
        yield (
            deed
            if len(told) == 1
            else replace(
                deed,
                at=told[0].at,
                more=tuple(one.at for one in told[1:]),
                beat=deed.beat.model_copy(update=changed),
                text=_words(span, told[0].people),
                people=tuple(people.values()),
                things=tuple(dict.fromkeys(thing for one in (deed, *told) for thing in one.things)),
                rests=told[-1].rests,
                aboard=told[-1].aboard,
            )
        )


def _weight(moment: Moment) -> tuple[bool, bool, bool, int, int]:
    """Rank of a moment among those of its deed: what decides, then what both do, what touches, what shows more."""
    beat = moment.beat
    return (beat.weight == "decisive", beat.act in MUTUAL, moment.touches, strength(beat.act), moment.at)


class _Sides:
    """The people of a scene: whoever its text brings in later takes the side where fewer stand, and keeps it."""

    def __init__(self, people: tuple[Person, ...], names: Mapping[str, str]) -> None:
        self.people = list(people)
        self._names = names
        self._by_key = {voice_key(person.name): person for person in people}

    def find(self, key: str) -> Person:
        """Somebody by their id."""
        folded, named = key.casefold(), self._names.get(key, "")
        if folded not in self._by_key and (known := self._by_key.get(voice_key(named))):
            self._by_key[folded] = known
        if folded not in self._by_key:
            lefts = sum(1 if person.side == "left" else -1 for person in self.people)
            name = named or spelled(key) or key
            person = Person(name, "right" if lefts > 0 else "left")
            self._by_key[folded] = person
            self.people.append(person)
        return self._by_key[folded]


def _moment(at: int, beat: Beat, sides: _Sides, lines: list[Line], names: Mapping[str, str]) -> Moment | None:
    """A beat with its words; None for one that has none."""
    people = tuple(sides.find(key) for key in beat.people)
    said = [lines[number].text for number in beat.lines if number < len(lines)]
    things = tuple(names.get(prop, prop).casefold() for prop in beat.props)
    if beat.act == "lift" and beat.whom:  # a child that is lifted is carried
        beat = beat.model_copy(update={"act": "carry"})
    if beat.act == "speak" and said:
        return Moment(at, beat, "", people, things, one_line(" ".join(said)))
    text = _words(beat.span, people if beat.who else ())
    return Moment(at, beat, text, people, things) if text else None


def _words(span: str, people: Sequence[Person]) -> str:
    """The words of a caption; a clause that begins with "who" names who does it."""
    span = _WHO.sub(people[0].name, span) if people else span
    return shorten(sentence_case(". ".join(split_sentences(span))), MAX_TEXT)
