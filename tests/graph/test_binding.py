"""Inputs that arrive at a node, and under which name."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.graph.binding import bind_inputs, extract, normalise_handle, plain_inputs, source_handle, target_handle
from wzrd.graph.model import Edge, Node, Port


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("prompt", "prompt"),
        (" Prompt ", "prompt"),
        ("firstFrame", "first_frame"),
        ("First Frame", "first_frame"),
        ("__first--frame__", "first_frame"),
        ("imageURL2", "image_url2"),
        ("video2Audio", "video2_audio"),
        ("naïve", "naïve"),
        ("Größe", "größe"),
        ("nai\u0308ve", "naïve"),
        ("主题", "主题"),
        ("第 一帧", "第_一帧"),
        ("विषय", "विषय"),
        ("a\u3000b", "a_b"),
        ("🎬 cut", "cut"),
        ("__proto__", "proto"),
        ("!!!", ""),
    ],
)
def test_a_handles_name(raw: str, name: str) -> None:
    """Trimmed, humps and whatever is no letter or digit as one line, small."""
    assert normalise_handle(raw) == name


@pytest.mark.parametrize(
    ("result", "value"),
    [
        ({"type": "image", "url": "u", "data": 1}, "u"),
        ({"url": "", "data": "d"}, "d"),
        ({"url": None, "data": 0, "text": "t", "value": "v"}, "t"),
        ({"value": "v"}, "v"),
        ({"data": []}, []),
        ({"data": {}}, {}),
        ({"other": 1}, {"other": 1}),
        ("text", "text"),
        ("", None),
        (None, None),
        (0, None),
        ([], []),
    ],
)
def test_the_value_of_a_result(result: object, value: object) -> None:
    """The first of url, data, text, value that says something, else the whole."""
    assert extract(result) == value


PORTS = (Port("p1", "Style Guide"), Port("p2", "", label="My Label"), Port("p3", ""), Port("image", "Picture to edit"))


@pytest.mark.parametrize(
    ("handle", "port", "name"),
    [
        ("startImage", "p1", "start_image"),
        (None, "p1", "style_guide"),
        (None, "p2", "my_label"),
        (None, "p3", "input_p3"),
        (None, "gone", "input_gone"),
        ("???", "p1", "style_guide"),
        ("p1", "p1", "style_guide"),
        ("p3", "p3", "p3"),
        ("gone", "gone", "gone"),
        ("image", "image", "image"),
    ],
)
def test_the_name_of_an_input(handle: str | None, port: str, name: str) -> None:
    """The edge's handle, else the port's name, else its label, else its id; a handle that is the port's id is none.

    But an id that nodes themselves read stays, whatever the port is called.
    """
    node = Node("n", "Image", inputs=PORTS)
    assert target_handle(node, Edge("e", "s", "n", target_port=port, target_handle=handle)) == name


def test_a_kinds_own_ports_have_names_too() -> None:
    """A node that was saved without ports has its kind's."""
    assert target_handle(Node("n", "Image"), Edge("e", "s", "n", target_port="reference")) == "reference"
    assert source_handle(Node("s", "Image"), Edge("e", "s", "n", source_port="metadata")) == "metadata"
    assert source_handle(Node("s", "Image"), Edge("e", "s", "n", source_port="other")) == "output_other"


def arriving(*results: tuple[str, Any]) -> list[tuple[Edge, Node, Any]]:
    source = Node("s", "Text")
    return [
        (Edge(str(place), "s", "n", target_handle=handle, source_handle="text"), source, result)
        for place, (handle, result) in enumerate(results)
    ]


def test_inputs_are_what_arrives_over_its_own() -> None:
    """Value, whole result and output of each handle; a missing result leaves the node's own value."""
    node = Node("n", "Image", params={"inputs": {"prompt": "own", "style": "own"}})
    result = {"type": "text", "data": "a cat"}
    bound = bind_inputs(node, arriving(("prompt", result), ("style", None)))
    assert bound == {
        "prompt": "a cat",
        "prompt_asset": result,
        "prompt_source_handles": ["text"],
        "style": "own",
    }
    assert plain_inputs(bound) == {"prompt": "a cat", "style": "own"}


def test_several_edges_to_one_handle_are_a_list() -> None:
    """In the edges' order; a result that says nothing is null, one that is missing is not there."""
    bound = bind_inputs(
        Node("n", "Combine"),
        arriving(("input", {"data": "a"}), ("input", None), ("Input", {"data": ""}), ("input", {"url": "u"})),
    )
    assert bound["input"] == ["a", {"data": ""}, "u"]
    assert bound["input_source_handles"] == ["text"] * 3
    assert bind_inputs(Node("n", "Combine"), arriving(("input", None))) == {}


def test_an_input_may_be_called_like_what_tells_about_one() -> None:
    """`brand_asset` is an input of its own where there is no `brand`: it is seen, and fills its placeholder."""
    bound = bind_inputs(Node("n", "Image"), arriving(("brand asset", {"data": "red"}), ("prompt", {"data": "a cat"})))
    assert plain_inputs(bound) == {"brand_asset": "red", "prompt": "a cat"}


@pytest.mark.parametrize("own", [None, [], "x", 7])
def test_inputs_that_are_no_object_are_none(own: object) -> None:
    """Params come from anywhere."""
    assert bind_inputs(Node("n", "Text", params={"inputs": own}), []) == {}


@given(st.text(max_size=30))
def test_a_name_is_stable(raw: str) -> None:
    """Normalised once is normalised; only small letters, digits, their marks and single lines between."""
    name = normalise_handle(raw)
    assert normalise_handle(name) == name
    assert name.strip("_") == name
    assert "__" not in name
    assert all(char.isalnum() or char == "_" or unicodedata.category(char)[0] == "M" for char in name)
