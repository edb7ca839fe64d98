"""Secondary headings: lines in capitals that go on with a scene at a spot or a time of its own.

IN THE KITCHEN, BACK ON THE ROOF, HALLWAY - LATER, MOMENTS LATER.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from wzrd.language.words import lexicon
from wzrd.screenplay.times import is_relative, is_time, split_time
from wzrd.screenplay.words import CAMERA, CONTINUED, INSIDE, OUTSIDE, SECONDARY

_LONGEST, _MOST_WORDS, _MOST_BARE, _MOST_NAMED = 60, 6, 3, 4
"""Characters of such a line; words of it with a preposition and without; words of a place that is no sentence."""
SIGNS = " .:\u2026-\u2013\u2014"
"""Signs around such a line."""
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*['\u2019]?")
_AGAIN = re.compile(rf"(?:{SECONDARY['again']})\s+", re.IGNORECASE)
_AT, _ARTICLES, _INDEFINITE, _VEHICLES = (
    frozenset(SECONDARY[key].split()) for key in ("at", "articles", "indefinite", "vehicles")
)
ROOMS: Mapping[str, str] = {
    **{word: kind for kind in ("EXT", "INT") for word in SECONDARY["rooms"][kind].split()},
    **{noun: place.io.upper() for noun, place in lexicon.PLACES.items() if " " not in noun},
    **dict.fromkeys(_VEHICLES, "INT"),
}
"""Words for rooms and places, and whether they are inside or outside; '' where they may be either."""
_LEADS = _AT | _ARTICLES | INSIDE | OUTSIDE | frozenset(SECONDARY["again"].split("|"))


@lru_cache(4_096)  # every floor of the reader asks for the same lines
def place_and_time(text: str) -> tuple[str, str] | None:
    """Place and time of a secondary heading, one of them may be ''; None for another line.

    A time, a room, a room with its time; a spot behind IN, ON and the like, where it names a room.
    """
    bare = text.strip(SIGNS)
    if not 0 < len(bare) <= _LONGEST or "(" in bare or not bare.isupper() or bare.casefold() in CONTINUED:
        return None
    if is_time(bare):
        return ("", bare) if " " in bare or is_relative(bare) else None
    place, time = split_time(bare)
    words = [word.casefold().replace("\u2019", "'") for word in _WORD.findall(_AGAIN.sub("", place))]
    if not 0 < len(words) <= _MOST_WORDS or "," in place:
        return None
    return (place, time) if _is_spot(words) or (len(words) <= _MOST_BARE and _is_room(words)) else None


def spot_of(place: str) -> tuple[str, str]:
    """The room that words name, without what leads to it, and INT or EXT; '' for each that they do not tell.

    INSIDE and OUTSIDE lead to any place.
    """
    words = place.split()
    folded = [word.casefold().strip(SIGNS) for word in words]
    sides = ["INT" if word in INSIDE else "EXT" for word in folded[:2] if word in INSIDE | OUTSIDE]
    start = 0
    while start < len(words) and folded[start] in _LEADS:
        start += 1
    rest = folded[start:]
    room = next((word for word in (*rest[-1:], *rest[:1]) if word in ROOMS), "")
    named = 0 < len(rest) <= _MOST_NAMED and (room or (sides and start)) and rest[0] not in CAMERA
    return (" ".join(words[start:]) if named else ""), (sides[0] if sides else ROOMS.get(room, "") if named else "")


def is_no_speaker(text: str) -> bool:
    """True if a line is a time of more words than one or that hangs on the scene before, a spot, a room with a time."""
    place, time = place_and_time(text) or ("", "")
    first = _AGAIN.sub("", place).split(" ", 1)[0].casefold()
    if place:
        return bool(time) or first in _AT or first in INSIDE | OUTSIDE
    return " " in time or is_relative(time)


def _is_spot(words: list[str]) -> bool:
    bare = [word for word in words[1:] if word not in _ARTICLES and word not in _AT]
    if words[0] in INSIDE | OUTSIDE and bare and (words[1] in _ARTICLES or any(word.endswith("'s") for word in bare)):
        return True
    return words[0] in _AT and bool(bare) and (bare[-1] in ROOMS or bare[0] in ROOMS)


def _is_room(words: list[str]) -> bool:
    """True if words without a preposition name a room, and no thing that is met: A HOUSE, THE CAR."""
    if not _AT.isdisjoint(words) or words[0] in _INDEFINITE or not lexicon.PEOPLE.isdisjoint(words):
        return False
    return words[-1] in ROOMS and words[-1] not in _VEHICLES
