"""How a character looks: from the name alone, so that it is the same in every panel of every scene.

A cast, read once from all scenes of a film, adds what the screenplay says of somebody where it brings them in, and
keeps the coats of the first dozen apart.
"""

import re
from collections.abc import Iterable, Mapping

from wzrd.animatic.panels.brief import word_lists as words
from wzrd.animatic.panels.brief.palette import coat_of
from wzrd.animatic.panels.brief.values import Look
from wzrd.animatic.seeded import seeded
from wzrd.animatic.writer.people import people_of
from wzrd.domain.shots import SceneBrief

_WOMEN_HAIR = ("bob", "long", "bun", "curly", "ponytail", "bob", "long", "short")
_MEN_HAIR = ("short", "parted", "bald", "short", "curly", "parted", "crop")
_ANY_HAIR = ("short", "bob", "parted", "curly", "bun", "long", "crop")


Cast = Mapping[str, str]
"""Who is in a film, in order of appearance: folded name → the words that bring them in ("nine, wet")."""
_MAX_CAST = 200


def cast_of(scenes: Iterable[SceneBrief]) -> Cast:
    """The cast of a film. The same scenes give the same cast; hand it to every `read_panel` of that film."""
    found: dict[str, str] = {}
    for scene in scenes:
        prose = " ".join((scene.description, *scene.actions))[:20_000]
        for person in people_of(scene):
            key = _key(person.name)
            if not found.get(key) and len(found) < _MAX_CAST:
                found[key] = _introduction(person.name, prose)
    return found


def _introduction(name: str, prose: str) -> str:
    """What follows a name in capitals, as screenplays bring people in."""
    plain = re.escape(re.sub(r"^the ", "", name).upper())
    brought = re.search(rf"(?<!\w){plain}\s*[,(]\s*(.{{1,140}})", prose)
    return brought.group(1) if brought else ""


def _key(name: str) -> str:
    return " ".join(name.casefold().split())[:80]


def look_of(name: str, style: str = "", cast: Cast | None = None) -> Look:
    """The look of somebody in a film of that style."""
    key = _key(name)
    told_words = words.words_of((cast or {}).get(key, ""))
    own = set(re.findall(r"[a-z]+", key))
    shape = "robot" if own & words.ROBOTS else "animal" if own & words.ANIMALS else ""
    child = bool(own & words.CHILDREN or set(told_words[:6]) & words.CHILDREN or set(told_words[:3]) & words.SMALL)
    old = bool(
        own & words.OLD
        or set(told_words[:6]) & words.OLD
        or set(told_words[:4]) & {"sixty", "sixties", "seventy", "seventies", "eighty"}
    )
    woman, man = bool(own & words.WOMEN), bool(own & words.MEN)
    hair = seeded.pick(_WOMEN_HAIR if woman else _MEN_HAIR if man else _ANY_HAIR, "hair", key)
    usual = 1.25 if child else 1.66 if woman else 1.79 if man else 1.72
    return Look(
        shape=shape or ("child" if child else "person"),
        hair="short" if child and hair == "bald" else hair,
        hat=_hat(key, own | set(told_words)),
        beard=not (child or woman) and (man or not woman) and seeded.number("beard", key) % 3 == 0,
        glasses=seeded.number("glasses", key) % 4 == 0 or (old and seeded.number("glasses", key) % 2 == 0),
        skin=seeded.pick((0.95, 0.9, 0.82, 0.7, 0.5, 0.32), "skin", key),
        hair_tone=0.78 if old else seeded.pick((0.06, 0.1, 0.16, 0.26, 0.38, 0.55), "tone", key),
        coat=coat_of(key, style, list(cast).index(key) if cast and key in cast else None),
        garment="cardigan"
        if woman and old
        else seeded.pick(("coat", "sweater", "scarf", "cardigan", "sweater"), "garment", key),
        coat_length=seeded.pick((0.0, 0.0, 0.0, 0.4, 1.0), "length", key),
        height=round(usual + 0.12 * (seeded.unit("height", key) - 0.5), 3),
        girth=round(0.9 + 0.28 * seeded.unit("girth", key), 3),
    )


def _hat(key: str, own: set[str]) -> str:
    worn = next((words.HATS[word] for word in sorted(own) if word in words.HATS), "")
    return worn or seeded.pick(("", "", "", "", "", "", "brim", "", "", "beanie", ""), "hat.", key)
