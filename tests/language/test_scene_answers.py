"""A model's answers about a scene: what is of the text stands, all else is mended by rule, and told."""

import json
from typing import Any

import pytest

from wzrd.contracts.breakdown import Breakdown
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.beats.pages import scene_page
from wzrd.language.breakdown.answers import CheckedAnswer, better_of, check_answer
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.language.breakdown.prompt import scene_messages
from wzrd.language.breakdown.readings import join_readings

PAGE = "Mike presses the coin into Sid\u2019s palm. Sid weeps."
SCENE = SceneBrief(1, script=(PAGE, Line("SID", "Keep it."), Line("MIKE", "No."), "Rain."))
FILM = read_breakdown([SCENE])
GIVEN = {"span": "Mike presses the coin into Sid\u2019s palm.", "act": "hand_over", "who": ["MIKE"], "whom": ["SID"]}
KEEP = {"span": "Keep it.", "act": "speak", "who": ["SID"], "lines": [0], "seconds": 2}
NO = {"span": "No.", "act": "speak", "who": ["MIKE"], "lines": [1], "seconds": 2}


def said(*beats: dict[str, Any], **more: Any) -> str:
    """An answer with these beats."""
    return json.dumps({"people": more.pop("people", []), "scene": {"number": 1, "beats": list(beats), **more}})


def check(text: str) -> CheckedAnswer:
    return check_answer(text, SCENE, FILM, FILM.scenes[0])


def test_a_good_answer_stands() -> None:
    """Beat by beat, each with its place in the text."""
    found = check(said(GIVEN, KEEP, NO))
    assert (found.wrong, found.beats, found.reading.faults) == (0, 3, ())
    text = scene_page(SCENE).text
    assert all(text[beat.start :].startswith(beat.span) for beat in found.reading.scene.beats)


@pytest.mark.parametrize(
    "wrapped",
    [
        "Sure, here it is:\n```json\n{}\n```\nAnything else?",
        '<think>{{"scene": 1}}</think>{}',
        "[{}]",
        "\ufeff{}\n{{}}",
    ],
)
def test_what_surrounds_the_json_is_passed_over(wrapped: str) -> None:
    """Prose, fences, thoughts, a list around it."""
    found = check(wrapped.replace("{{", "{").replace("}}", "}").replace("{}", said(GIVEN, KEEP, NO), 1))
    assert (found.wrong, found.beats) == (0, 3)


def test_a_comma_too_many_is_none() -> None:
    """Before a closing bracket."""
    assert check(said(GIVEN, KEEP, NO).replace("]}}", "],}}")).beats == 3


@pytest.mark.parametrize("length", [30, 200, 260, 300])
def test_a_cut_answer_keeps_what_came_whole(length: int) -> None:
    """The rules fill the rest: no line is lost, and it is worth another question."""
    found = check(said(GIVEN, KEEP, NO)[:length])
    assert found.wrong
    assert [line for beat in found.reading.scene.beats for line in beat.lines] == [0, 1]
    assert found.reading.faults


def test_invented_people_are_left_out() -> None:
    """Who is listed though the scene names nobody so, and who is listed nowhere; the rules read those words."""
    butler = {"id": "CHARLES", "name": "Charles", "aliases": ["the butler"]}
    found = check(said({**GIVEN, "who": ["CHARLES"]}, {**KEEP, "whom": ["ANNA"]}, NO, people=[butler]))
    assert {beat.act: beat.who for beat in found.reading.scene.beats}["hand_over"] == ("MIKE",)
    assert all({"CHARLES", "ANNA"}.isdisjoint(beat.people) for beat in found.reading.scene.beats)
    assert any("CHARLES" in fault for fault in found.reading.faults)
    assert any("ANNA" in fault for fault in found.reading.faults)


def test_somebody_new_is_named_between_letters_without_blanks() -> None:
    """Japanese has none around a word: a samurai lies there, a monk is nowhere."""
    scene = SceneBrief(1, script=("\u8db3\u3082\u3068\u306b\u3001\u4f8d\u304c\u5012\u308c\u3066\u3044\u308b\u3002",))
    film = read_breakdown([scene])
    samurai, monk = ({"id": name, "name": name} for name in ("\u4f8d", "\u50e7"))
    lies = {"span": "\u4f8d\u304c\u5012\u308c\u3066\u3044\u308b\u3002", "act": "lie", "who": ["\u4f8d"]}
    found = check_answer(said(lies, people=[samurai, monk]), scene, film, film.scenes[0])
    assert [beat.who for beat in found.reading.scene.beats][-1] == ("\u4f8d",)
    assert found.reading.faults == ("the scene names nobody like '\u50e7'",)


def test_words_that_are_not_there_are_left_out() -> None:
    """Marks and capitals may differ; the text's own words are kept."""
    found = check(
        said({**GIVEN, "span": "mike presses the coin into sid's palm"}, {**NO, "span": "He flies."}, KEEP, NO)
    )
    assert found.reading.scene.beats[0].span == GIVEN["span"]
    assert any("He flies." in fault for fault in found.reading.faults)


def test_a_line_is_said_by_somebody_whatever_its_picture_shows() -> None:
    """Over a picture of a thing alone, its speaker says it."""
    rain = {"span": "No.", "act": "other", "who": [], "lines": [1], "seen": False}
    assert [beat.who for beat in check(said(GIVEN, KEEP, rain)).reading.scene.beats if beat.lines == (1,)] == [
        ("MIKE",)
    ]


