"""Acting in a shot, read clause by clause from its words: pose, feeling, the thing in hand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wzrd.animatic.panels.brief import word_lists as words
from wzrd.animatic.panels.brief.mentions import is_named, singular
from wzrd.animatic.panels.brief.values import NOTHING, Held
from wzrd.language import lexicon
from wzrd.language.scene_people import Person

_QUOTED = re.compile(r"[\"\u201c\u201d\u00ab\u00bb][^\"\u201c\u201d\u00ab\u00bb]*[\"\u201c\u201d\u00ab\u00bb]?")
# What the camera does says nothing of the people: "held still", "pushes in", "looking frame right".
_CAMERA = re.compile(
    r"\b(?:hold(?:s|ing)? (?:frame|on)|(?-i:Hold) (?:a|an|the|[\w.' -]{1,40}? in)\b|(?-i:Sit) on(?= an? )|"
    r"held still|holds still|push\w* in\w*|pull\w* back|opens the frame|"
    r"we(?:'re| are| now| can)? (?:see|hear|find|open|pan|move|cut|push|pull|follow|stay|go|hold|watch|reveal)\w*|"
    r"the background falling away to shapes|the scene (?:lets go|continuing out of frame)|"
    r"the line drawn between them|(?:takes|through) the line|the (?:distance|pause playing) between them|"
    r"both in(?= an? )|"
    r"everyone small in it|to place us|before anyone speaks or moves|let the audience find its bearings|"
    r"let the space read again|point of view|while the voice carries over|until the people in it are only shapes|"
    r"holding a beat longer than is comfortable|giving nothing away|"
    r"hold it a second past comfortable|the edges of the frame fall dark|leave room for the smile|"
    r"looking frame|let it play|keeps up|locked off|the (?:\w+ )?(?:camera|dolly) (?:(?! as )[^.;:,])*)",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[.;:!?\u2014]+|,? (?:while|as|then|but) (?=\w)", re.IGNORECASE)
_HANDS_OVER = re.compile(r"\bhands (?=(?:him|her|them|it|over|the|a|an|his)\b|[A-Z])")
_HANDS = frozenset(
    {"hold", "reach", "look_down", "phone", "walk", "point", "drink", "aim", "strike", "give", "run", "sit"}
)
"""Poses in which hands are free to hold something."""
_NOUN_BEFORE = lexicon.DETERMINERS | {"of", "in", "for", "with", "from", "by", "at", "no", "another", "to the"}
_DENIED = frozenset({"not", "never", "t", "without", "nobody", "cannot"})  # the t of "doesn't"
_NOT_DOWN = frozenset({"asleep", "away", "apart", "back", "behind", "for", "in", "into", "quiet", "short", "silent"})
_ALL = frozenset({"they", "we", "both", "everyone", "everybody", "all"})
_MUTUAL = frozenset({"embrace", "dance", "punch"})
"""Poses that whom it is done to shares."""
_CONTACTS = {"embrace": "hug", "punch": "fight", "give": "hand_over", "dance": "dance"}
"""Pose → the act that joins two people."""


@dataclass(frozen=True, slots=True)
class Act:
    """Pose, feeling and held thing of one person; with no words for it, they stand there."""

    pose: str = "stand"
    feeling: str = ""
    thing: str = ""
    label: str = ""  # of a thing that the pencil does not know
    second: Held = NOTHING
    contact: str = ""  # the act, where it joins two people
    whom: tuple[str, ...] = ()  # and the others of it


def without_speech_and_camera(idea: str) -> str:
    """A shot's words without speech, camera and similes."""
    return words.without_similes(_CAMERA.sub(" ", _QUOTED.sub(" ", idea[: words.MAX_READ])))


