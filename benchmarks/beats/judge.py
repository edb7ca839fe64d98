"""The judge: labelled beats against what a board shows. It knows spans, names and the register, and no language."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.beats.labels import LabelledBeat, LabelledPerson, LabelledScript, acts_for, fold, holds
from benchmarks.beats.shown import Shown, ShownBoard, Span, Subject

FIRST_PANELS = 10
BEATS_A_PICTURE = 2  # a picture tells one moment, or the two halves of one
WIDE = frozenset({"extreme_wide", "wide"})
_ALIKE = frozenset({frozenset({"medium", "medium_close_up"}), frozenset({"medium_close_up", "close_up"})})
"""Sizes between which a figure grows by half or less: seen from one angle, the cut jumps."""
_COVERED = 0.5  # of a beat's words
_CHILD, _OLD = 12, 60
_OPENING = 24  # letters by which a speech is known


@dataclass(frozen=True, slots=True)
class Score:
    """One script's counts, each as what was found and of how many. `told`: decisive beats that some shot is about.

    `wrong` and `unstaged` say in words what is amiss.
    """

    name: str
    half: str
    staged: tuple[int, int]
    told: tuple[int, int]
    props: tuple[int, int]
    feelings: tuple[int, int]
    wide: tuple[int, int]
    jumps: tuple[int, int]
    lost: tuple[int, int]
    minutes: float
    pages: float
    wrong: tuple[str, ...]
    unstaged: tuple[str, ...]


def score_of(script: LabelledScript, board: ShownBoard) -> Score:
    """The score of a board of this script."""
    unstaged = _unstaged(script, board.shots)
    seen = {prop.key for prop in script.props if any(script.shows(prop.key, shot.props) for shot in board.shots)}
    openings = {shot.scene: shot for shot in reversed(board.shots)}
    pairs = [pair for pair in pairwise(board.shots) if pair[0].scene == pair[1].scene]
    return Score(
        script.name,
        script.half,
        staged=(len(script.decisive) - len(unstaged), len(script.decisive)),
        told=(
            sum(any(covers(shot, beat.span) for shot in board.shots) for beat in script.decisive),
            len(script.decisive),
        ),
        props=(len(seen), len(script.props)),
        feelings=_feelings(script, board.shots),
        wide=(sum(shot.size in WIDE for shot in openings.values()), len(openings)),
        jumps=(sum(_is_jump(script, *pair) for pair in pairs), len(pairs)),
        lost=_lost(script, board.shots),
        minutes=sum(shot.seconds for shot in board.shots) / 60,
        pages=board.pages,
        wrong=tuple(_wrong(script, board.shots)),
        unstaged=tuple(f"{beat.quote} [{why}]" for beat, why in unstaged),
    )


def _unstaged(script: LabelledScript, shots: Sequence[Shown]) -> list[tuple[LabelledBeat, str]]:
    """Decisive beats that no shot stages, each with the nearest reason; a shot stages two at most."""
    used: Counter[int] = Counter()
    missed: list[tuple[LabelledBeat, str]] = []
    for beat in script.decisive:
        lacks = {at: _lack(script, beat, shot) for at, shot in enumerate(shots) if covers(shot, beat.span)}
        whole = [at for at, lack in lacks.items() if not lack]
        at = next((at for at in whole if used[at] < BEATS_A_PICTURE), None)
        if at is not None:
            used[at] += 1
        else:
            missed.append((beat, "crowded" if whole else next(iter(lacks.values()), "not shown")))
    return missed


def covers(shot: Shown, span: Span) -> bool:
    """True if the shot's places of the text hold at least half of these characters."""
    held = sum(max(0, min(one.end, span.end) - max(one.start, span.start)) for one in shot.spans)
    return held >= _COVERED * (span.end - span.start)


def _lack(script: LabelledScript, beat: LabelledBeat, shot: Shown) -> str:
    """The first thing of the beat that the shot lacks: a person, a prop, the contact or the act; '' for none."""
    there = _people(script, shot.subjects)
    needed = [*beat.who, *(beat.whom if beat.contact else ())]
    if missing := [key for key in needed if key not in there]:
        return f"without {missing[0]}"
    if unseen := [prop for prop in beat.props if not script.shows(prop, shot.props)]:
        return f"without {unseen[0]}"
    if beat.contact:
        return "" if _touches(script, beat, shot) else f"no {beat.contact}"
    wanted = acts_for("does", beat.does)
    done = {act for key in beat.who for subject in there[key] for act in subject.acts}
    return "" if not wanted or not beat.who or wanted & done else f"no {beat.does}"


