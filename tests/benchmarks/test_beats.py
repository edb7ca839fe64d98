"""The judge of boards and the labels that it judges by."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from benchmarks.beats.judge import Score, score_of
from benchmarks.beats.labels import (
    LabelledBeat,
    LabelledScript,
    acts_for,
    breakdown_of,
    faulty_answers,
    labelled_scripts,
    scene_answers,
)
from benchmarks.beats.reader import measure_reader
from benchmarks.beats.shown import Contact, Shown, ShownBoard, Subject

SCRIPTS = labelled_scripts()
SIZES = ("close_up", "wide")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_labels_name_what_the_script_has(script: LabelledScript) -> None:
    """Names, props and quotes stand in the text, in its order; each beat's people and props are in the register."""
    people, props = {one.key for one in script.people}, {one.key for one in script.props}
    assert all(name in script.text for one in (*script.people, *script.props) for name in one.names)
    assert all(script.text[one.span.start : one.span.end] == one.quote for one in script.beats)
    assert [one.span.start for one in script.beats] == sorted(one.span.start for one in script.beats)
    assert all({*one.who, *one.whom} <= people and {*one.props} <= props for one in script.beats)
    assert all(acts_for("does", one.does) for one in script.decisive if one.does)
    assert all(acts_for("contact", one.contact) for one in script.beats if one.contact)


def test_the_halves_hold_as_many_languages() -> None:
    """Code may be tuned on one half; the other one has languages that are in none of its scripts, too."""
    tuning, held = ({one.language for one in SCRIPTS if one.half == half} for half in ("tuning", "held_out"))
    assert len(tuning & held) >= 5
    assert held - tuning


@pytest.mark.parametrize("script", [one for one in SCRIPTS if breakdown_of(one)], ids=lambda script: script.name)
def test_answers_quote_the_script(script: LabelledScript) -> None:
    """Spans stand in the script, in its order; answers a scene at a time tell everybody once, and all scenes."""
    breakdown = breakdown_of(script)
    assert breakdown is not None
    at = 0
    for beat in (beat for scene in breakdown["scenes"] for beat in scene["beats"]):
        at = script.text.index(beat["span"], at)
    answers = [json.loads(answer) for answer in scene_answers(breakdown)]
    assert [answer["scene"] for answer in answers] == breakdown["scenes"]
    told = [one["id"] for answer in answers for one in answer["people"]]
    assert sorted(told) == sorted(one["id"] for one in breakdown["people"])


def test_there_are_answers_with_faults() -> None:
    """Two scripts have one for each scene, with up to two tries."""
    faulty = {one.name: (breakdown_of(one), tries) for one in SCRIPTS if (tries := faulty_answers(one))}
    assert len(faulty) >= 2
    for breakdown, scenes in faulty.values():
        assert breakdown is not None
        assert len(scenes) == len(breakdown["scenes"])
        assert all(1 <= len(tries) <= 2 for tries in scenes)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_board_that_shows_every_beat_is_perfect(script: LabelledScript) -> None:
    """A shot a beat, with its people, act, props and feeling: all staged, nobody wrong, no word lost, no jump."""
    score = score_of(script, _told(script))
    assert score.staged == score.told == (len(script.decisive), len(script.decisive))
    assert score.feelings[0] == score.feelings[1]
    assert (score.jumps[0], score.lost[0], score.wrong) == (0, 0, ())


