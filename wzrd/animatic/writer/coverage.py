"""Coverage of a scene: a set-up for each decisive beat, some for what carries, in the order of the page.

Rules kept here: who reads must know the place before it is shown from near; over-the-shoulder shots only between people
on opposite sides of the line; a spoken line is carried by one shot; nothing is shot the same way twice in a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wzrd.animatic.panels.brief.briefed import FITTINGS, STANDING, is_standing, pose_of
from wzrd.animatic.panels.brief.word_lists import is_drawn, noun_of
from wzrd.animatic.seeded import Seeded
from wzrd.animatic.writer.framing import Last, Setup, framed, people_in, subjects_of
from wzrd.animatic.writer.scene_reading import Moment, Reading
from wzrd.contracts.acts import CONTACT
from wzrd.language.people.scene_people import Person, partner_of
from wzrd.language.words.acts import NOT_HELD, strength

_MOTION = frozenset({"walk", "run", "enter", "leave", "climb", "ride", "drive", "swim", "crawl", "jump"})


MOST_TOGETHER, MOST_WORDS = 3, 26
"""People and words that one picture of two beats holds at most."""
_PAIR = 2
"""People of whom one acts after the other in one picture: "She pulls out the drawer. He lifts the lid."."""
_FELT = frozenset({"weep", "tremble"})
"""Acts that a face shows whatever the body does: "He hugs her. She weeps."."""
_RESULTS = frozenset({"fall", "lie", "die", "weep", "scream", "tremble", "laugh", "dodge"})
"""Acts that a deed leads to: "He hits her. She screams." is one picture, as "He shoves her. She sits down." is."""
BETWEEN = 2  # letters between two sentences of a paragraph
LINES_A_SHOT = 4
"""Lines of a talk after which it gets a picture again, however much else there is to show."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the shot list: the moment it shows, what follows in the same picture, how manieth shot of it it is."""

    moment: Moment | None
    then: Moment | None = None
    nth: int = 0
    opens: bool = False


def rank(moment: Moment) -> int:
    """Rank of a moment for a shot of its own: what the scene is not understood without comes first."""
    beat = moment.beat
    if moment.line:
        return 3 if beat.weight == "decisive" else 2
    if not moment.people:
        return 5 if beat.weight == "decisive" else 2 if beat.weight == "carrying" else 1
    if beat.weight == "decisive":
        return 6 if strength(beat.act) == 3 and beat.whom else 5
    return 4 if beat.weight == "carrying" else 1


def foremost(moment: Moment) -> list[str]:
    """The things of a moment, those in capitals first: these the page wants seen. What somebody wears comes last."""

    def rank(thing: str) -> tuple[bool, bool]:
        last = thing.rsplit(maxsplit=1)[-1]
        return last.upper() not in moment.beat.span, last in NOT_HELD

    return sorted(moment.things, key=rank)


