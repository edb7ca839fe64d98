"""Which shots a scene gets: coverage of its beats in order, as set-ups that still have no words.

Rules kept here: a scene opens once; over-the-shoulder shots only between people on opposite sides of the line;
a spoken line is carried by one shot; nothing is shot the same way twice while anything else is left.
"""

from dataclasses import dataclass
from typing import Literal

from wzrd.animatic.seeded import Seeded
from wzrd.animatic.writer.beats import Beat
from wzrd.animatic.writer.framing import Kind, Last, Setup, framed
from wzrd.language.scene_people import Person, partner_of
from wzrd.animatic.writer.scene_reading import Reading


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the shot list: the beat it covers, and the how manieth shot of that beat it is."""

    beat: Beat | None
    nth: int = 0
    role: Literal["open", "tell", "close"] = "tell"


def slots(reading: Reading, count: int, first: int, opens: bool) -> list[Slot]:
    """Spread `count` shots over the beats from `first` on: fewer shots pick the strong beats, more cover them again."""
    beats = list(reading.beats[first:])
    head: list[Slot] = []
    if opens:
        opening = beats.pop(0) if beats and not beats[0].line and count > 1 else None
        opening = opening or (_heart(beats) if count == 1 else None)
        head = [Slot(opening, role="open")]
    room = count - len(head)
    if room <= len(beats):
        return head + [Slot(_strongest(beats, at, room)) for at in range(room)]
    tail = [Slot(None, role="close")] if opens and count >= 4 else []
    if beats:
        return head + _covered(beats, room - len(tail)) + tail
    again = reading.beats or (None,)
    rest = range(room - len(tail))
    return head + [Slot(again[at % len(again)], 1 + at // len(again)) for at in rest] + tail


def _heart(beats: list[Beat]) -> Beat | None:
    """Beat that a scene's only shot tells: the first that somebody does, else the first that happens."""
    seen = [beat for beat in beats if not beat.line]
    return max(seen, key=lambda beat: 2 * bool(beat.people) + bool(beat.verb), default=None)


