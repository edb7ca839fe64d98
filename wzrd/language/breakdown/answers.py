"""A model's answer about a scene, checked against the text: what fails is mended by the rules, and told. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from unicodedata import east_asian_width

from pydantic import BaseModel, ValidationError

from wzrd.contracts.breakdown import Beat, Breakdown, Character, Place, Prop, SceneBreakdown, SceneReading
from wzrd.contracts.wire import elements_of, is_object
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.beats.by_rule import LEAST, LONGEST, LOOK, SPOKEN_TAIL, WORD
from wzrd.language.beats.pages import scene_page
from wzrd.language.breakdown.json_in_text import find_object
from wzrd.language.breakdown.readings import name_key
from wzrd.language.sound.speech import silence_for

SHORTEST_BEAT, LONGEST_BEAT = 0.3, 60.0
_SHOWN, _MAX_BEATS = 60, 400
Value = TypeVar("Value", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class CheckedAnswer:
    """A reading, and how many of its faults are worth another question; `beats`: how many of its own stand."""

    reading: SceneReading
    wrong: int
    beats: int


def check_answer(text: str, brief: SceneBrief, film: Breakdown, rules: SceneBreakdown) -> CheckedAnswer:
    """A model's answer about a scene, whatever surrounds it. `film`, `rules`: film and scene as the rules read them.

    Words that are not there, people whom nobody names and lines of somebody else are left out, and the rules fill the
    gaps. Nothing in an answer raises.
    """
    return _Check(brief, film, rules).read(text)


def better_of(first: CheckedAnswer, second: CheckedAnswer) -> CheckedAnswer:
    """The answer with fewer faults; the later of two equal ones."""
    return second if (second.beats > 0, -second.wrong) >= (first.beats > 0, -first.wrong) else first


@dataclass(slots=True)
class _Check:
    """One answer about one scene."""

    brief: SceneBrief
    film: Breakdown
    rules: SceneBreakdown
    faults: list[str] = field(default_factory=list[str])
    wrong: int = 0
    people: dict[str, Character] = field(default_factory=dict[str, Character])
    props: dict[str, Prop] = field(default_factory=dict[str, Prop])
    names: dict[str, str] = field(default_factory=dict[str, str])

    def read(self, text: str) -> CheckedAnswer:
        """The checked answer."""
        answer, cut = find_object(text, "scene", "beats")
        if cut:
            self._fault("the answer was cut off", wrong=True)
        if answer is None:
            self._fault("no answer in the format", wrong=True)
            return CheckedAnswer(SceneReading(scene=self.rules, faults=self._told()), self.wrong, 0)
        for person in self.film.people:
            self._name(person)
        self._introduce(_objects(answer.get("people")))
        known = {one.id for one in self.film.props}
        found = [one for raw in _objects(answer.get("props")) if (one := self._value(Prop, raw))]
        self.props = {one.id: one for one in (*self.film.props, *found)}
        places = [one for raw in _objects(answer.get("places")) if (one := self._value(Place, raw))]
        scene = answer.get("scene", answer)
        scene = cast("dict[str, Any]", scene) if isinstance(scene, dict) else answer
        if scene.get("number", self.rules.number) != self.rules.number:
            self._fault(f"it gives the scene the number {str(scene['number'])[:20]}")
        own = self._beats(_objects(scene.get("beats")))
        beats = self._filled(own) if own else self.rules.beats
        if not own and self.rules.beats:
            self._fault("nothing of it stands: the scene is read by rule", wrong=True)
        reading = SceneReading(
            people=tuple(self.people.values()),
            places=tuple(places),
            props=tuple(one for one in found if one.id not in known or one.noun),
            scene=self._scene(scene, {one.id for one in places}, beats),
            faults=self._told(),
        )
        return CheckedAnswer(reading, self.wrong, len(own))

    def _told(self) -> tuple[str, ...]:
        return tuple(self.faults[:20])

    def _fault(self, told: str, *, wrong: bool = False) -> None:
        self.faults.append(told)
        self.wrong += wrong

    def _value(self, kind: type[Value], raw: Mapping[str, Any]) -> Value | None:
        """A value of the format; fields that are none are left out, and told."""
        values = {name: value for name, value in raw.items() if value is not None}
        for _ in range(len(values) + 1):
            try:
                return kind.model_validate(values)
            except ValidationError as error:
                wrong = {str(one["loc"][0]) for one in error.errors(include_url=False) if one["loc"]}
                given = ", ".join(f"{name} {str(values.get(name))[:_SHOWN]!r}" for name in sorted(wrong))
                self._fault(f"not of the format: {given}")
                if not wrong & values.keys():
                    return None
                values = {name: value for name, value in values.items() if name not in wrong}
        return None

    def _name(self, person: Character) -> None:
        for name in (person.id, person.name, *person.aliases):
            self.names.setdefault(name_key(name), person.id)

    def _introduce(self, raw: Sequence[Mapping[str, Any]]) -> None:
        """People whom the answer lists: known ones by any of their names, new ones if the scene names them."""
        page = scene_page(self.brief)
        cues = " ".join(part.character for _, part in page.parts if isinstance(part, Line))
        speaking = {key for beat in self.rules.beats if beat.lines for key in beat.who}
        text = f" {cues} {page.text} {self.brief.description} ".casefold()
        for one in raw:
            person = self._value(Character, {"name": str(one.get("id", "")), **one})
            if person is None:
                continue
            names = (person.name, *person.aliases, person.id.replace("_", " "))
            known = next((self.names[key] for key in map(name_key, names) if key in self.names), None)
            if known is None and not any(_is_in(name, text) for name in names):
                self._fault(f"the scene names nobody like {person.id!r}", wrong=True)
                continue
            key = known or person.id
            for name in map(name_key, (person.id, *names)):
                other = self.names.get(name, key)
                if other == key or not {other, key} <= speaking:  # else two who talk here would become one
                    self.names[name] = key
            self.names[person.id.casefold()] = key
            own = () if key == person.id else (person.id,)
            self.people[key] = person.model_copy(update={"id": key, "aliases": (*person.aliases, *own)})

    def _ids(self, raw: object) -> tuple[str, ...]:
        """Ids of people in a list of ids or names; strangers are left out, and told."""
        found: list[str] = []
        for one in cast("list[object]", raw) if isinstance(raw, list) else [raw] if raw else []:
            key = str(one)
            known = self.names.get(key.casefold()) or self.names.get(name_key(key))
            if known:
                found.append(known)
            else:
                self._fault(f"{key[:_SHOWN]!r} is nobody of the scene", wrong=True)
        return tuple(dict.fromkeys(found))

    def _beats(self, raw: Sequence[Mapping[str, Any]]) -> list[Beat]:
        page = scene_page(self.brief)
        found: list[Beat] = []
        reached = 0
        spoken: set[int] = set()
        for one in raw[:_MAX_BEATS]:
            span = str(one.get("span", ""))
            place = _place_of(span, page.text, reached)
            if place is None:
                self._fault(f"the scene has no such words: {span[:_SHOWN]!r}", wrong=True)
                continue
            start, end = place
            beat = self._beat(one, page.text[start:end], start, spoken)
            if beat is not None:
                reached = start
                spoken.update(beat.lines)
                found.append(beat)
        return sorted(found, key=lambda beat: beat.start)

    def _beat(self, raw: Mapping[str, Any], span: str, start: int, spoken: set[int]) -> Beat | None:
        """A beat of the answer whose words are there; None where all who act in it are nobody."""
        who, whom = self._ids(raw.get("who")), self._ids(raw.get("whom"))
        if raw.get("who") and not who:
            return None
        lines = self._lines(raw.get("lines"), start, span, spoken)
        act = str(raw.get("act") or "other")
        speakers = self._speakers(lines)
        if speakers and not set(who) & set(speakers) and (act == "speak" or not who):
            if who:
                self._fault(f"line {lines[0]} is said by {', '.join(speakers)}, not {', '.join(who)}", wrong=True)
            whom = tuple(one for one in whom if one not in speakers)
            who = speakers
        props = tuple(one for one in map(str, elements_of(raw.get("props"))) if one in self.props)
        values = {
            "span": span[:4_000], "start": start, "who": who, "whom": whom, "props": props, "lines": lines, "act": act,
            "feelings": self._feelings(raw.get("feelings")), "seconds": self._seconds(raw.get("seconds"), span, lines),
            "weight": raw.get("weight", "carrying"), "seen": raw.get("seen", True),
        }  # fmt: skip
        return self._value(Beat, values)

    def _lines(self, raw: object, start: int, span: str, spoken: set[int]) -> tuple[int, ...]:
        """Numbers of lines that are there and were not said before; of words that are a line, its number."""
        parts = [(at, part) for at, part in scene_page(self.brief).parts if isinstance(part, Line)]
        found: list[int] = []
        for one in elements_of(raw):
            if not isinstance(one, int) or not 0 <= one < len(parts) or one in spoken:
                self._fault(f"line {str(one)[:20]} is not there, or was said before", wrong=True)
            else:
                found.append(one)
        if not found:
            end = start + len(span)
            within = [n for n, (at, line) in enumerate(parts) if at <= start and end <= at + len(line.text)]
            found = [n for n in within if n not in spoken]
        return tuple(dict.fromkeys(found))

    def _speakers(self, lines: Sequence[int]) -> tuple[str, ...]:
        """Who says these lines."""
        characters = [part.character for _, part in scene_page(self.brief).parts if isinstance(part, Line)]
        by_rule = {line: beat.who for beat in self.rules.beats for line in beat.lines}
        found: list[str] = []
        for line in lines:
            own = self.names.get(name_key(characters[line]))
            found += [own] if own else [self.names.get(key.casefold(), key) for key in by_rule.get(line, ())]
        return tuple(dict.fromkeys(found))

    def _feelings(self, raw: object) -> dict[str, str]:
        pairs = (
            cast("dict[str, object]", raw).items()
            if isinstance(raw, dict)
            else [(str(one.get("who")), one.get("feeling")) for one in _objects(raw)]
        )
        found: dict[str, str] = {}
        for key, feeling in pairs:
            known = {"joy", "grief", "anger", "fear", "surprise", "tenderness"}
            if feeling in known:
                found |= dict.fromkeys(self._ids([key]), str(feeling))
            elif feeling:
                self._fault(f"no feeling of the format: {str(feeling)[:_SHOWN]!r}")
        return found

    def _seconds(self, raw: object, span: str, lines: Sequence[int]) -> float:
        sane = isinstance(raw, int | float) and SHORTEST_BEAT <= raw <= LONGEST_BEAT
        if sane and not isinstance(raw, bool):
            return float(cast("float", raw))
        if raw is not None:
            self._fault(f"no length of a beat: {str(raw)[:20]} s")
        if lines:
            return round(min(max(silence_for(span) + SPOKEN_TAIL, LEAST), LONGEST_BEAT), 2)
        words = len(span.split()) if " " in span else len(span) / 3
        return round(min(max(LOOK + WORD * words, LEAST), LONGEST), 2)

    def _filled(self, own: Sequence[Beat]) -> tuple[Beat, ...]:
        """The answer's beats, with the rules' for lines that it leaves out, and where some of it did not stand."""
        said = {line for beat in own for line in beat.lines}
        taken = [(beat.start, beat.start + len(beat.span)) for beat in own]

        def is_missing(beat: Beat) -> bool:
            if beat.lines:
                return not said & set(beat.lines)
            return bool(self.wrong) and not any(a < beat.start + len(beat.span) and beat.start < b for a, b in taken)

        filling = [beat for beat in self.rules.beats if is_missing(beat)]
        if lost := [line for beat in filling for line in beat.lines]:
            self._fault(f"lines that it leaves out: {', '.join(map(str, lost))}")
        return tuple(sorted((*own, *filling), key=lambda beat: beat.start))

    def _scene(self, raw: Mapping[str, Any], places: set[str], beats: Sequence[Beat]) -> SceneBreakdown:
        place = str(raw.get("place") or "")
        acting = [key for beat in beats if beat.seen for key in beat.people]
        return SceneBreakdown(
            number=self.rules.number,
            place=place if place in places | {one.id for one in self.film.places} else self.rules.place,
            time=str(raw.get("time") or self.rules.time)[:400],
            present=tuple(dict.fromkeys((*self._ids(raw.get("present")), *acting))),
            beats=tuple(beats),
        )


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in elements_of(value) if is_object(one)]


def _is_in(name: str, text: str) -> bool:
    """True if a text has a name as a whole, without its article; Chinese and Japanese have no blanks around one."""
    bare = re.sub(r"^(?:the|a|an|der|die|das|le|la|el|il) ", "", name.casefold().strip())
    if not bare or all(east_asian_width(char) in "WF" for char in bare):
        return bool(bare) and bare in text
    return re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", text) is not None


def _place_of(span: str, text: str, reached: int) -> tuple[int, int] | None:
    """Beginning and end of words in a text, the next ones first; marks, spaces and capitals may differ."""
    for begin in (reached, 0):
        if span and (start := text.find(span, begin)) >= 0:
            return start, start + len(span)
    words = re.findall(r"\w+", span)[:400]
    if not words:
        return None
    pattern = re.compile(r"[\W_]+".join(map(re.escape, words)) + r"[.!?\u2026\u3002]?", re.IGNORECASE)
    found = pattern.search(text, reached) or pattern.search(text)
    return (found.start(), found.end()) if found else None
