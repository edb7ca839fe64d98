"""Deeds: the beats that one picture tells, since one follows from the other.

"She takes out the stapler, presses it into his hands." is read as two beats, and drawn once: as the second has it.
"""

from collections.abc import Sequence

from wzrd.contracts.acts import CONTACT
from wzrd.contracts.breakdown import Beat
from wzrd.domain.prompts import STOPS

MOST_PEOPLE = 3
"""People in one picture."""
WITHIN, ACROSS = (30, 2), (14, 0)
"""Words and decisive beats of one picture: within a sentence, and across its end."""
_APART = 2  # letters between two clauses
_CJK = "\u2e80"


def deeds(beats: Sequence[Beat]) -> list[range]:
    """The beats by their indices: those that the same people do one after another, told in a breath, as one."""
    found: list[range] = []
    for at in range(len(beats)):
        if found and _is_one(beats[found[-1].start : at + 1]):
            found[-1] = range(found[-1].start, at + 1)
        else:
            found.append(range(at, at + 1))
    return found


def _is_one(beats: Sequence[Beat]) -> bool:
    """True if the last of some beats belongs to the deed that those before it are."""
    before, last = beats[-2:]
    gap = last.start - before.start - len(before.span)
    if not last.who or set(last.who) != set(before.who) or before.lines or last.lines or not 0 <= gap <= _APART:
        return False
    most_words, most_decisive = ACROSS if before.span.rstrip().endswith(STOPS) else WITHIN
    touched = {frozenset(beat.people) for beat in beats if beat.act in CONTACT and beat.whom}
    return (
        len({key for beat in beats for key in beat.people}) <= MOST_PEOPLE
        and len(touched) <= 1
        and sum(_words(beat.span) for beat in beats) <= most_words
        and sum(beat.weight == "decisive" for beat in beats) <= most_decisive
    )


def _words(text: str) -> int:
    """Words of a text; two signs of Chinese or Japanese say as much as one."""
    return max(1, len(text.split()), sum(sign > _CJK for sign in text) // 2)
