"""Acts of the people in a panel, from the shot's brief: pose, feeling, things in hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from wzrd.animatic.panels.brief import word_lists
from wzrd.animatic.panels.brief.animal_kinds import ANIMALS
from wzrd.animatic.panels.brief.values import NOTHING, Held
from wzrd.contracts.acts import CONTACT
from wzrd.domain.shots import ShotBrief, ShotSubject
from wzrd.language.beats.props import english_noun
from wzrd.language.words.acts import NOT_HELD
from wzrd.language.words.english_acts import is_verb
from wzrd.language.words.person_words import DETERMINERS

_DATA = json.loads(files("wzrd.animatic.panels.brief").joinpath("acts.json").read_text(encoding="utf-8"))
_POSES: Mapping[str, str] = {act: pose for pose, acts in _DATA["poses"].items() for act in acts.split()}
"""Act → pose. Whatever is not here is done standing."""
STANDING = "stand"
ALOUD = frozenset({"speak", "laugh", "scream"})
"""Acts of an open mouth."""
_TOOLS: Mapping[str, str] = _DATA["tools"]
"""The thing that an act needs, where the beat names none."""
_SURE: Mapping[str, frozenset[str]] = {act: frozenset(kinds.split()) for act, kinds in _DATA["sure"].items()}
"""The things of which one is in hand at an act, whatever else is."""
_SWUNG = frozenset({"axe", "sword"})
"""Things with which one cuts at arm's length; a knife works in front of the body."""
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

    pose: str = STANDING
    feeling: str = ""
    thing: str = ""
    label: str = ""  # of a thing that the pencil does not know
    second: Held = NOTHING
    contact: str = ""
    whom: tuple[str, ...] = ()
    speaks: bool = False


def is_standing(name: str) -> bool:
    """True if a thing stands in the set, or is a part of another, and no hand has it: a counter, a sofa, a lid."""
    word = word_lists.noun_of(name)
    if word not in FITTINGS and word_lists.THINGS.get(word) in word_lists.HELD:
        return word in word_lists.STANDING
    return word in _NOT_IN_HAND or bool(word_lists.PROPS.get(word))


def pose_of(act: str) -> str:
    """The pose that shows an act."""
    return _POSES.get(act, STANDING)


def acts_by(brief: ShotBrief) -> dict[str, Act]:
    """Pose, feeling and held thing of each subject, by name."""
    found: dict[str, Act] = {}
    for one in brief.subjects:
        held = [name for name in one.holds if not is_standing(name)]
        tool = _TOOLS.get(one.act, "")
        things = [_held(name) for name in held[:2]] or [Held(tool)]
        if one.act in _SURE and not _SURE[one.act].intersection(thing.thing for thing in things):
            things = [Held(tool), *things][:2]  # who dials a number from a card has both in hand
        found[one.name] = Act(
            pose="strike" if one.act == "cut" and things[0].thing in _SWUNG else pose_of(one.act),
            feeling=one.feeling or _FEELINGS.get(one.act, ""),
            thing=things[0].thing,
            label=things[0].label,
            second=things[1] if len(things) > 1 else NOTHING,
            contact=one.act,
            whom=_whom(one, brief),
            speaks=one.speaks or one.act in ALOUD,
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
        if (last := word_lists.named_words(name)[-1:])
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
    words = word_lists.named_words(name)
    named = len(words) < 2 or _kind(words) != "" or bool(_OF.intersection(word_lists.words_of(name)))
    thing = (_kind(words) or thing_of(name)) if named else ""
    return Held(thing) if thing in word_lists.HELD else Held("object", name)


def thing_of(subject: str) -> str:
    """The kind of thing that a subject's last known word names, in any language that is listed, or nothing.

    In a sentence a word that may be a verb ("he leaves") names a thing behind an article alone.
    """
    words = word_lists.words_of(subject)
    found = [
        kind
        for end, word in enumerate(words, 1)
        if (kind := _kind(words[:end]))
        and (len(words) < _PHRASE or words[end - 2] in DETERMINERS or end == 1 or not is_verb(word))
    ]
    return found[-1] if found else word_lists.THINGS.get(english_noun(subject), "")


def _kind(words: Sequence[str]) -> str:
    """The kind of thing that the last of these words names, with the one before it if they are one name."""
    pair = word_lists.THINGS.get("-".join(words[-2:]), "")  # a rolling pin is no pin
    return pair or word_lists.kind_of("".join(words[-1:]))
