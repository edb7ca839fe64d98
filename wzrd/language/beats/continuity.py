"""Continuity of a scene: things stay in hands and feelings in faces; some beats decide. Pure."""

import re
from collections.abc import Container, Mapping, Sequence

from wzrd.contracts.acts import CONTACT, Act
from wzrd.contracts.breakdown import Beat, Feeling, Weight
from wzrd.language.words.acts import DATA

LONGEST_FRAGMENT, LONGEST = 8, 9.0
"""Words of a fragment that belongs to the beat before it, and seconds of a beat."""
_FEW, _SHORT = 3, 26
"""Words of a fragment, and of the deed that it belongs to."""
_DECISIVE: frozenset[str] = frozenset(DATA["decisive_acts"].split())
"""Acts that decide something wherever they stand."""
_FINDS: frozenset[Act] = frozenset(
    {"look", "open", "take", "break", "search", "show", "cut", "lift", "drag", "dig", "read"}
)
"""Acts behind which a thing alone is what comes to light."""
_TAKES: frozenset[Act] = frozenset({"take", "catch", "hold", "carry", "lift", "show", "drag", "read", "aim", "search"})
_LETS_GO: frozenset[Act] = frozenset({"put_down", "throw", "hand_over", "fall", "break", "hide"})
MOST_THINGS = 2
"""Things that a picture shows in two hands."""
_FELT: Mapping[str, Mapping[Act, Feeling]] = DATA["felt_acts"]
"""Feelings that acts show where no word names another: of whoever does it, does it to somebody, or suffers it."""
_CLOSE = CONTACT | {"touch", "hold", "carry", "bend_over", "kneel_beside"}
"""Acts that bring two together."""
_PARTS: frozenset[str] = frozenset(DATA["parting_acts"].split())
"""Acts by which somebody is alone again, or that nobody else has a part in."""
_ARMS = frozenset({"GUN", "PISTOL", "REVOLVER", "RIFLE", "SHOTGUN", "KNIFE", "SWORD", "DAGGER", "AXE", "BLADE"})
"""Things with which nobody is touched gently."""
_THREATENS = frozenset({"aim", "point", "hold", "lift", "show", "drag", "push", "strike", "stab", "shoot", "fight"})
"""Acts with such a thing that are meant for somebody; an apple is cut by whoever looks on, too."""
_UNFELT = re.compile(DATA["unfelt_acts"], re.IGNORECASE)
"""Words of acts that show no feeling: hands that anybody shakes, a smile that is only tried."""
_BOTH_FEEL: frozenset[Act] = frozenset({"hug", "kiss", "hold_hands", "dance", "fight"})
_GENTLE = frozenset({"joy", "grief"})
"""Feelings that stay when somebody is held."""
_KEPT, _KEPT_SURPRISE = 6, 3
"""Beats of somebody for which a feeling stays in the face; nobody gapes for long."""
_AHEAD = 2
"""Beats of a paragraph in which a feeling is told that the face has already."""


def joined(beats: Sequence[Beat], text: str) -> list[Beat]:
    """The beats with a thing alone as part of the deed that brings it to light: "He opens it. A RING.".

    So is a fragment that tells nobody and no thing: "He blows. Once. Twice.".
    """
    found: list[Beat] = []
    for beat in beats:
        before = found[-1] if found else None
        shown = before is not None and _comes_to_light(before, beat)
        if before is None or not (shown or _is_listed(before, beat, text) or _is_fragment(before, beat, text)):
            found.append(beat)
            continue
        whole = {
            "span": text[before.start : beat.start + len(beat.span)],
            "props": tuple(dict.fromkeys((*before.props, *beat.props))),
            "feelings": before.feelings or ({before.who[0]: "surprise"} if shown else {}),
            "seconds": min(before.seconds + beat.seconds, LONGEST),
        }
        found[-1] = before.model_copy(update=whole)
    return found


def _is_fragment(before: Beat, beat: Beat, text: str) -> bool:
    """True for a few words that tell nobody and no thing, behind a short deed in its paragraph.

    In a script without capitals, whose words we do not know or count, there are none.
    """
    empty = beat.act == "other" and not beat.people and not beat.props and not beat.lines and not before.lines
    few = len(beat.span.split()) <= _FEW and len(text[before.start : beat.start].split()) <= _SHORT
    few = few and any(char.upper() != char.lower() for char in beat.span)
    return bool(empty and few and before.people and "\n\n" not in text[before.start + len(before.span) : beat.start])


def _is_listed(before: Beat, beat: Beat, text: str) -> bool:
    """True for one more of several things: "On the tray: a WALLET. A phone. Keys."."""
    things = all(one.act == "other" and one.props and not one.people and not one.lines for one in (before, beat))
    gap = text[before.start + len(before.span) : beat.start]
    short = len(beat.span.split()) <= LONGEST_FRAGMENT and len(text[before.start : beat.start].split()) <= _SHORT
    return things and short and not gap.strip(" .,;:!?\n") and "\n\n" not in gap


