"""Places where a long line may be cut: ends of sentences, clause signs, then pauses. Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise

from wzrd.domain.film import Caption

_SENTENCE = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019\u300d\u300f)\]]*$")
_CLAUSE = re.compile(r"[,;:\u2014\u2013\u3001\uff0c\uff1b\uff1a-][\"'\u201d\u2019)\]]*$")
_AFTER_SIGN = re.compile(r"(?<=[\u3002\uff01\uff1f\u3001\uff0c\uff1b\uff1a])(?=.)")
_PART, _WORD, _CLAUSE_END = 1000.0, 10.0, 3.0
"""Weights of one more part, of a cut between two words, and of one at a clause sign; sentence ends weigh none."""
_UNEVEN = 0.001
_SHORT, _RAGGED = 2.0, 1.0
"""Seconds below which a part is too short to be seen, and what each second that is missing weighs."""


def spread_words(text: str, start: float, seconds: float) -> list[Caption]:
    """The words of a line over its length, each as long as its letters: nobody has told when what is said."""
    words = [part for word in text.split() for part in _AFTER_SIGN.split(word)]
    letters = sum(len(word) + 1 for word in words)
    found: list[Caption] = []
    at = 0
    for word in words:
        begin, at = at, at + len(word) + 1
        found.append(Caption(start + seconds * begin / letters, start + seconds * at / letters, word))
    return found


def part_ends(words: Sequence[Caption], length: float, most: float, least: float = 0.0) -> tuple[float, ...]:
    """The second at which each part of a speech of `length` ends, the last one's too: as few parts as there can be.

    Each is `least` to `most` seconds long; of equally many those that are cut at the better breaths. Empty: it cannot
    be cut so, since one word outlasts a part.
    """
    if length <= most:
        return (length,)
    cuts = [(0.0, 0.0), *(one for one in _breaths(words) if 0 < one[0] < length), (length, 0.0)]
    best: list[tuple[float, int]] = [(0.0, -1)]  # of each cut: the weight of all before it, and the cut before
    for at, (end, weight) in enumerate(cuts[1:], start=1):
        ways = [
            (best[before][0] + _PART + weight + _weight(end - cuts[before][0]), before)
            for before in range(at)
            if best[before][0] < float("inf") and least <= end - cuts[before][0] <= most
        ]
        best.append(min(ways, default=(float("inf"), -1)))
    if best[-1][1] < 0:
        return ()
    found, at = [length], best[-1][1]
    while at > 0:
        found.append(cuts[at][0])
        at = best[at][1]
    return tuple(reversed(found))


def _weight(seconds: float) -> float:
    """The weight of a part's length: too short a one is a waste, and of equals those of one length are better."""
    return _RAGGED * max(0.0, _SHORT - seconds) + _UNEVEN * seconds**2


def _breaths(words: Sequence[Caption]) -> list[tuple[float, float]]:
    """The seconds at which nobody is in the middle of a word, each with what a cut there weighs."""
    said = sorted(words, key=lambda one: one.start)
    found: list[tuple[float, float]] = []
    until = 0.0
    for word, following in pairwise(said):
        until = max(until, word.end)
        if following.start < until - 1e-6:
            continue
        pause = following.start - until
        weight = _WORD - min(1.0, pause) * 5
        if _SENTENCE.search(word.text):
            weight = 0.0
        elif _CLAUSE.search(word.text):
            weight = _CLAUSE_END
        found.append(((until + following.start) / 2, weight))
    return found