def test_the_judge_misses_what_a_board_leaves_out() -> None:
    """A beat without its people, props, contact or act is not staged; one shot of the whole scene stages two."""
    script = next(one for one in SCRIPTS if one.name == "monkeys-paw.fountain")
    board = _told(script)

    def staged(*shots: Shown) -> int:
        return score_of(script, ShownBoard(shots, board.pages)).staged[0]

    assert staged(*(replace(shot, subjects=()) for shot in board.shots)) == 0
    assert staged(*(replace(shot, spans=()) for shot in board.shots)) == 0
    assert staged(*(replace(shot, props=()) for shot in board.shots)) == _count(script, lambda beat: not beat.props)
    apart = [replace(shot, contacts=()) for shot in board.shots]
    assert staged(*apart) == _count(script, lambda beat: not beat.contact)
    idle = [replace(shot, subjects=tuple(replace(one, acts=frozenset()) for one in shot.subjects)) for shot in apart]
    assert staged(*idle) == _count(script, lambda beat: not (beat.contact or beat.does))
    everything = replace(
        board.shots[0],
        spans=tuple(span for shot in board.shots for span in shot.spans),
        subjects=tuple(one for shot in board.shots for one in shot.subjects),
        props=tuple(prop for shot in board.shots for prop in shot.props),
        contacts=tuple(one for shot in board.shots for one in shot.contacts),
    )
    assert staged(everything) == 2


def test_persons_who_are_wrong_are_told() -> None:
    """Somebody invented, twice in a picture, of another sex or age than the text says, or never seen."""
    script = next(one for one in SCRIPTS if one.name == "monkeys-paw.fountain")
    board = _told(script)
    right = board.shots[1].subjects[0]

    def wrong(*subjects: Subject) -> tuple[str, ...]:
        return _first(script, board, *subjects).wrong

    assert wrong(*board.shots[1].subjects) == ()
    assert wrong(right, Subject("Papers")) == ("Papers: invented",)
    assert wrong(right, Subject("the fire", animal=True)) == ()  # stands in the text, and is drawn as no person
    assert wrong(right, Subject("the walrus", animal=True)) == ("the walrus: invented",)
    assert wrong(right, replace(right, name="Mr. White")) == ("white: doubled",)
    assert wrong(replace(right, sex="f")) == ("MR. WHITE: is m, not f",)
    assert wrong(replace(right, age="child")) == ("MR. WHITE: is 65, not child",)
    assert wrong(replace(right, age="")) == ("MR. WHITE: is 65, not told",)


def _count(script: LabelledScript, holds: Callable[[LabelledBeat], bool]) -> int:
    return sum(holds(beat) for beat in script.decisive)


def _first(script: LabelledScript, board: ShownBoard, *subjects: Subject) -> Score:
    """The score of the board with others in its second picture; in its first there is nobody."""
    shots = (board.shots[0], replace(board.shots[1], subjects=subjects), *board.shots[2:])
    return score_of(script, replace(board, shots=shots))


def _told(script: LabelledScript) -> ShownBoard:
    """A shot for each beat, as its label has it; the first one has all that is said."""
    seen = [beat for beat in script.beats if beat.on_screen]
    shots = [_shot(script, beat, SIZES[at % 2]) for at, beat in enumerate(seen)]
    return ShownBoard((replace(shots[0], lines=script.speeches), *shots[1:]), pages=3.0)


def _shot(script: LabelledScript, beat: LabelledBeat, size: str) -> Shown:
    subjects = tuple(_subject(script, beat, key) for key in dict.fromkeys((*beat.who, *beat.whom)))
    contact = sorted(acts_for("contact", beat.contact))[:1]
    return Shown(
        scene=1,
        spans=(beat.span,),
        subjects=subjects,
        props=tuple(prop.names[0] for prop in script.props if prop.key in beat.props),
        contacts=tuple(Contact(act, frozenset(one.name for one in subjects)) for act in contact),
        size=size,
        angle="eye_level",
        seconds=3.0,
    )


def _subject(script: LabelledScript, beat: LabelledBeat, key: str) -> Subject:
    person = script.person(key)
    years = person.years
    age = "" if years is None else "child" if years <= 12 else "old" if years >= 60 else "adult"
    feeling = beat.feeling if key == beat.feels else ""
    return Subject(person.names[0], person.sex, age, acts_for("does", beat.does), feeling)


def test_a_models_answers_stand_and_its_faults_do_not() -> None:
    """Nine scripts' answers, and those of a model with faults."""
    stand, wrong = measure_reader(SCRIPTS)
    assert ((stand.ours or 0) >= 95, wrong.ours) == (True, 0)