def _comes_to_light(before: Beat, beat: Beat) -> bool:
    alone = beat.act == "other" and beat.props and not beat.people and len(beat.span.split()) <= LONGEST_FRAGMENT
    gap = beat.start - before.start - len(before.span)
    return bool(alone and before.who and before.act in _FINDS and 0 <= gap <= 2)


def together(beats: Sequence[Beat], text: str) -> list[Beat]:
    """The beats with whom somebody is still in touch with: "He winds a bandage round her hand. He does it by feel."."""
    found: list[Beat] = []
    for one in beats:
        beat, before = one, found[-1] if found else None
        goes_on = before is not None and before.act in _CLOSE and len(before.who) == len(before.whom) == 1
        if before and goes_on and len(beat.who) == 1 and not beat.whom and beat.act not in _PARTS and not beat.lines:
            pair = {before.who[0]: before.whom, before.whom[0]: before.who}
            near = "\n" not in text[before.start + len(before.span) : beat.start].strip(" .!?")
            if near and beat.who[0] in pair:
                beat = beat.model_copy(update={"whom": pair[beat.who[0]]})
        found.append(beat)
    return found


def holding(beats: Sequence[Beat]) -> list[Beat]:
    """The beats with the thing that somebody took in hand before and has not let go of."""
    hands: dict[str, str] = {}
    found: list[Beat] = []
    for beat in beats:
        who = beat.who[0] if len(beat.who) == 1 else ""
        held = hands.get(who, "")
        if who and beat.props and beat.act in _TAKES:
            hands[who] = beat.props[0]
        elif beat.act in _LETS_GO:
            hands.pop(who, None)
            if beat.act == "hand_over" and beat.props and beat.whom:
                hands[beat.whom[0]] = beat.props[0]
        keeps = held and not beat.lines and held not in beat.props and len(beat.props) < MOST_THINGS
        found.append(beat.model_copy(update={"props": (*beat.props, held)}) if keeps else beat)
    return found


def weighed(beats: Sequence[Beat], key_props: Container[str]) -> list[Beat]:
    """The beats with their weight: what decides, what leads on, what is colour."""
    found: list[Beat] = []
    shown: set[str] = set()
    last = max((at for at, beat in enumerate(beats) if beat.people and beat.seen), default=-1)
    for at, beat in enumerate(beats):
        new = [prop for prop in beat.props if prop in key_props and prop not in shown]
        shown.update(beat.props)
        weight: Weight = beat.weight
        if beat.act != "speak":
            if beat.act in _DECISIVE or new or beat.feelings or at == last:
                weight = "decisive"
            elif not beat.people and not beat.props:
                weight = "passing"
        found.append(beat if beat.weight == weight else beat.model_copy(update={"weight": weight}))
    return found


def _shown(beat: Beat, one: str, acting: Sequence[str]) -> Feeling | None:
    """Feeling that an act shows in the face of somebody who does it or suffers it."""
    if one not in acting:
        return _FELT["suffers"].get(beat.act)
    if beat.whom and beat.act in _THREATENS and _ARMS & set(beat.props):
        return "anger"
    if beat.act in {"hold_hands", "laugh"} and _UNFELT.search(beat.span):
        return None
    return _FELT["does"].get(beat.act) or (_FELT["does_to"].get(beat.act) if beat.whom else None)


def _soon(beats: Sequence[Beat], at: int, one: str, text: str) -> Feeling | None:
    """Feeling that the next words of a paragraph tell of somebody: a picture shows the moment whole."""
    ahead = (beat for beat in beats[at + 1 : at + 1 + _AHEAD] if "\n\n" not in text[beats[at].start : beat.start])
    return next((beat.feelings[one] for beat in ahead if one in beat.feelings), None)


def lasting(beats: Sequence[Beat], text: str) -> tuple[Beat, ...]:
    """The beats with faces that keep what somebody felt, for some beats of theirs more, and show what an act shows."""
    felt: dict[str, tuple[Feeling, int]] = {}
    found: list[Beat] = []
    for at, beat in enumerate(beats):
        feelings = dict(beat.feelings)
        acting = beat.people if beat.act in _BOTH_FEEL else beat.who
        for one in beat.people:
            kept, left = felt.get(one, ("", 0))
            shown = _shown(beat, one, acting)
            if shown and not (shown == "tenderness" and kept in _GENTLE):
                told = next(iter(beat.feelings.values()), None) if beat.act in _BOTH_FEEL else None
                feelings.setdefault(one, told or shown)
            elif soon := _soon(beats, at, one, text):
                feelings.setdefault(one, soon)
            if one in feelings:
                felt[one] = (feelings[one], _KEPT_SURPRISE if feelings[one] == "surprise" else _KEPT)
            elif kept and left:
                feelings[one], felt[one] = kept, (kept, left - 1)
        found.append(beat.model_copy(update={"feelings": feelings}) if feelings != beat.feelings else beat)
    return tuple(found)
