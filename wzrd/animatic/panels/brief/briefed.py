"""Acts of the people in a panel, from the shot's brief: pose, feeling, things in hand."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from wzrd.animatic.panels.brief import word_lists
from wzrd.animatic.panels.brief.animal_kinds import ANIMALS
from wzrd.animatic.panels.brief.values import NOTHING, Held
from wzrd.contracts.breakdown import CONTACT
from wzrd.domain.shots import ShotBrief, ShotSubject
from wzrd.language.acts import NOT_HELD, is_verb
from wzrd.language.person_words import DETERMINERS
from wzrd.language.props import english_noun

_DATA = json.loads(files("wzrd.animatic.panels.brief").joinpath("acts.json").read_text(encoding="utf-8"))
_POSES: Mapping[str, str] = {act: pose for pose, acts in _DATA["poses"].items() for act in acts.split()}
"""Act → pose. Whatever is not here is done standing."""
_TOOLS: Mapping[str, str] = _DATA["tools"]
"""The thing that an act needs, where the beat names none."""
_FEELINGS: Mapping[str, str] = _DATA["feelings"]
FITTINGS = frozenset({"lid", "lids", "buckle", "buckles", "clasp", "clasps", "hinge", "hinges"})
"""Parts of a thing that opens: no hand has them, and a picture of one shows the thing."""
_NOT_IN_HAND = word_lists.STANDING | FITTINGS | ANIMALS
MOST_BESIDE = 2
_PHRASE = 4  # words from which on a subject is a sentence
_OF = frozenset({"of", "from", "with", "for", "in"})
_WATCHING = frozenset({"look", "listen"})


@dataclass(frozen=True, slots=True)
class Act:
    """Pose, feeling and held things of one person; `contact` is what they do, `whom` the others of it."""

    pose: str = "stand"
    feeling: str = ""
    thing: str = ""
    label: str = ""  # of a thing that the pencil does not know
    second: Held = NOTHING
    contact: str = ""
    whom: tuple[str, ...] = ()


def acts_by(brief: ShotBrief) -> dict[str, Act]:
    """Pose, feeling and held thing of each subject, by name."""
    found: dict[str, Act] = {}
    for one in brief.subjects:
        held = [name for name in one.holds if not set(word_lists.words_of(name)[-1:]) & _NOT_IN_HAND]
        things = [_held(name) for name in held[:2]] or [Held(_TOOLS.get(one.act, ""))]
        found[one.name] = Act(
            pose=_POSES.get(one.act, "stand"),
            feeling=one.feeling or _FEELINGS.get(one.act, ""),
            thing=things[0].thing,
            label=things[0].label,
            second=things[1] if len(things) > 1 else NOTHING,
            contact=one.act,
            whom=_whom(one, brief),
        )
    return found


def _whom(doer: ShotSubject, brief: ShotBrief) -> tuple[str, ...]:
    """The others of an act that joins people: those who answer it before those who watch."""
    others = [one for one in brief.subjects if one.name != doer.name]
    if doer.act in CONTACT and not brief.contact:
        others = [one for one in others if one.act == doer.act]
    return tuple(one.name for one in sorted(others, key=lambda one: one.act in _WATCHING))


def things_beside(brief: ShotBrief) -> tuple[str, ...]:
    """The things of a shot that nobody in it holds and that stand or lie by, two at most: those that can be drawn.

    What is worn or belongs to the set stands by nobody.
    """
    held = {name for one in brief.subjects for name in one.holds[:2]}
    found = (name for name in brief.props if name not in held and name != brief.focus)
    loose = (
        name
        for name in found
        if (last := word_lists.words_of(name)[-1:])
        and (brief.kind == "insert" or last[0] not in word_lists.STANDING)
        and not (last[0] in NOT_HELD or english_noun(name) in NOT_HELD or _held(name).label)
    )
    return tuple(loose)[:MOST_BESIDE]


def held_things(brief: ShotBrief) -> tuple[Held, ...]:
    """`things_beside` as they are drawn."""
    return tuple(_held(name) for name in things_beside(brief))


def _held(name: str) -> Held:
    """A thing in a hand: as the pencil knows it, else a covered shape with its name on a tag.

    A cigarette case is no cigarette: the last word decides, but in "cup of tea".
    """
    words = word_lists.words_of(name)
    named = len(words) < 2 or words[-1] in word_lists.THINGS or bool(set(words) & _OF)
    thing = thing_of(name) if named else ""
    return Held(thing) if thing in word_lists.HELD else Held("object", name)


def thing_of(subject: str) -> str:
    """The kind of thing that a subject's last known word names, in any language that is listed, or nothing.

    In a sentence a word that may be a verb ("he leaves") names a thing behind an article alone.
    """
    words = word_lists.words_of(subject)
    found = [
        word_lists.THINGS.get(f"{before}-{word}", word_lists.THINGS[word])  # a rolling pin is no pin
        for before, word in zip(("", *words), words, strict=False)
        if word in word_lists.THINGS and (len(words) < _PHRASE or before in DETERMINERS or not is_verb(word))
    ]
    return found[-1] if found else word_lists.THINGS.get(english_noun(subject), "")
