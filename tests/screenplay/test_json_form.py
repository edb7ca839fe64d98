"""The JSON form: what it says, and how it names what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.errors import ScreenplayError
from wzrd.domain.shots import Line
from wzrd.screenplay.elements import elements_from_json, elements_to_json
from wzrd.screenplay.json_form import locate, parse_json
from wzrd.screenplay.model import Element, Screenplay
from wzrd.screenplay.parse import parse

EXAMPLES = Path(__file__).parents[2] / "examples"


def read(document: object) -> Screenplay:
    return parse_json(json.dumps(document).encode())


def scene(**fields: Any) -> dict[str, Any]:
    return {"scenes": [{"heading": "INT. A - DAY", **fields}]}


def test_a_scene_may_be_given_by_its_heading_or_by_its_facts() -> None:
    """Both give the same location and light."""
    by_heading = read({"title": "T", "scenes": [{"heading": "INT. KITCHEN - NIGHT"}]}).scenes[0]
    facts = {"location": "KITCHEN", "intExt": "INT", "timeOfDay": "NIGHT"}
    assert read({"title": "T", "scenes": [facts]}).scenes[0] == by_heading


def test_what_is_given_wins_over_what_would_be_derived() -> None:
    """Title, description, lighting, weather and a location beside a heading."""
    given_facts = {"title": "T", "description": "D", "lighting": "L", "weather": "W", "location": "P"}
    made = read(scene(**given_facts, action=["Rain at candlelight."])).scenes[0]
    assert (made.title, made.description, made.lighting, made.weather, made.location) == ("T", "D", "L", "W", "P")


def test_the_project_s_facts_are_read() -> None:
    """Tone, genre, style and aspect ratio go to the project."""
    made = read({"tone": "dry", "genre": "noir", "style": "ink", "aspectRatio": "9x16", **scene()})
    assert (made.tone, made.genre, made.style, made.aspect_ratio) == ("dry", "noir", "ink", "9:16")


def test_action_and_dialogue_or_elements_in_order() -> None:
    """Two lists, or one that keeps the order."""
    line = {"character": "ANN", "text": "Hi.", "parenthetical": "low"}
    lists = read(scene(action=["One.", "Two."], dialogue=[line])).scenes[0]
    assert lists.actions == ("One.", "Two.")
    assert lists.dialogue == (Line("ANN", "Hi.", "low"),)
    ordered = read(scene(elements=[{"type": "dialogue", **line}, {"type": "action", "text": "One."}])).scenes[0]
    assert [element.kind for element in ordered.elements] == ["dialogue", "action"]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([], "valid dictionary"),
        ([scene()], "an object; see docs/screenplays.md"),
        ({}, "scenes: is missing"),
        ({"scenes": []}, "scenes: List should have at least 1 item"),
        ({"scenes": [scene()["scenes"][0]] * 2001}, "scenes: List should have at most 2000 items"),
        ({"scenes": [{"title": "x"}]}, "scenes[0]: a scene needs a heading or a location"),
        (scene(intExt="INT"), "scenes[0]: give a heading, or location"),
        (scene(action=["x"], elements=[]), "scenes[0]: give elements in order"),
        (scene(dialoge=[]), "scenes[0].dialoge: is no field of the form"),
        (scene(dialogue=[{"character": "ANN"}]), "scenes[0].dialogue[0].text: is missing"),
        (scene(dialogue=[{"character": 7, "text": "x"}]), "scenes[0].dialogue[0].character: Input should be a valid"),
        (scene(dialogue=[{"character": " ", "text": "x"}]), "scenes[0].dialogue[0].character: must not be empty"),
        (scene(action="x"), "scenes[0].action: Input should be a valid list"),
        (scene(title="a\0b"), "scenes[0].title: must not hold a NUL"),
        (scene(elements=[{"type": "song", "text": "x"}]), "scenes[0].elements[0].type: Input should be 'action'"),
        (scene(elements=[{"type": "dialogue", "text": "x"}]), "scenes[0].elements[0]: dialogue needs a character"),
        ({"aspectRatio": "wide", **scene()}, "aspectRatio: 'wide' is no ratio"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(document: object, says: str) -> None:
    """The first thing that is wrong, where it is."""
    with pytest.raises(ScreenplayError) as caught:
        read(document)
    assert says in caught.value.message


def test_a_wrong_value_is_found_in_the_file() -> None:
    """Line and column point at the value."""
    text = '{\n "scenes": [\n  {"heading": "INT. A"},\n  {"heading": "INT. B",\n   "title": 7}\n ]\n}'
    with pytest.raises(ScreenplayError, match=r"^line 5, column 13: scenes\[1\]\.title"):
        parse_json(text.encode())


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b'{"scenes": [\n  {"heading": }\n]}', 2, 15),
        (b"", 1, 1),
        (b'{"title": "\xff"', 1, 12),
        (b'{"a": "\\ud800"}', 1, 1),
    ],
)
def test_broken_json_is_told_with_line_and_column(data: bytes, line: int, column: int) -> None:
    """As any editor shows them; half a surrogate pair, which no database takes, is refused as well."""
    with pytest.raises(ScreenplayError) as caught:
        parse_json(data)
    assert (caught.value.line, caught.value.column >= column) == (line, True)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"title": ' + "[" * 900 + "]" * 900 + "}", '{"title": 1' + "0" * 6000 + "}"]
)
def test_deep_and_huge_values_are_refused_calmly(text: str) -> None:
    """Nesting and numbers beyond what a reader takes end as an error of ours."""
    with pytest.raises(ScreenplayError):
        parse_json(text.encode())


def test_control_characters_do_not_reach_a_terminal() -> None:
    """An escape sequence in JSON's own escapes is harmless too."""
    assert "\x1b" not in read(scene(action=["a\x1b[2Jb"])).scenes[0].actions[0]


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(), lambda inner: (
    st.lists(inner) | st.dictionaries(st.sampled_from(["scenes", "heading", "title", "elements", "text"]), inner)
)))  # fmt: skip
def test_any_json_is_a_screenplay_or_a_screenplay_error(document: object) -> None:
    """Whatever shape it has."""
    try:
        read(document)
    except ScreenplayError as error:
        assert error.message  # noqa: PT017 - either outcome is fine, another exception is not