def _strongest(beats: list[Beat], at: int, room: int) -> Beat:
    """The strongest beat of window `at` of `room`: by turns somebody acting or a line, then the world."""
    window = beats[at * len(beats) // room : (at + 1) * len(beats) // room]
    spoken = 3 if at % 2 else 0
    return max(window, key=lambda beat: spoken * bool(beat.line) + 2 * bool(beat.people) + bool(beat.verb))


def _covered(beats: list[Beat], room: int) -> list[Slot]:
    found: list[Slot] = []
    for at, beat in enumerate(beats):
        share = (at + 1) * room // len(beats) - at * room // len(beats)
        found += [Slot(beat, nth) for nth in range(share)]
    return found


class Coverage:
    """Chooses one set-up after another; remembers what was spent, so that nothing is shot the same way twice."""

    def __init__(self, reading: Reading, choices: Seeded, last: Last) -> None:
        self._reading = reading
        self._choices = choices
        self._last = last
        self._kinds: list[Kind] = []
        self._spent: set[tuple[str, str, str]] = set()
        self._lines: set[int] = set()
        self._step = 0
        self._details = [*_turned(reading.air.details, choices), *_turned(reading.air.spare_details, choices)]
        self._shown: dict[str, int] = {}

    def next(self, slot: Slot) -> Setup:
        """The set-up for a slot: the first candidate that is fresh, framed apart from the one before."""
        self._step += 1
        candidates = self._candidates(slot)
        fresh = [one for one in candidates if self._mark(one) not in self._spent] or candidates
        recent = self._kinds[-2:] if slot.nth else self._kinds[-1:]
        chosen = next((one for one in fresh if one.kind not in recent), fresh[0])
        setup = framed(chosen, self._last, self._reading.air.mood, self._choices, self._step)
        self._spent.add(self._mark(setup))
        self._kinds.append(setup.kind)
        self._shown[setup.focus] = self._shown.get(setup.focus, 0) + 1
        self._last = (setup.size, setup.subject)
        if setup.speaks:
            self._lines.add(id(setup.beat))
        return setup

    def _mark(self, setup: Setup) -> tuple[str, str, str]:
        return (setup.kind, setup.subject, setup.beat.text if setup.beat else "")

    def _candidates(self, slot: Slot) -> list[Setup]:
        beat, place = slot.beat, self._reading.air.place or f"scene {self._reading.brief.number}"
        if slot.role == "open":
            return [Setup("establishing", beat, place)]
        if slot.role == "close":
            person = next((beat.people[0] for beat in reversed(self._reading.beats) if beat.people), None)
            return [Setup("closing", None, person.name if person else place, person=person)]
        if beat is None:
            return self._anywhere(None, place)
        if slot.nth:
            return self._again(beat, place)
        return self._speech(beat) if beat.line else self._prose(beat, place)

    def _speech(self, beat: Beat) -> list[Setup]:
        speaker, listener = beat.speaker, beat.listener
        if speaker is None:
            heard = [Setup("reaction", beat, listener.name, person=listener, speaks=True)] if listener else []
            return [*heard, self._cutaway(beat, speaks=True)]
        alone = Setup("single", beat, speaker.name, person=speaker, other=listener, speaks=True)
        if listener is None:
            return [alone]
        over = Setup("ots", beat, speaker.name, person=speaker, other=listener, speaks=True)
        heard = Setup("reaction", beat, listener.name, person=listener, other=speaker, speaks=True)
        pair = Setup("two_shot", beat, _pair(speaker, listener), person=speaker, other=listener, speaks=True)
        first = "two_shot" not in self._kinds
        usual = (
            [over, alone, over, heard] if self._choices.number("speech", self._step) % 2 else [alone, over, heard, over]
        )
        return [pair, *usual] if first else usual

    def _prose(self, beat: Beat, place: str) -> list[Setup]:
        person = beat.people[0] if beat.people else None
        subject = person.name if person else beat.objects[0] if beat.objects else place
        plain = Setup("action", beat, subject, person=person)
        options: list[Setup] = [plain]
        if beat.verb == "motion" and beat.inner:
            options.insert(0, Setup("tracking", beat, subject, person=person))
        pair = _facing(beat.people)
        if pair and "two_shot" not in self._kinds[-3:]:
            options.insert(0, Setup("two_shot", beat, _pair(*pair), person=pair[0], other=pair[1]))
        odds = 2 if beat.verb == "touch" else 5
        if beat.objects and "insert" not in self._kinds[-3:] and self._choices.number("insert", self._step) % odds == 0:
            options.insert(0, Setup("insert", beat, beat.objects[0], focus=beat.objects[0]))
        if not person and self._choices.number("master", self._step) % 2:
            options.append(Setup("master", beat, place))
        return options

    def _again(self, beat: Beat, place: str) -> list[Setup]:
        """Further coverage of a beat already told: its things, who watches, through whose eyes, the room around."""
        if beat.line and id(beat) not in self._lines:
            return self._speech(beat)
        options = [Setup("insert", beat, thing, focus=thing, retells=True) for thing in beat.objects]
        for person in beat.people:
            other = partner_of(person, self._reading.people)
            options.append(Setup("single", beat, person.name, person=person, other=other, retells=True))
            if beat.gaze:
                options.append(Setup("pov", beat, beat.gaze, person=person, focus=beat.gaze, retells=True))
        watching = [person for person in self._reading.people if person not in beat.people or beat.line]
        options += [Setup("reaction", beat, person.name, person=person, retells=True) for person in watching[:3]]
        pair = _facing(beat.people)
        if pair:
            options.append(Setup("two_shot", beat, _pair(*pair), person=pair[0], other=pair[1], retells=True))
        turn = self._choices.number("again", self._step) % max(1, len(options))
        rotated = [*options[turn:], *options[:turn]]
        fresh = [one for one in rotated if self._mark(one) not in self._spent]
        return [*fresh, *self._anywhere(beat, place)]

    def _anywhere(self, beat: Beat | None, place: str) -> list[Setup]:
        """Set-ups that can be shot at any time here: details of the place, faces, the whole room."""
        options = [self._cutaway(beat), Setup("master", beat, place, retells=True)]
        people = self._reading.people
        if people:
            person = people[self._step % len(people)]
            detail = self._detail(skip=self._detail())
            options += [
                Setup("single", beat, person.name, person=person, retells=True),
                Setup("pov", beat, detail, person=person, focus=detail, retells=True),
                Setup("reaction", beat, person.name, person=person, retells=True),
            ]
        turn = self._step % len(options)
        return [*options[turn:], *options[:turn]]

    def _cutaway(self, beat: Beat | None, speaks: bool = False) -> Setup:
        detail = self._detail()
        return Setup("cutaway", beat, detail, focus=detail, speaks=speaks, retells=True)

    def _detail(self, skip: str = "") -> str:
        """The detail of the place that was shown least so far."""
        return min((detail for detail in self._details if detail != skip), key=lambda one: self._shown.get(one, 0))


def _turned(options: tuple[str, ...], choices: Seeded) -> list[str]:
    turn = choices.number("details", len(options)) % max(1, len(options))
    return [*options[turn:], *options[:turn]]


def _pair(first: Person, second: Person) -> str:
    left, right = (first, second) if first.side == "left" else (second, first)
    return f"{left.name} and {right.name}"


def _facing(people: tuple[Person, ...]) -> tuple[Person, Person] | None:
    """Two of the people who face each other across the line, if any do."""
    other = partner_of(people[0], people) if people else None
    return (people[0], other) if other else None
