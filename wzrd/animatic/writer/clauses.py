"""Clauses of one sentence that are one picture: the deed, with what leads to it and what it ends in.

"She takes out the stapler, presses it into his hands." is read as two beats, and drawn once: as the second has it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from wzrd.animatic.writer.scene_reading import Moment
from wzrd.domain.prompts import STOPS
from wzrd.language.words.acts import strength

MOST_PEOPLE, MOST_WORDS = 3, 30
"""People and words of one picture."""
_APART = 2  # letters between two clauses


def pictures(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    """The moments, and those that belong together as one."""
    groups: list[list[Moment]] = []
    for moment in moments:
        if groups and _goes_on(groups[-1], moment):
            groups[-1].append(moment)
        else:
            groups.append([moment])
    return tuple(_one(group) for group in groups)


def _goes_on(group: Sequence[Moment], moment: Moment) -> bool:
    """True if a clause is of the sentence, and of the deed, that a group tells."""
    last = group[-1]
    if last.line or moment.line or not moment.people or last.doers != moment.doers:
        return False
    gap = moment.beat.start - last.beat.start - len(last.beat.span)
    if not 0 <= gap <= _APART or last.beat.span.rstrip().endswith(STOPS):
        return False
    people = {person for one in (*group, moment) for person in one.people}
    words = sum(len(one.text.split()) for one in (*group, moment))
    touched = {one.people for one in (*group, moment) if one.touches}
    decisive = sum(one.beat.weight == "decisive" for one in (*group, moment))
    return len(people) <= MOST_PEOPLE and words <= MOST_WORDS and len(touched) < 2 and decisive < 2


def _one(group: Sequence[Moment]) -> Moment:
    """One moment of several: what the weightiest of them does, with the words, people and things of all."""
    if len(group) == 1:
        return group[0]
    first, last = group[0], group[-1]
    deed = max(group, key=lambda one: (one.beat.weight == "decisive", one.touches, strength(one.beat.act), one.at))
    seconds = deed.beat.seconds
    people = {key: person for one in (deed, *group) for key, person in zip(one.beat.people, one.people, strict=True)}
    changed = {
        "span": " ".join(one.beat.span for one in group),
        "start": first.beat.start,
        "seconds": seconds,
        "whom": tuple(key for key in people if key not in deed.beat.who),
        "feelings": {key: felt for one in group for key, felt in one.beat.feelings.items()},
    }
    return replace(
        deed,
        at=first.at,
        more=tuple(at for one in group for at in one.beats)[1:],
        beat=deed.beat.model_copy(update=changed),
        text=" ".join(one.text for one in group),
        people=tuple(people.values()),
        things=tuple(dict.fromkeys(thing for one in (deed, *group) for thing in one.things)),
        rests=last.rests,
    )