@given(
    st.dictionaries(st.text(max_size=4), st.lists(st.integers() | st.text(), min_size=1, max_size=4), min_size=1),
    st.sampled_from([None, 2]),
    st.data(),
)
def test_a_path_is_located_at_its_value(
    document: dict[str, list[Any]], indent: int | None, data: st.DataObject
) -> None:
    """The value that begins at the place is the one that the path names."""
    key = data.draw(st.sampled_from(sorted(document)))
    index = data.draw(st.integers(0, len(document[key]) - 1))
    text = json.dumps(document, indent=indent)
    assert text[locate(text, [key, index]) :].startswith(json.dumps(document[key][index]))


def test_elements_survive_a_round_trip_and_strange_rows_are_left_out() -> None:
    """Stored JSON that somebody edited costs that element only."""
    elements = (
        Element("action", "One.\nTwo."),
        Element("dialogue", "Hi.", "ANN", "low", "V.O.", dual=True),
        Element("lyric", "La"),
        Element("parenthetical", "she goes", "ANN"),
    )
    stored: list[object] = [*elements_to_json(elements)]
    assert elements_from_json(stored) == elements
    assert elements_from_json([None, {}, {"type": "x"}, 7, *stored]) == elements
    assert elements_from_json(None) == elements_from_json({}) == ()


def test_the_json_example_is_read() -> None:
    """Two scenes in the two ways that a scene can be written."""
    name = "queen-to-nowhere.json"
    made = parse((EXAMPLES / name).read_bytes(), name)
    assert [len(scene.dialogue) for scene in made.scenes] == [3, 3]
    assert all(scene.location and scene.lighting and scene.description for scene in made.scenes)
