"""Two schemas compared: each field that differs is named, with what each side says."""

from typing import Any

import pytest

from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.differences import find_differences
from wzrd.models.schemas.input_schemas import find_schema


def told(
    here: dict[str, Any], there: dict[str, Any], needed: tuple[list[str], list[str]] = ([], [])
) -> list[list[str]]:
    """Field, here, there, of two objects' fields."""
    sides = [{"properties": one, "required": names} for one, names in zip((here, there), needed, strict=True)]
    return [[one.field, one.here, one.there] for one in find_differences(sides[0], sides[1])]


MANY = [f"v{number}" for number in range(30)]


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        pytest.param({"enum": [4, 8]}, {"enum": [4, 8, 12]}, ["one of 4, 8", "one of 4, 8, 12"], id="a value more"),
        pytest.param({"enum": [5]}, {"enum": ["5"]}, ['{"enum":[5]}', '{"enum":["5"]}'], id="a number as a text"),
        pytest.param(
            {"enum": MANY}, {"enum": [*MANY[1:], "new"]},
            ["one of " + ", ".join(MANY[:20]) + ", …", "one of " + ", ".join(MANY[1:21]) + ", …"], id="one of many",
        ),
        pytest.param({"enum": MANY}, {"enum": [*MANY, "new"]}, ['{"enum":[]}', '{"enum":["new"]}'], id="the last one"),
        pytest.param({"type": "number"}, {"type": "integer"}, ["a number", "a whole number"], id="its kind"),
        pytest.param(
            {"type": "string"}, {"type": "string", "maxLength": 9},
            ["a text", "a text of at most 9 characters"], id="a bound",
        ),
        pytest.param(
            {"type": "integer", "default": 1}, {"type": "integer", "default": 2},
            ["a whole number, 1 unless told", "a whole number, 2 unless told"], id="its default",
        ),
        pytest.param({}, {"type": "object", "properties": {}}, ["anything", "an object"], id="anything before"),
        pytest.param(
            {"type": "boolean"}, {"type": "boolean", "deprecated": True},
            ["true or false", "true or false, deprecated"], id="deprecated",
        ),
        pytest.param(
            {"type": "array", "items": {"type": "string"}},
            {"type": "array", "items": {"type": "string"}, "maxItems": 2},
            ["a list, each a text", "a list of at most 2, each a text"], id="a list",
        ),
    ],
)  # fmt: skip
def test_a_field_that_differs(here: dict[str, Any], there: dict[str, Any], expected: list[str]) -> None:
    """Its values on either side are told in words; as JSON where the words are the same."""
    assert told({"same": {"type": "string"}, "x": here}, {"same": {"type": "string"}, "x": there}) == [["x", *expected]]


def test_fields_that_one_side_has_not_and_what_is_needed() -> None:
    """New, gone, needed now; within objects and lists of them by path."""
    ours: dict[str, Any] = {"gone": {"type": "string"}, "seen": {"type": "boolean"}}
    theirs: dict[str, Any] = {"seen": {"type": "boolean"}, "new": {"enum": ["a"]}}
    assert told(ours, theirs, ([], ["seen", "new"])) == [
        ["gone", "a text", ""],
        ["seen", "true or false", "true or false, needed"],
        ["new", "", "one of a, needed"],
    ]
    deep: list[dict[str, Any]] = [
        {"elements": {"type": "array", "items": {"type": "object", "properties": one}}}
        for one in ({"a": {"type": "string"}}, {"a": {"type": "string"}, "b": {"type": "string"}})
    ]
    assert told(deep[0], deep[1]) == [["elements.b", "", "a text"]]


def test_a_schema_is_as_itself() -> None:
    """Of every model."""
    for model in load_catalog().models.values():
        if schema := find_schema(model.provider, model.endpoint_id):
            assert [*find_differences(schema.schema, schema.schema)] == []
