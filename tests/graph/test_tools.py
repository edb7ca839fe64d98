"""The table of local tools: every default is allowed, every bound is kept, every refusal names what is allowed."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.graph.actions import ACTIONS
from wzrd.graph.parameters import BadParameter, Parameter, read_parameter
from wzrd.graph.tools import TOOLS, read_values

DOCUMENT = Path(__file__).parents[2] / "docs" / "local_tools.md"
PARAMETERS = [(action_id, each) for action_id, tool in TOOLS.items() for each in tool.parameters]
ids = [f"{action_id}-{each.name}" for action_id, each in PARAMETERS]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
json_values = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(max_size=3), scalars, max_size=1)


def test_every_local_action_has_its_tool_and_every_tool_its_action() -> None:
    """No action without work, no work that nobody can ask for."""
    assert {action.tool for action in ACTIONS.values() if action.executor == "local"} == set(TOOLS)
    assert {action.id: action.media_type for action in ACTIONS.values() if action.executor == "local"}.keys() == set(
        TOOLS
    )


@pytest.mark.parametrize("action_id", sorted(TOOLS))
def test_nothing_said_means_the_defaults(action_id: str) -> None:
    """They are allowed themselves, and read as they are."""
    values = read_values(action_id, {})
    assert set(values) == {each.name for each in TOOLS[action_id].parameters}
    for each in TOOLS[action_id].parameters:
        if each.default is not None:
            assert read_parameter(each, {each.name: each.default}, action_id) == values[each.name]
            assert each.schema()["default"] == each.default


@pytest.mark.parametrize(("action_id", "parameter"), PARAMETERS, ids=ids)
def test_bounds_are_kept(action_id: str, parameter: Parameter) -> None:
    """The least and the most are allowed, a little beyond is not; the error says what is."""
    good, bad = _examples(parameter)
    for value in good:
        read_parameter(parameter, {parameter.name: value}, action_id)
    for value in bad:
        with pytest.raises(BadParameter) as refused:
            read_parameter(parameter, {parameter.name: value}, action_id)
        told = refused.value.message
        assert told.startswith(f"{action_id}: {parameter.name} must be {parameter.allowed}")
        assert (refused.value.code, refused.value.details["field"]) == ("bad_parameter", parameter.name)
        assert len(told) < 400


def _examples(parameter: Parameter) -> tuple[list[Any], list[Any]]:
    match parameter.kind:
        case "number" | "integer":
            least, most = parameter.least, parameter.most
            good: list[Any] = [least, most, str(most), f" {least} "]
            bad: list[Any] = [least - 1, most + 1, math.nan, math.inf, "much", True, [], {}, "0x10", 10**400]
            return good, [*bad, *([least + 0.5] if parameter.kind == "integer" else [])]
        case "boolean":
            return [True, False, "true", "No", 0, 1, "on"], ["maybe", 2, [], {}, 0.5]
        case "choice":
            return [*parameter.choices, parameter.choices[0].upper()], ["none of them", 1, [], True]
        case "text":
            return ["", "words", 12], ["x" * (int(parameter.most) + 1), [], {"a": 1}]
        case "color":
            return ["#1a2b3c", "1A2B3C", "#abc"], ["red", "#12", "#12345g", 1, [], "#1a2b3c;drawtext"]
        case "ratio":
            return ["16:9", "9x16", "2.39:1", "1/1"], ["16", "0:1", "1:0", "100:1", "a:b", 1.5, []]


@settings(max_examples=60)
@given(st.sampled_from(sorted(TOOLS)), st.data())
def test_whatever_a_node_holds_is_read_or_refused_as_a_parameter(action_id: str, data: st.DataObject) -> None:
    """No other error, and nothing beyond the bounds, whatever stands in a node's params."""
    names = [name for each in TOOLS[action_id].parameters for name in (each.name, *each.aliases)] or ["x"]
    params = data.draw(st.dictionaries(st.sampled_from(names), json_values, max_size=4))
    try:
        values = read_values(action_id, params)
    except BadParameter:
        return
    for each in TOOLS[action_id].parameters:
        value = values[each.name]
        if each.kind in {"number", "integer"} and value is not None:
            assert each.least <= value <= each.most
        if each.kind == "choice":
            assert value in each.choices


