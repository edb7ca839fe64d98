"""JSON values as the objects and lists that they are."""

import pytest

from wzrd.contracts.wire import elements_of, members_of
from wzrd.graph.model import first_given, made_by


@pytest.mark.parametrize("value", [None, 7, "text", [1], True])
def test_what_is_no_object_has_no_members(value: object) -> None:
    """Whatever it is."""
    assert dict(members_of(value)) == {}
    assert members_of({"a": value}) == {"a": value}


@pytest.mark.parametrize("value", [None, 7, "text", {"a": 1}, True])
def test_what_is_no_list_has_no_elements(value: object) -> None:
    """A text is no list of its letters."""
    assert list(elements_of(value)) == []
    assert elements_of([value]) == [value]


def test_who_made_a_result() -> None:
    """The model that stood in counts before the one that was asked for."""
    assert made_by({"model": "a", "endpoint_model": "b"}) == "b"
    assert made_by({"model": "a"}) == "a"
    assert made_by({"type": "json"}) == made_by({"model": None}) == ""


def test_the_first_that_is_given() -> None:
    """An empty text and nought are given."""
    assert first_given(None, "", "x") == ""
    assert first_given(None, 0) == 0
    assert first_given(None, None) is None
    assert first_given() is None
