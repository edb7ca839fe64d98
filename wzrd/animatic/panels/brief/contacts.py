"""Two people at one act: where they stand, how they hold themselves, what their hands touch. The layouts are data.

contacts.json has them for a doer on the left who faces right. `apart`: metres between the two, who come nearer where
an arm is too short (or `at`: x and z of each); `face` and `pose` of each ("" keeps their own); `level`: how far the
taller bends to the smaller; `stoop`: metres that the doer bends their head; `thing`: what the doer needs; `thing_at`
and `half`: where a thing is that both hold. `a` and `b`: what the hand near the camera and the far one touch: a joint
of the other, an own one, or the middle between the two, and metres from there towards the camera, up and forward (from
the middle: right, up and away). A joint with a 2 is the far one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

from wzrd.animatic.panels.brief.briefed import Act
from wzrd.animatic.panels.brief.values import Figure, Spot
from wzrd.animatic.panels.poses import USUAL, beyond_reach, spot_of

_LAYOUTS: Mapping[str, Any] = json.loads(
    files("wzrd.animatic.panels.brief").joinpath("contacts.json").read_text(encoding="utf-8")
)
_MUTUAL = frozenset({"hug", "kiss", "kiss_hand", "hold_hands", "fight", "dance"})
_KISS, _PALM = r"(?:kiss|küss|bais|bes[aó]|baci|całuj)", r"(?:hands?|mains?|manos?|mani?|ręk[ęai]|dłoń)\b"
_HAND = re.compile(rf"\b{_KISS}[^.;!?]{{0,30}}\b{_PALM}|\b{_PALM}[^.;!?]{{0,20}}\b{_KISS}", re.IGNORECASE)
_PULLED = re.compile(
    r"\b(?:pull|tug|yank|draw|lead|steer|zieh|z[o\u00f6]g|tire|entra\u00eene|tira|puxa|ci\u0105gn|trek|drar)",
    re.IGNORECASE,
)
_DRAGGED = re.compile(
    r"\b(?:drag|haul|lug|heave|body|corpse|unconscious|limp|schlei|schlepp|tra\u00een|arrast|trascin|wle[ck]|sleur|sl\u00e4p)",
    re.IGNORECASE,
)
_CARRYING = re.compile(
    r"\b(?:carrying (?:an?|the|two)|portant (?:l[ae'\u2019]|une?|des)|(?:llevando|cargando) (?:el|las?|los|una?)|"
    r"portando (?:il|la|lo|un)|"
    r"(?:carregando|levando) (?:[ao]s?|uma?)|nios\u0105c|tr\u00e4gt dabei|b\u00e4rande p\u00e5)\b",
    re.IGNORECASE,
)
"""A thing is carried beside another deed: "follows her, carrying the cage"."""
_SINGLE = frozenset({"mid", "head", "neck", "chest", "pelvis"})
_STEPS, _CLOSE = 6, 0.01  # how often two come nearer, and metres that count as touching
_ASIDE = 0.75  # metres that the others stand from the two


def joined(figures: Sequence[Figure], acts: Mapping[str, Act], text: str = "") -> tuple[Figure, ...]:
    """The figures of a panel, the first two who are at one act brought together; the others make room.

    `text`: the panel's words; a kiss may be on the hand, and who is pulled along walks.
    """
    if _HAND.search(text):
        acts = {name: replace(act, contact=act.contact.replace("kiss", "kiss_hand")) for name, act in acts.items()}
    if _PULLED.search(text) and not _DRAGGED.search(text):
        acts = {name: replace(act, contact=act.contact.replace("drag", "lead")) for name, act in acts.items()}
    found = next(filter(None, (_pair(figure, figures, acts, text) for figure in figures)), None)
    if found is None:
        return tuple(figures)
    doer, other, layout = found
    pair = _together(doer, other, layout)
    far = max(abs(figure.x) for figure in pair) + _ASIDE
    placed = {doer.name: pair[0], other.name: pair[1]}
    rest = [figure for figure in figures if figure.name not in placed]
    for at, figure in enumerate(rest):
        side = 1 if figure.x > 0 else -1
        placed[figure.name] = replace(figure, x=side * (far + 0.5 * (at // 2)), z=0.4 + 0.3 * (at // 2))
    return tuple(placed[figure.name] for figure in figures)


def _pair(
    doer: Figure, figures: Sequence[Figure], acts: Mapping[str, Act], text: str
) -> tuple[Figure, Figure, Any] | None:
    """Somebody at an act with somebody else, and its layout."""
    act = acts.get(doer.name, Act())
    others = [one for one in figures if one is not doer and one.look.shape != "animal"]
    if doer.look.shape == "animal" or not others or act.contact not in _LAYOUTS:
        return None
    same = [one for one in others if acts.get(one.name, Act()).contact == act.contact]
    whom = [one for one in others if one.name in act.whom]
    if act.contact in _MUTUAL:
        whom = same or whom
    elif act.contact == "carry" and same:
        return doer, same[0], _LAYOUTS["carry_together"]
    elif act.contact == "carry" and doer.thing and _CARRYING.search(text):
        return None
    return (doer, whom[0], _LAYOUTS[act.contact]) if whom else None


def _together(doer: Figure, other: Figure, layout: Any) -> tuple[Figure, Figure]:
    """The two as the layout has them."""
    way = 1 if doer.x <= other.x else -1
    half = layout.get("apart", 0.0) / 2
    places = layout.get("at", [[-half, 0.0], [half, 0.0]])
    pair = [
        replace(one, x=way * x, z=z, facing=way * face, pose=_pose(one, pose))
        for one, (x, z), face, pose in zip((doer, other), places, layout["face"], layout["pose"], strict=True)
    ]
    if thing := layout.get("thing", ""):
        own = pair[0].thing if pair[0].thing != "object" else ""
        pair[0] = replace(pair[0], thing=own or thing)
    if (pair[1].thing, pair[1].label) == (pair[0].thing, pair[0].label):
        pair[1] = replace(pair[1], thing="", label="")  # there is but one
    if level := layout.get("level", 0.0):
        pair = _levelled(pair, level)
    if stoop := layout.get("stoop", 0.0):
        pair[0] = replace(pair[0], stoop=stoop)
    if spot := layout.get("thing_at"):
        holder = 0 if pair[0].thing or not pair[1].thing else 1
        pair[holder] = replace(pair[holder], thing_at=_middle(pair, spot, way), thing_half=layout.get("half", 0.0))
        pair[1 - holder] = replace(pair[1 - holder], thing="", label="")
    return _touching(pair, layout, way)


def _touching(pair: Sequence[Figure], layout: Any, way: int) -> tuple[Figure, Figure]:
    """The two with their hands where they touch; two who stand apart come as near as the shorter arm needs."""
    hands = [_hands(pair, at, layout.get(role, {}), way) for at, role in enumerate("ab")]
    for _ in range(_STEPS if "apart" in layout else 0):
        reaching = zip(pair, hands, strict=True)
        missing = max((beyond_reach(one, spots) for one, spots in reaching), default=0.0)
        if missing < _CLOSE:
            break
        step = way * missing / 2
        pair = [replace(one, x=one.x + by) for one, by in zip(pair, (step, -step), strict=True)]
        hands = [_hands(pair, at, layout.get(role, {}), way) for at, role in enumerate("ab")]
    return replace(pair[0], hands=hands[0]), replace(pair[1], hands=hands[1])


def _pose(figure: Figure, pose: str) -> str:
    """The pose of a layout; who lies in a bed stays in it."""
    return figure.pose if not pose or (pose == "lie" and figure.pose == "bed") else pose


def _levelled(pair: Sequence[Figure], share: float) -> list[Figure]:
    """The taller bends and the smaller stands on the toes, so that their heads come nearer by that share."""
    gap = (spot_of(pair[0], "head")[1] - spot_of(pair[1], "head")[1]) * share
    return [
        replace(one, stoop=round((by * 0.75 if by > 0 else by * 0.25) * USUAL / one.look.height, 4))
        for one, by in zip(pair, (gap, -gap), strict=True)
    ]


def _hands(pair: Sequence[Figure], at: int, targets: Any, way: int) -> tuple[Spot | None, Spot | None]:
    """Spots that the left and the right hand of one of the two touch."""
    own, other = pair[at], pair[1 - at]
    spots: list[Spot | None] = [None, None]
    for name, (base, (x, y, z)) in targets.items():
        whose, joint = (own, base.removeprefix("own_")) if base.startswith("own_") else (other, base)
        side = -1 if whose.facing > 0 else 1  # of their axes, towards the camera
        if side < 0 and joint not in _SINGLE:
            joint = joint[:-1] if joint.endswith("2") else joint + "2"
        spot = _middle(pair, (x, y, z), way) if joint == "mid" else spot_of(whose, joint, (side * x, y, z))
        near = 1 if own.facing > 0 else 0
        spots[near if name == "near" else 1 - near] = spot
    return spots[0], spots[1]


def _middle(pair: Sequence[Figure], offset: Sequence[float], way: int) -> Spot:
    """A point between the two; its height is given for people of the usual size."""
    x, y, z = offset
    size = min(one.look.height for one in pair) / USUAL
    return ((pair[0].x + pair[1].x) / 2 + way * x, y * (0.5 + size / 2), (pair[0].z + pair[1].z) / 2 + z)
