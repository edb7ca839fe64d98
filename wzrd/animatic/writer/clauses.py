"""Clauses of one sentence that are one picture: the deed, with what leads to it and what it ends in.

"She takes out the stapler, presses it into his hands." is read as two beats, and drawn once: as the second has it.
"""

from collections.abc import Sequence
from dataclasses import replace

from wzrd.animatic.writer.scene_reading import Moment
from wzrd.domain.deeds import deeds
from wzrd.language.beats.by_rule import LOOK
from wzrd.language.words.acts import strength


def pictures(moments: Sequence[Moment]) -> tuple[Moment, ...]:
    """The moments, those of one deed as one."""
    groups = deeds([moment.beat for moment in moments])
    return tuple(_one([moments[at] for at in group]) for group in groups)


def _one(group: Sequence[Moment]) -> Moment:
    """One moment of several: what the weightiest of them does, with the words, people and things of all."""
    if len(group) == 1:
        return group[0]
    first, last = group[0], group[-1]
    deed = max(group, key=lambda one: (one.beat.weight == "decisive", one.touches, strength(one.beat.act), one.at))
    seconds = deed.beat.seconds + sum(max(one.beat.seconds - LOOK, 0.0) for one in group if one is not deed)
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
