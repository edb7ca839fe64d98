"""Headings that only a full stop makes (`.AT THE DOOR`), and what they take from the scene around them."""

import re
from dataclasses import replace

from wzrd.language import lexicon
from wzrd.screenplay.headings import Heading
from wzrd.screenplay.words import CAMERA, INSIDE, OUTSIDE, WITHIN, has_case

_MOST_WORDS = 4  # a place that is named in more words is told in a sentence
_SENTENCE_WORDS = 5
_STOPS = ".!?\u2026,;:-\u2013\u2014\u3002"
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_ROOMS = tuple(noun.split() for noun, place in lexicon.PLACES.items() if place.io)


def is_sub_heading(heading: Heading) -> bool:
    """Does it need a scene around it: no INT or EXT, no place and time of its own?"""
    own = heading.place and (heading.time_of_day or " - " in heading.place or not has_case(heading.place))
    return heading.forced and not own


def staged(heading: Heading, around: Heading) -> Heading:
    """The sub-heading as it is staged: inside or outside, place and time of the scene around, where it has none.

    A room that it names (`.KITCHEN`) is its own place; a spot in it (`.AT THE DOOR`), a view or a sentence is none.
    """
    words = [word.casefold() for word in _WORD.findall(heading.place)]
    first = words[0] if words else ""
    int_ext = "EXT" if first in OUTSIDE else "INT" if first in INSIDE else around.int_ext
    place = heading.place if _is_place(words) else around.place
    return replace(heading, int_ext=int_ext, place=place, time_of_day=heading.time_of_day or around.time_of_day)


def _is_place(words: list[str]) -> bool:
    if not 0 < len(words) <= _MOST_WORDS or words[0] in WITHIN | CAMERA | OUTSIDE | INSIDE:
        return False
    return any(words[-len(room) :] == room for room in _ROOMS)


def told(heading: Heading) -> str:
    """Paragraph of action that a sub-heading tells beyond a name: "THE TRUCK SLAMS INTO A WALL"; else ''."""
    if len(_WORD.findall(heading.text)) < _SENTENCE_WORDS:
        return ""
    return heading.text if heading.text[-1] in _STOPS else f"{heading.text}."
