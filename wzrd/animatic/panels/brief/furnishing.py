"""Things that people sit on, lie in, eat at and push: parts near them, as sharp as they are."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from wzrd.animatic.panels.brief.briefed import Act
from wzrd.animatic.panels.brief.values import Figure, Part
from wzrd.animatic.panels.poses import AT_TABLE

_BED = re.compile(
    r"\b(?:bed|bunk|cot|gurney|stretcher|mattress|hammock|crib|under the (?:covers|blanket))\b", re.IGNORECASE
)
_COUCH = re.compile(r"\b(?:couch|sofa|settee|chaise|daybed|futon)\b", re.IGNORECASE)
_TABLE = re.compile(
    r"\b(?:tables?|desk|counter|bar|breakfast|lunch|dinner|supper|meal|plates?|cards|chess)\b", re.IGNORECASE
)
_SLEEPS_AT = re.compile(
    r"\b(?:at|over|across) (?:the|an?|his|her) (?:\w+ )?(?:table|desk|counter|bar)\b|"
    r"\b(?:am|an (?:seinem|ihrem|einem)|\u00fcber (?:dem|seinem|ihrem)) (?:\w*tisch|tresen)\b|"
    r"\b\u00e0 (?:la|une|son|sa) (?:table|bureau)\b|\bau (?:bureau|comptoir)\b|"
    r"\b(?:en|ante) (?:la|el|una?|su) (?:mesa|escritorio|mostrador|barra)\b|"
    r"\b(?:al|alla) (?:tavolo|scrivania|bancone)\b|\b\u00e0 (?:mesa|secret\u00e1ria)\b|"
    r"\bprzy (?:stole|biurku)\b|\baan (?:tafel|(?:zijn|haar) bureau)\b|\bvid (?:bordet|skrivbordet)\b|"
    r"\b\u0437\u0430 \u0441\u0442\u043e\u043b\u043e\u043c\b|[\u673a\u684c]\u3067",
    re.IGNORECASE,
)
_PUSHED = re.compile(
    r"\b(?:(?P<cot>beds?|cots?)|(?P<gurney>gurneys?|stretchers?)|(?P<wheelchair>wheelchairs?)|(?P<chair>\w*chairs?)|"
    r"(?P<trolley>\w*carts?|trolleys?|\w*barrows?|prams?|strollers?)|(?P<table>tables?|desks?)|(?P<sofa>sofas?|couch)|"
    r"(?P<trunk>trunks?|crates?|chests?|cabinets?|wardrobes?))\b",
    re.IGNORECASE,
)
_LONG = {"cot": 2.0, "gurney": 2.0, "sofa": 1.8, "table": 1.2, "trunk": 1.0, "trolley": 0.9}
"""Metres that a pushed thing is long; a chair is half a metre."""
_REACH, _GRIP = 0.5, 0.17  # metres from a body to what it pushes, and from the middle to each hand


def lies_on(text: str) -> str:
    """The part that somebody lies on, as the words tell; nothing where they tell none."""
    return "sofa" if _COUCH.search(text) else "cot" if _BED.search(text) else ""


def sleeps_at_table(text: str) -> bool:
    """True if whoever sleeps there does so at a table or a desk."""
    return _SLEEPS_AT.search(text) is not None and not lies_on(text)


def at_table(pose: str, text: str, *, roofed: bool) -> str:
    """The pose at a table, if there is one; who eats or writes in the open without one stands."""
    there = _TABLE.search(text) is not None
    if pose in AT_TABLE and not roofed and not there:
        return "drink" if pose == "eat" else "look_down"
    return {"sit": "desk", "drink": "eat"}.get(pose, pose) if there else pose


def furnished(figures: Sequence[Figure], seat: str, text: str, wheeled: Sequence[Part]) -> tuple[Part, ...]:
    """Something under everybody who sits or lies in bed, a table before whoever eats or writes.

    `seat`: what people sit on here; nothing where the set has seats.
    """
    seats: list[Part] = []
    for figure in figures if not wheeled else ():
        if figure.pose == "bed":
            bed = lies_on(text) or "cot"
            turn = 90 if bed == "sofa" else 0  # a sofa is as wide as a bed is long
            away = turn * (1 if figure.facing > 0 else -1)
            seats.append(Part(bed, figure.x, 0, figure.z + 0.04, figure.facing - away))
        if figure.pose in {"sit", *AT_TABLE} and seat:
            seats.append(Part(seat, figure.x, 0, figure.z + 0.02, figure.facing))
    return (
        *seats,
        *_table([one for one in figures if one.pose in AT_TABLE or (one.pose in {"put", "cut"} and seat == "chair")]),
    )


def _table(at: Sequence[Figure]) -> tuple[Part, ...]:
    """The table that people are at: between two, else before one."""
    if not at:
        return ()
    if len({figure.facing > 0 for figure in at}) > 1:
        left, right = min(figure.x for figure in at), max(figure.x for figure in at)
        return (Part("table", (left + right) / 2, 0, -0.06, 0, max(0.5, right - left - 0.55), depth=0.8),)
    turn = math.radians(at[0].facing)
    x, z = at[0].x + 0.66 * math.sin(turn), at[0].z - 0.66 * math.cos(turn)
    return (Part("table", round(x, 3), 0, round(z, 3), at[0].facing, 1.1, depth=0.7),)


def pushed(
    figures: Sequence[Figure], acts: Mapping[str, Act], text: str
) -> tuple[tuple[Figure, ...], tuple[Part, ...]]:
    """Whoever pushes a bed, a chair or a cart, with both hands on it; whoever else the act is about rides on it."""
    doer = next((one for one in figures if acts.get(one.name, Act()).contact == "push"), None)
    found = _PUSHED.search(text)
    if doer is None or found is None or not (kind := found.lastgroup):
        return tuple(figures), ()
    whom = acts[doer.name].whom[:1]
    way, half = (1 if doer.facing > 0 else -1), _LONG.get(kind, 0.5) / 2
    start, high = -way * (half + _REACH) / 2, 0.9 * doer.look.height / 1.75
    middle = start + way * (half + _REACH)
    grips = [(start + way * (_REACH - 0.03), high, side * _GRIP) for side in (1, -1)]
    left, right = grips if way > 0 else grips[::-1]
    rides = "bed" if kind in {"cot", "gurney"} else "sit"
    placed: list[Figure] = []
    for one in figures:
        if one is doer:
            at = replace(one, x=start, z=0.0, facing=way * 76.0, hands=(left, right))
            placed.append(replace(at, pose="heave", thing="", label=""))
        elif one.name in whom and (rides == "bed" or kind.endswith("chair")):
            placed.append(replace(one, x=middle, z=0.0, facing=way * 82.0, pose=rides))
        else:
            side = 1 if one.x > 0 else -1
            placed.append(replace(one, x=side * (abs(middle) + half + 0.6), z=0.5))
    turn = 0.0 if kind in {"sofa", "table", "trunk"} else way * 84.0
    return tuple(placed), (Part(kind, middle, 0, 0.03, turn),)
