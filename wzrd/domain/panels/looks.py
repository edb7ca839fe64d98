"""How a character looks: from the name alone, so that it is the same in every panel of every scene."""

import re

from wzrd.domain.panels import vocabulary as words
from wzrd.domain.panels.brief import Look
from wzrd.domain.panels.palette import coat_of
from wzrd.domain.panels.seeds import pick, seed_of, unit

_WOMEN_HAIR = ("bob", "long", "bun", "curly", "ponytail", "bob", "long", "short")
_MEN_HAIR = ("short", "parted", "bald", "short", "curly", "parted", "crop")
_ANY_HAIR = ("short", "bob", "parted", "curly", "bun", "long", "crop")


def look_of(name: str, style: str = "", told: str = "") -> Look:
    """The look of somebody; `told` is what a screenplay says of them where it brings them in ("nine, wet through")."""
    key = " ".join(name.casefold().split())[:80]
    told_words = words.words_of(told[:200])
    own = set(re.findall(r"[a-z]+", key))
    known = own | set(told_words)
    shape = "robot" if own & words.ROBOTS else "animal" if own & words.ANIMALS else ""
    child = bool(known & words.CHILDREN or set(told_words[:3]) & words.SMALL)
    old = bool(known & words.OLD or set(told_words[:4]) & {"sixty", "sixties", "seventy", "seventies", "eighty"})
    woman, man = bool(own & words.WOMEN), bool(own & words.MEN)
    hair = pick(_WOMEN_HAIR if woman else _MEN_HAIR if man else _ANY_HAIR, "hair", key)
    usual = 1.25 if child else 1.66 if woman else 1.79 if man else 1.72
    return Look(
        shape=shape or ("child" if child else "person"),
        hair="short" if child and hair == "bald" else hair,
        hat=_hat(key, own),
        beard=not (child or woman) and (man or not woman) and seed_of("beard", key) % 3 == 0,
        glasses=seed_of("glasses", key) % 4 == 0 or (old and seed_of("glasses", key) % 2 == 0),
        skin=pick((0.95, 0.9, 0.82, 0.7, 0.5, 0.32), "skin", key),
        hair_tone=0.78 if old else pick((0.06, 0.1, 0.16, 0.26, 0.38, 0.55), "tone", key),
        coat=coat_of(key, style),
        coat_length=pick((0.0, 0.0, 0.35, 0.75, 1.0), "length", key),
        height=round(usual + 0.12 * (unit("height", key) - 0.5), 3),
        girth=round(0.9 + 0.28 * unit("girth", key), 3),
    )


def _hat(key: str, own: set[str]) -> str:
    worn = next((words.HATS[word] for word in sorted(own) if word in words.HATS), "")
    return worn or pick(("", "", "", "", "", "brim", "beanie", ""), "hat", key)