def _people(script: LabelledScript, subjects: Sequence[Subject]) -> Mapping[str, list[Subject]]:
    """Who of the register is in a picture; in the crowd behind, several at once only."""
    found: dict[str, list[Subject]] = {}
    for subject in subjects:
        person = script.person_of(subject.name)
        if person and (person.is_group or not subject.crowd):
            found.setdefault(person.key, []).append(subject)
    return found


def _touches(script: LabelledScript, beat: LabelledBeat, shot: Shown) -> bool:
    wanted = acts_for("contact", beat.contact)
    sides = (set(beat.who), set(beat.whom)) if beat.whom else (set(beat.who[:1]), set(beat.who[1:]))
    for contact in shot.contacts:
        keys = {person.key for name in contact.people if (person := script.person_of(name))}
        if contact.act in wanted and all(keys & side for side in sides if side):
            return True
    return False


def _feelings(script: LabelledScript, shots: Sequence[Shown]) -> tuple[int, int]:
    """Figures that show the feeling which the text gives them, of those in a picture of that beat."""
    right = total = 0
    for beat in script.beats:
        if not beat.feeling or not beat.on_screen:
            continue
        for shot in shots:
            if covers(shot, beat.span):
                for subject in _people(script, shot.subjects).get(beat.feels, [])[:1]:
                    total += 1
                    right += subject.feeling == beat.feeling
    return right, total


def _is_jump(script: LabelledScript, before: Shown, after: Shown) -> bool:
    """True if two neighbours show the same subjects from one angle at one size, or at sizes that hardly differ."""
    subjects = [set(_people(script, shot.subjects)) or set(shot.props) for shot in (before, after)]
    same = subjects[0] == subjects[1] != set() and before.angle == after.angle
    return same and (before.size == after.size or frozenset({before.size, after.size}) in _ALIKE)


def _lost(script: LabelledScript, shots: Sequence[Shown]) -> tuple[int, int]:
    """Speeches that nobody says in any shot."""
    heard = _letters("".join(line for shot in shots for line in shot.lines))
    return sum(_letters(speech)[:_OPENING] not in heard for speech in script.speeches), len(script.speeches)


def _letters(text: str) -> str:
    """The letters that are said: no direction between brackets."""
    return re.sub(r"\([^()]*\)|[\W_]+", "", text).casefold()


def _wrong(script: LabelledScript, shots: Sequence[Shown]) -> Iterator[str]:
    """Persons of the first panels who are not as the text has them: each fault once, in words."""
    first = shots[:FIRST_PANELS]
    told: dict[str, None] = {}
    for shot in first:
        for subject in shot.subjects:
            person = script.person_of(subject.name)
            fault = "" if subject.crowd or _is_beast(script, subject, person) else _fault(subject, person)
            if fault:
                told[f"{subject.name}: {fault}"] = None
        for key, several in _people(script, shot.subjects).items():
            if len(several) > 1 and not script.person(key).is_group:
                told[f"{key}: doubled"] = None
    told |= dict.fromkeys(f"{key}: missing" for key in _missing(script, shots))
    yield from told


def _is_beast(script: LabelledScript, subject: Subject, person: LabelledPerson | None) -> bool:
    """True if an animal that is drawn as one and stands in the text is nobody of the register: no person is wrong."""
    return subject.animal and person is None and holds(fold(script.text), fold(subject.name).split()[-1])


def _fault(subject: Subject, person: LabelledPerson | None) -> str:
    if person is None:
        return "invented"
    if person.is_group:
        return ""
    if person.sex and subject.sex != person.sex:
        return f"is {person.sex}, not {subject.sex or 'told'}"
    if person.years is None:
        return ""
    if (person.years <= _CHILD) != (subject.age == "child"):
        return f"is {person.years}, not {subject.age or 'told'}"
    return "" if (person.years >= _OLD) == (subject.age == "old") else f"is {person.years}, not {subject.age or 'told'}"


def _missing(script: LabelledScript, shots: Sequence[Shown]) -> list[str]:
    """Who acts decisively in a scene that the first panels show whole, and is in none of its pictures."""
    cut = shots[FIRST_PANELS].scene if len(shots) > FIRST_PANELS else None
    whole = [shot for shot in shots[:FIRST_PANELS] if cut is None or shot.scene < cut]
    there = {key for shot in whole for key in _people(script, shot.subjects)}
    told = [span.end for shot in whole for span in shot.spans]
    end = max(told, default=0)
    acting = dict.fromkeys(key for beat in script.decisive if beat.span.end <= end for key in beat.who)
    return [key for key in acting if key not in there]