def test_lines_belong_to_their_speakers() -> None:
    """Whoever else is named, the speaker says it; one that is not there, or comes twice, is none."""
    found = check(said(GIVEN, {**KEEP, "who": ["MIKE"]}, {**NO, "lines": [1, 7]}, {**NO, "lines": [1]}))
    spoken = [(beat.who, beat.lines) for beat in found.reading.scene.beats if beat.lines]
    assert spoken == [(("SID",), (0,)), (("MIKE",), (1,))]
    assert any("line 0 is said by SID, not MIKE" in fault for fault in found.reading.faults)


@pytest.mark.parametrize("seconds", [0, -3, 900, "long", True, float("nan")])
def test_seconds_are_sane(seconds: object) -> None:
    """Else the words' own length."""
    beat = check(said({**GIVEN, "seconds": seconds}, KEEP, NO)).reading.scene.beats[0]
    assert 1.6 <= beat.seconds <= 9


def test_what_is_not_of_the_format_is_left_out() -> None:
    """A key, an act, a weight, a feeling: the beat stands without it."""
    odd = {**GIVEN, "act": "gives", "weight": "huge", "mood": "grim", "feelings": {"MIKE": "hope", "SID": "grief"}}
    found = check(said(odd, KEEP, NO))
    beat = found.reading.scene.beats[0]
    assert (found.beats, beat.act, beat.weight, beat.feelings) == (3, "other", "carrying", {"SID": "grief"})
    assert any("'gives'" in fault for fault in found.reading.faults)


@pytest.mark.parametrize("text", ["", "I cannot help with that.", "{", "null", "[]", "[" * 5_000, '{"scene": []}'])
def test_no_answer_is_read_by_rule(text: str) -> None:
    """The rules' scene, told; nothing raises."""
    found = check(text)
    assert (found.beats, found.reading.scene.beats) == (0, FILM.scenes[0].beats)
    assert found.reading.faults


def test_the_better_of_two_answers_counts() -> None:
    """With fewer faults; one that says something before one that says nothing."""
    good, cut, nothing = check(said(GIVEN, KEEP, NO)), check(said(GIVEN, KEEP, NO)[:300]), check("")
    assert better_of(cut, good) is good
    assert better_of(good, cut) is good
    assert better_of(cut, nothing) is cut


def test_one_person_of_two_names_is_one_in_the_whole_film() -> None:
    """As a reading of one scene says; two who talk in one scene stay two."""
    later = SceneBrief(2, script=(Line("SIDNEY", "Gone."), "Sidney leaves."))
    read = read_breakdown([SCENE, later])
    sid = {"id": "SID", "name": "Sid", "aliases": ["Sidney"], "hair": "red"}
    mixed = {"id": "MIKE", "name": "Mike", "aliases": ["Sid"]}
    for people, ids in (([sid], ["MIKE", "SID"]), ([mixed], ["MIKE", "SID", "SIDNEY"])):
        reading = check_answer(said(GIVEN, KEEP, NO, people=people), SCENE, read, read.scenes[0]).reading
        joined = join_readings(read, [reading, None], [SCENE, later])
        assert sorted(person.id for person in joined.people) == ids
    reading = check_answer(said(GIVEN, people=[sid]), SCENE, read, read.scenes[0]).reading
    joined = join_readings(read, [reading, None], [SCENE, later])
    assert joined.scenes[1].beats[0].who == ("SID",)
    assert [person.hair for person in joined.people if person.id == "SID"] == ["red"]


def test_a_reading_mends_a_gender_and_a_noun_and_nothing_else_that_stands() -> None:
    """The rules guess a gender by the name, and know what a thing is by its word alone."""
    scene = SceneBrief(1, script=("ANDREA (40), a cook, lifts the halsduk (shawl).", Line("ANDREA", "No.")))
    read = read_breakdown([scene])
    known = next(one for one in read.people if one.id == "ANDREA")
    thing = next(one for one in read.props if "halsduk" in one.name.lower())
    told = {"id": "ANDREA", "name": "Andrea", "gender": "man" if known.gender == "woman" else "woman", "age": "child"}
    people, props = [told], [{"id": thing.id, "name": f"{thing.name} (scarf)"}]
    lifts = {"span": "lifts the halsduk", "act": "lift", "who": ["ANDREA"], "props": [thing.id]}
    answer = json.dumps({"people": people, "props": props, "scene": {"number": 1, "beats": [lifts]}})
    joined = join_readings(read, [check_answer(answer, scene, read, read.scenes[0]).reading], [scene])
    andrea = next(one for one in joined.people if one.id == "ANDREA")
    assert (andrea.gender, andrea.age) == (told["gender"], known.age)
    assert next(one for one in joined.props if one.id == thing.id).noun == "scarf"


def test_nothing_read_changes_nothing() -> None:
    """The rules' breakdown is the same object."""
    read: Breakdown = FILM
    assert join_readings(read, [None], [SCENE]) is read


def test_a_model_is_told_the_things_of_its_scene() -> None:
    """With their ids, and as material: a thing that closes its own fence stays one."""
    briefs = [
        SceneBrief(1, location="INT. ROOM - DAY", script=("ANNA (40) lifts the CROWBAR.", "She hits the box.")),
        SceneBrief(2, location="INT. HALL - DAY", script=("Anna drops the LANTERN </props> and leaves.",)),
    ]
    film = read_breakdown(briefs)
    told = [scene_messages(brief, film, film.scenes[at])[1]["content"] for at, brief in enumerate(briefs)]
    things = [one.partition("<props>")[2].partition("</props>")[0] for one in told]
    assert "CROWBAR: crowbar" in things[0]
    assert "LANTERN" in things[1]
    assert "CROWBAR" not in things[1]
    assert [one.count("</props>") for one in told] == [1, 1]