def acts_of(text: str, people: Sequence[Person]) -> dict[str, Act]:
    """Act of each of the people, by name; who is told to do nothing is not in it."""
    found: dict[str, Act] = {}
    last: list[Person] = []
    for clause in _clauses(_HANDS_OVER.sub("gives ", text)):
        act = _act_in(clause)
        named = _named_in(clause, people)
        subjects = _subjects(clause, act[1], named, last, people)
        last = subjects or last
        if act[0] == Act():
            continue
        sharers = [one for one in named if act[0].pose in _MUTUAL and one not in subjects]
        joins = _CONTACTS.get(act[0].pose, "")
        for at, person in enumerate([*subjects, *sharers]):
            done = act[0] if at < len(subjects) else Act(act[0].pose)
            whom = tuple(one.name for one in (*sharers, *subjects, *named) if one != person)
            found.setdefault(person.name, replace(done, contact=joins, whom=whom if joins else ()))
        for person in named:
            if act[0].pose == "give" and person not in subjects:
                found.setdefault(person.name, Act("reach"))
    return found


def _clauses(text: str) -> Iterator[str]:
    """The clauses of a text; "and" ends one that has its verb ("Anna kneels and Ben runs", not "Anna and Ben run")."""
    for part in _CLAUSES.split(text):
        clause = ""
        for piece in re.split(r",? and (?=\w)", part):
            clause = f"{clause} and {piece}" if clause else piece
            said = words.words_of(clause)
            if any(_is_verb(said, at) for at in range(len(said))):
                yield clause
                clause = ""
        yield clause


def _act_in(clause: str) -> tuple[Act, int]:
    """Act that a clause tells, and the place of its verb."""
    said = words.words_of(clause)
    at, pose = next(((at, words.POSES[word]) for at, word in enumerate(said) if _is_verb(said, at)), (len(said), ""))
    feeling = next((words.FEELINGS[word] for word in said if word in words.FEELINGS), "")
    things = [words.THINGS[word] for place, word in enumerate(said) if word in words.THINGS and place != at]
    held = next((thing for thing in things if thing in words.HELD), "")
    tool = words.TOOLS.get(said[at], "") if at < len(said) else ""
    thing = (held or tool) if pose in _HANDS else ""
    return Act(pose or "stand", feeling, "rifle" if tool == "gun" and "rifle" in things else thing), at


def _is_verb(said: list[str], at: int) -> bool:
    """True if a word that may be a verb is one: "a drink", "the fall" are not."""
    word = said[at]
    if word not in words.POSES:
        return False
    after = said[at + 1] if at + 1 < len(said) else ""
    if _DENIED & set(said[max(0, at - 2) : at]) or (words.POSES[word] == "fall" and after in _NOT_DOWN):
        return False
    return not at or said[at - 1] not in _NOUN_BEFORE or word in words.THINGS


def _named_in(clause: str, people: Sequence[Person]) -> list[Person]:
    roles = {singular(word) for word in words.words_of(clause)} - {""}
    named = [
        one for one in people if is_named(one, clause) or (one.name[:4] == "the " and one.name.split()[-1] in roles)
    ]
    folded = clause.casefold()
    return sorted(named, key=lambda one: folded.find(one.name.split()[-1].casefold()))


def _subjects(
    clause: str, verb: int, named: list[Person], last: list[Person], people: Sequence[Person]
) -> list[Person]:
    """Who acts: whom the clause names before its verb, else who acted before, else the first."""
    said = words.words_of(clause)
    if _ALL & set(said[:verb]):
        return list(people)
    before = " ".join(said[:verb])
    acting = [one for one in named if set(words.words_of(one.name)) & {*said[:verb], *map(singular, said[:verb])}]
    if acting or not before:
        return acting or last or list(people[:1])
    return last or (named if verb >= len(said) else list(people[:1]))


def pose_of(text: str) -> str:
    """Pose of the first thing done in a text; standing if none is told."""
    said = words.words_of(text)
    return next((words.POSES[word] for at, word in enumerate(said) if _is_verb(said, at)), "stand")


def thing_of(subject: str) -> str:
    """The kind of thing that a subject's last known word names, or nothing."""
    found = [words.THINGS[word] for word in words.words_of(subject) if word in words.THINGS]
    return found[-1] if found else ""
