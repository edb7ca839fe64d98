"""Calls made of lists of inputs, and how many there may be."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.graph.actions import POLICIES, BatchPolicy
from wzrd.graph.batches import BatchTooLarge, count_calls, expand

A, X = {"a": 1, "b": 2}, {"a": [1, 2], "b": ["x", "y", "z"], "c": 9}


CALLS: list[tuple[BatchPolicy, dict[str, Any], list[dict[str, Any]]]] = [
    ("single", X, [X]),
    ("map", A, [A]),
    ("map", X, [X | {"a": 1}, X | {"a": 2}]),
    ("map", {"a": []}, []),
    ("zip", A, [A]),
    ("zip", X, [{"a": 1, "b": "x", "c": 9}, {"a": 2, "b": "y", "c": 9}, {"a": 2, "b": "z", "c": 9}]),
    ("cartesian", {"a": [1, 2], "b": "x"}, [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}]),
    (
        "cartesian",
        {"a": [1, 2], "b": [3, 4]},
        [{"a": 1, "b": 3}, {"a": 1, "b": 4}, {"a": 2, "b": 3}, {"a": 2, "b": 4}],
    ),
    ("cartesian", {"a": [1, 2], "b": []}, []),
    ("zip", {"a": [1, 2], "b": []}, []),
    ("fanOut", {"a": [1, 2], "b": 3}, [{"a": 1}, {"a": 2}, {"b": 3}]),
    ("map", {}, [{}]),
    ("zip", {}, [{}]),
    ("cartesian", {}, [{}]),
    ("fanOut", {}, [{}]),
]


@pytest.mark.parametrize(("policy", "inputs", "calls"), CALLS)
def test_policies(policy: BatchPolicy, inputs: dict[str, Any], calls: list[dict[str, Any]]) -> None:
    """In order; `zip` repeats the last element, the last input of `cartesian` changes first."""
    assert expand(policy, inputs) == calls
    assert count_calls(policy, inputs) == len(calls)


def test_each_result_goes_with_its_value() -> None:
    """A value that tells about a list is no list of its own, and is taken apart with it."""
    inputs = {"image": ["u", "v"], "image_asset": [{"url": "u"}, {"url": "v"}], "image_source_handles": ["o", "o"]}
    first, second = expand("map", inputs)
    assert (first["image"], first["image_asset"]) == ("u", {"url": "u"})
    assert (second["image"], second["image_asset"]) == ("v", {"url": "v"})
    assert expand("map", {"x_asset": [1, 2], "x": 1}) == [{"x_asset": [1, 2], "x": 1}]


def test_a_list_of_items_counts_before_the_policy() -> None:
    """Objects of inputs are laid over the others, results and values stand where the list arrived."""
    made = {"data": {"items": [{"style": "oil"}, {"style": "ink"}]}}
    assert expand("single", {"input": made, "prompt": "p"}) == [
        {"prompt": "p", "style": "oil"},
        {"prompt": "p", "style": "ink"},
    ]
    pictures = {
        "type": "image",
        "url": "u",
        "data": {"items": [{"type": "image", "url": "u"}, {"type": "image", "url": "v"}]},
    }
    calls = expand("single", {"image": "u", "image_asset": pictures})
    assert [call["image"] for call in calls] == ["u", "v"]
    assert calls[1]["image_asset"] == {"type": "image", "url": "v"}
    assert expand("map", {"n": {"items": [1, 2]}}) == [{"n": 1}, {"n": 2}]
    assert expand("map", {"n": {"items": []}, "m": 1}) == [{"n": {"items": []}, "m": 1}]


def test_a_million_calls_are_refused_with_the_count_and_the_price() -> None:
    """Counted, never made."""
    inputs = {name: list(range(100)) for name in "abc"}
    with pytest.raises(
        BatchTooLarge, match=r"makes 1,000,000 calls, which would cost 5,000,000 credits; 1,000 at most"
    ):
        expand("cartesian", inputs, price=5)
    huge = {str(n): list(range(10)) for n in range(400)}
    assert count_calls("cartesian", huge) == 10**400
    endless = {str(n): list(range(10)) for n in range(9_000)}
    with pytest.raises(BatchTooLarge, match="makes 1,000,000,000,000 calls"):
        expand("cartesian", endless)
    with pytest.raises(BatchTooLarge, match="makes 3 calls; 2 at most"):
        expand("map", {"a": [1, 2, 3]}, 2)


VALUES = st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=3)


@given(
    st.sampled_from(sorted(POLICIES)),
    st.dictionaries(st.sampled_from(["a", "b", "c", "a_asset", "b_source_handles"]), VALUES),
)
def test_as_many_calls_as_were_counted(policy: BatchPolicy, inputs: dict[str, Any]) -> None:
    """And the inputs are left as they were."""
    before = deepcopy(inputs)
    calls = expand(policy, inputs)
    assert len(calls) == count_calls(policy, inputs)
    assert inputs == before