def slots(reading: Reading, count: int, first: int, *, opens: bool) -> list[Slot]:
    """`count` slots over the moments from index `first` on: those that rank first, in order; more cover them again."""
    moments = [moment for moment in reading.moments if moment.at >= first]
    head: list[Slot] = []
    talks = sum(bool(moment.line) for moment in moments) > LINES_A_SHOT * (count - 1)
    if opens and count > 1 and moments and not moments[0].people and not moments[0].line and not talks:
        head = [Slot(moments.pop(0), opens=True)]
    room = count - len(head)
    if not moments:
        again = reading.moments or (None,)
        more = [Slot(again[at % len(again)], nth=1 + at // len(again)) for at in range(room)]
        return [*head, *([replace(more[0], opens=True), *more[1:]] if opens and not reading.moments else more)]
    found = _joined(_chosen(moments, min(room, len(moments))))
    for more in range(room + 1, len(moments) + 1):  # what shares a picture leaves room for another
        if len(wider := _joined(_chosen(moments, more))) > room:
            break
        found = wider
    return [*head, *_covered(found, room)]


def _chosen(moments: Sequence[Moment], room: int) -> list[Moment]:
    """So many moments: whole ranks from the highest down, the last of them evenly spread."""
    found: list[Moment] = []
    ranks = {moment.at: 6 if turn % LINES_A_SHOT == 1 else rank(moment) for moment, turn in _turns(moments)}
    for value in sorted(set(ranks.values()), reverse=True):
        tier = [moment for moment in moments if ranks[moment.at] == value]
        need = room - len(found)
        if len(tier) > need:
            tier = [tier[(2 * at + 1) * len(tier) // (2 * need)] for at in range(need)]
        found += tier
    return sorted(found, key=lambda moment: moment.at)


def _joined(moments: Sequence[Moment]) -> list[Slot]:
    """A slot a moment, or one of two: the pairs that belong together most: "He throws the case. Jack catches it"."""
    worth = [0, 0]
    pairs: list[bool] = []
    for at, moment in enumerate(moments):
        together = _together(moments[at - 1], moment) if at else 0
        pairs.append(together > 0 and worth[-2] + together > worth[-1])
        worth.append(worth[-2] + together if pairs[-1] else worth[-1])
    found: list[Slot] = []
    at = len(moments) - 1
    while at >= 0:
        found.append(Slot(moments[at - 1], then=moments[at]) if pairs[at] else Slot(moments[at]))
        at -= 2 if pairs[at] else 1
    return found[::-1]


def _together(first: Moment, second: Moment) -> int:
    """Worth of one picture for a moment and the next on the page; 0: they stay apart.

    A thing alone is what is seen or brought out just before: "He looks at what's in his hand. A RING.".
    """
    people = {*first.people, *second.people}
    words = len(first.text.split()) + len(second.text.split())
    apart = second.at != first.beats[-1] + 1 or first.line or second.line or not first.people
    apart = apart or len({one.name in second.aboard for one in people}) > 1
    crowded = words > MOST_WORDS or len(people) > MOST_TOGETHER
    twice = first.touches and second.touches and set(first.people) != set(second.people)
    if apart or crowded or twice:
        return 0
    suffers = first.touches and second.people and not {*second.people} & {*first.doers}
    results = _RESULTS | {"sit", "kneel"} if first.beat.act in {"push", "drag"} else _RESULTS
    suffers = suffers and second.beat.act in results and second.beat.weight != "decisive" and not second.beat.whom
    if suffers and {*second.people} <= {*first.people}:
        return 3
    if any(len(_postures(one, first) | _postures(one, second)) > 1 for one in people):
        decide = first.beat.weight == second.beat.weight == "decisive"
        unlike = strength(first.beat.act) != strength(second.beat.act) and not decide
        return int(unlike and set(first.people) == set(second.people))
    if not second.people:
        return 3 if second.things and second.beat.weight != "decisive" else 0
    posture = strength(first.beat.act) == 1 and second.beat.act in CONTACT and second.beat.whom
    if set(first.people) & set(second.people) or set(first.things) & set(second.things):
        return 1 if posture else 3 if set(first.things) & set(second.things) else 2
    return int(len(people) == _PAIR and _go_on(first, second))


def _postures(person: Person, moment: Moment) -> frozenset[str]:
    """The posture that somebody's part in a moment asks for; none for what is done standing."""
    act = moment.act_of(person)
    if act in _FELT:
        return frozenset()
    if moment.touches and person not in moment.doers and pose_of(act) == STANDING:
        return frozenset({f"whom {moment.beat.act}"})  # as the act has them: hauled, shoved, held
    return frozenset({pose_of(act)} - {STANDING})


def _go_on(first: Moment, second: Moment) -> bool:
    """True if one deed follows the other in a paragraph, and neither is a picture of two already."""
    ends = first.beat.start + len(first.beat.span)
    alone = not any(one.beat.whom and one.beat.act in CONTACT for one in (first, second))
    return alone and 0 <= second.beat.start - ends <= BETWEEN


def _turns(moments: Sequence[Moment]) -> list[tuple[Moment, int]]:
    """Each moment with the how manieth line it is; 0 for what nobody says."""
    turn = 0
    found: list[tuple[Moment, int]] = []
    for moment in moments:
        turn += bool(moment.line)
        found.append((moment, turn if moment.line else 0))
    return found


def _covered(found: list[Slot], room: int) -> list[Slot]:
    """The slots, and further shots of the same moments, the weightiest first, until there are `room`."""
    extra = [0] * len(found)
    order = sorted(range(len(found)), key=lambda at: (-rank(moment) if (moment := found[at].moment) else 0, at))
    for number in range(room - len(found)):
        extra[order[number % len(order)]] += 1
    return [replace(slot, nth=nth) for slot, more in zip(found, extra, strict=True) for nth in range(more + 1)]


class Coverage:
    """Chooses one set-up after another; remembers what was spent."""

    def __init__(self, reading: Reading, choices: Seeded, last: Last | None) -> None:
        self._reading = reading
        self._choices = choices
        self._last = last
        self._step = 0
        self._spent: set[tuple[str, str, int]] = set()
        self._lines: set[int] = set()
        named = any(char.isalnum() for char in reading.air.place)
        self._place = reading.air.place if named else f"scene {reading.brief.number}"
        self._details = (*reading.air.details, *reading.air.spare_details)

    def next(self, slot: Slot) -> Setup:
        """The set-up for a slot: the first candidate that is fresh, framed apart from the one before."""
        self._step += 1
        candidates = self._candidates(slot)
        fresh = [one for one in candidates if self._mark(one) not in self._spent] or candidates
        chosen = next((one for one in fresh if self._last is None or subjects_of(one) != self._last.subjects), fresh[0])
        if slot.nth == 0:
            chosen = fresh[0]
        chosen = replace(chosen, then=slot.then if slot.nth == 0 else None)
        setup = framed(chosen, self._last, self._reading.air.mood, self._choices, self._step)
        self._spent.add(self._mark(setup))
        self._last = Last(setup.size, setup.angle, subjects_of(setup), bool(setup.people))
        if setup.speaks and setup.moment:
            self._lines.add(setup.moment.at)
        return setup

    def _mark(self, setup: Setup) -> tuple[str, str, int]:
        return (setup.kind, setup.subject, setup.moment.at if setup.moment else -1)

    def _candidates(self, slot: Slot) -> list[Setup]:
        moment = slot.moment
        if slot.opens:
            thing = next((one for one in foremost(moment) if is_drawn(one)), "") if moment else ""
            if moment and thing and moment.beat.weight == "decisive":
                return [Setup("insert", moment, thing, focus=thing)]
            if moment and self._reading.brief.number % 2 == 0:  # from a detail into the place
                near = Setup("insert", moment, thing, focus=thing) if thing else Setup("cutaway", moment, self._place)
                return [near]
            return [Setup("establishing", moment, self._place)]
        if moment is None:
            return [self._detail(None), Setup("master", None, self._place)]
        if slot.nth:
            return self._again(moment)
        return self._speech(moment) if moment.line else self._deed(moment, slot.then)

    def _speech(self, moment: Moment) -> list[Setup]:
        speaker = moment.speaker
        heard = moment.people[0] if moment.beat.who and moment.people else None
        here = [one for one in self._reading.people if one != heard]
        listener = next((one for one in moment.people if one in here), None)
        if speaker is None:
            who = listener or next(iter(here), None)
            if who is None:
                return [self._detail(moment, speaks=True)]
            return [Setup("reaction", moment, who.name, person=who, speaks=True)]
        alone = Setup("single", moment, speaker.name, person=speaker, other=listener, speaks=True)
        if listener is None or listener.side == speaker.side:
            return [alone]
        over = Setup("ots", moment, speaker.name, person=speaker, other=listener, speaks=True)
        pair = Setup("two_shot", moment, _pair(speaker, listener), person=speaker, other=listener, speaks=True)
        met = any(mark[0] == "two_shot" for mark in self._spent)
        if not met:
            return [pair, over, alone]
        return [alone, over, pair] if moment.beat.weight == "decisive" or self._step % 2 else [over, alone, pair]

    def _deed(self, moment: Moment, then: Moment | None = None) -> list[Setup]:
        """The set-up that shows what happens: who does it, to whom, with what."""
        people, act = people_in(moment, then), moment.beat.act
        if then and strength(then.beat.act) > strength(act):
            act = then.beat.act
        if not people:
            things = foremost(moment)
            thing = next((one for one in things if is_drawn(one) or moment.beat.weight == "decisive"), "")
            if thing and noun_of(thing) not in FITTINGS and is_standing(thing) and not is_drawn(thing):
                return [Setup("cutaway", moment, thing, focus=thing)]  # as it stands there
            if thing:
                return [Setup("insert", moment, thing, focus=thing)]
            return [Setup("master" if self._step % 2 else "cutaway", moment, self._place)]
        person = people[0]
        other = next((one for one in people[1:] if one.side != person.side), people[1] if len(people) > 1 else None)
        if other is not None and act in CONTACT:
            return [Setup("contact", moment, _pair(person, other), person=person, other=other)]
        if other is not None and len(people) == 2 and other.side != person.side:
            return [Setup("two_shot", moment, _pair(person, other), person=person, other=other)]
        kind = "tracking" if act in _MOTION else "action"
        return [Setup(kind, moment, person.name, person=person, other=other)]

    def _again(self, moment: Moment) -> list[Setup]:
        """Further coverage of a moment: its line, its things, faces, whoever watches, the room around."""
        if moment.line and moment.at not in self._lines:
            return self._speech(moment)
        options = [
            Setup("insert", moment, thing, focus=thing, retells=True) for thing in moment.things if is_drawn(thing)
        ]
        others = [person for person in self._reading.people if person not in moment.people[:1]]
        watching = [person for person in moment.people[1:] if person in others] or others
        options += [Setup("reaction", moment, person.name, person=person, retells=True) for person in watching[:3]]
        options += [
            Setup(
                "single",
                moment,
                person.name,
                person=person,
                other=partner_of(person, self._reading.people),
                retells=True,
            )
            for person in moment.people[:2]
            if person in self._reading.people
        ]
        options += [self._detail(moment), Setup("master", moment, self._place, retells=True)]
        fresh = [one for one in options if self._mark(one) not in self._spent]
        return [*fresh, *options]

    def _detail(self, moment: Moment | None, *, speaks: bool = False) -> Setup:
        """A detail of the place, another each time."""
        detail = self._details[self._step % len(self._details)] if self._details else self._place
        return Setup("cutaway", moment, detail, focus=detail, speaks=speaks, retells=True)


def _pair(first: Person, second: Person) -> str:
    left, right = (first, second) if first.side == "left" else (second, first)
    return f"{left.name} and {right.name}"