@pytest.mark.parametrize(
    ("action_id", "params", "name", "value"),
    [
        ("video.trim", {"startMs": 1500}, "start", 1.5),
        ("video.trim", {"startMs": "1500", "start": 2}, "start", 2),
        ("video.trim", {"durationMs": 2000}, "seconds", 2),
        ("image.flip", {"direction": "Vertical"}, "axis", "vertical"),
        ("image.blur", {"radius": 3}, "amount", 3),
        ("image.change-aspect-ratio", {"aspect": "1:1"}, "aspectRatio", 1),
        ("video.speed", {"factor": "4"}, "speed", 4),
        ("image.rotate", {"backgroundColor": "#abc"}, "backgroundColor", "#aabbcc"),
        ("image.rotate", {"angle": ""}, "angle", 90),
        ("image.rotate", {"angle": None}, "angle", 90),
        ("video.extract-frames", {"count": 5.0}, "count", 5),
    ],
)
def test_other_names_and_units_are_read(action_id: str, params: dict[str, Any], name: str, value: object) -> None:
    """Those of the studio's nodes, and plain ones; a parameter's own name counts first."""
    assert read_values(action_id, params)[name] == value


def test_an_alias_is_refused_under_its_own_name() -> None:
    """In the unit that was written."""
    with pytest.raises(BadParameter, match=r"video\.trim: startMs must be .* \(after times 0\.001\), not -1"):
        read_values("video.trim", {"startMs": -1})


def draw() -> str:
    """The tables of docs/local_tools.md."""
    blocks: list[str] = []
    for action_id, tool in TOOLS.items():
        takes = ", ".join(_taken(each.media, each.least, each.most) for each in tool.inputs)
        makes = f"{tool.makes}{'s' if tool.several else ''}"
        blocks.append(f"### {action_id}\n\n{tool.about} Takes {takes}; makes {makes}.\n")
        if tool.parameters:
            blocks.append("| parameter | allowed | default | what |\n|---|---|---|---|")
            blocks.append("\n".join(_row(each) for each in tool.parameters) + "\n")
    return "\n".join(blocks)


def _taken(media: str, least: int, most: int) -> str:
    if most > 1:
        return f"{least} to {most} {media}s" if most > least else f"{most} {media}s"
    return f"one {media}" if least else f"perhaps one {media}"


def _row(parameter: Parameter) -> str:
    names = " or ".join(f"`{name}`" for name in (parameter.name, *parameter.aliases))
    default = "" if parameter.default is None else f"`{json.dumps(parameter.default)}`"
    return f"| {names} | {parameter.allowed} | {default} | {parameter.about} |"


def test_the_document_is_the_table() -> None:
    """docs/local_tools.md has every tool and parameter as they are: WZRD_WRITE_DOCS=1 redraws it."""
    before, _, rest = DOCUMENT.read_text().partition("<!-- tools -->\n")
    after = rest.partition("<!-- /tools -->")[2]
    drawn = f"{before}<!-- tools -->\n{draw()}<!-- /tools -->{after}"
    if os.environ.get("WZRD_WRITE_DOCS"):
        DOCUMENT.write_text(drawn)
    assert DOCUMENT.read_text() == drawn, "run WZRD_WRITE_DOCS=1 pytest tests/graph/test_tools.py"


@pytest.mark.parametrize("action_id", sorted(TOOLS))
def test_a_schema_is_json(action_id: str) -> None:
    """Without infinities, with every parameter."""
    schema = json.loads(json.dumps(TOOLS[action_id].schema(), allow_nan=False))
    assert set(schema["properties"]) == {each.name for each in TOOLS[action_id].parameters}
