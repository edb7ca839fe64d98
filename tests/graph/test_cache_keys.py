"""A result is found again by what it was made of, and by nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graph.graphs import node
from wzrd.contracts.wire import elements_of, members_of
from wzrd.graph.actions import work_of
from wzrd.graph.cache_keys import cache_key, content_hash, input_hashes, is_volatile, recipe_hash
from wzrd.graph.model import Node

U, V = "https://x/u.png", "https://x/v.png"


def recipe(one: Node, owner: str = "me", **more: Any) -> str:
    return recipe_hash(owner, one, work_of(one), **more)


BASE = node(kind="Image", prompt="a cat", settings={"a": [1, {"b": 2}]})


@pytest.mark.parametrize(
    "other",
    [
        recipe(BASE, owner="you"),
        recipe(BASE, model=("m", "m")),
        recipe(BASE, model=("m", "n")),
        recipe(BASE, revision="2"),
        recipe(node(kind="Video", prompt="a cat", settings={"a": [1, {"b": 2}]})),
        recipe(node(kind="Image", actionId="image.edit", prompt="a cat", settings={"a": [1, {"b": 2}]})),
        recipe(node(kind="Image", prompt="a dog", settings={"a": [1, {"b": 2}]})),
        recipe(node(kind="Image", prompt="a cat", settings={"a": [1, {"b": 3}]})),
        recipe(node(kind="Image", prompt="a cat", settings={"a": [{"b": 2}, 1]})),
        recipe(node(kind="Image", prompt="a cat", settings={"a": [1, {"b": 2}]}, seed=1)),
        recipe(node(kind="Image", prompt="a cat", settings={"a": [1, {"b": 2}]}, batchPolicy="zip")),
    ],
)
def test_what_is_made_differently_has_another_recipe(other: str) -> None:
    """Owner, kind, action, model, catalog, policy, and every nested setting."""
    assert other != recipe(BASE)


def test_what_a_node_looks_like_is_no_part_of_it() -> None:
    """Id, label, place, the picker's state, key order, what arrives from elsewhere."""
    params = {
        "settings": {"a": [1, {"b": 2}]},
        "prompt": "a cat",
        "selectedModels": ["m"],
        "modelAuto": True,
        "workflowType": "w",
        "inputs": {"style": "own"},
    }
    assert recipe(Node("other", "Image", "Other", params, {"m": 1}, x=7)) == recipe(BASE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"type": "image", "url": U, "sha256": "s"}, {"type": "image", "url": V, "sha256": "s", "data": {"seed": 1}}),
        (
            {"type": "image", "url": U, "files": [{"url": U, "sha256": "s"}], "model": "m"},
            {"type": "image", "url": V, "files": [{"url": V, "sha256": "s"}], "model": "n"},
        ),
        ({"type": "image", "url": U, "data": {"timings": 1}}, {"type": "image", "url": U, "data": {"timings": 2}}),
        ({"type": "text", "data": "t", "tokens": {"n": 1}}, {"tokens": {"n": 2}, "data": "t", "type": "text"}),
        ({"type": "json", "data": {"a": 1, "b": 2}}, {"data": {"b": 2, "a": 1}, "type": "json"}),
    ],
)
def test_equal_content_has_an_equal_hash(one: Any, other: Any) -> None:
    """Files by their bytes, wherever they lie; how long it took is not what it is."""
    assert content_hash(one) == content_hash(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"type": "image", "url": U, "sha256": "s"}, {"type": "image", "url": U, "sha256": "t"}),
        ({"type": "image", "url": U, "sha256": "s"}, {"type": "video", "url": U, "sha256": "s"}),
        ({"type": "image", "url": U}, {"type": "image", "url": V}),
        ({"type": "image", "url": U, "urls": [U]}, {"type": "image", "url": U, "urls": [U, V]}),
        (
            {"type": "image", "files": [{"sha256": "s"}, {"sha256": "t"}]},
            {"type": "image", "files": [{"sha256": "t"}, {"sha256": "s"}]},
        ),
        (
            {"type": "image", "url": U, "data": {"items": [{"type": "image", "sha256": "s"}]}},
            {"type": "image", "url": U, "data": {"items": [{"type": "image", "sha256": "t"}]}},
        ),
        ({"type": "json", "data": {"a": {"b": 1}}}, {"type": "json", "data": {"a": {"b": 2}}}),
        ({"type": "json", "data": {"seed": 1}}, {"type": "json", "data": {"seed": 2}}),
        ({"tokens": 1}, {"tokens": 2}),
        ([1, 2], [2, 1]),
        ("1", 1),
        (None, ""),
    ],
)
def test_other_content_has_another_hash(one: Any, other: Any) -> None:
    """Nested too; a user's own object is no result, whatever its members are called."""
    assert content_hash(one) != content_hash(other)


def test_a_key_is_the_recipe_and_what_arrives() -> None:
    """By handle; the addresses of equal files do not matter, the order of several does."""

    def inputs(url: str, digest: str) -> dict[str, Any]:
        asset = {"type": "image", "url": url, "sha256": digest}
        return {"image": url, "image_asset": asset, "image_source_handles": ["out"], "style": "oil"}

    def key(told: dict[str, Any]) -> str:
        return cache_key("recipe", input_hashes(told))

    assert key(inputs(U, "s")) == key(inputs(V, "s"))
    assert key(inputs(U, "s")) != key(inputs(U, "t"))
    assert key(inputs(U, "s")) != key(inputs(U, "s") | {"style": "ink"})
    assert cache_key("other", input_hashes(inputs(U, "s"))) != key(inputs(U, "s"))
    first, second = {"type": "text", "data": "a"}, {"type": "text", "data": "b"}
    several = {"x": ["a", "b"], "x_asset": [first, second]}
    assert key(several) != key({"x": ["b", "a"], "x_asset": [second, first]})
    assert key({"x": [1, 2]}) != key({"x": [2, 1]})
    assert key({"x": None}) != key({})


@pytest.mark.parametrize(
    ("params", "volatile"),
    [
        ({}, False),
        ({"seed": 7}, False),
        ({"seed": "random"}, True),
        ({"seed": " RANDOM "}, True),
        ({"seed": -1}, True),
        ({"settings": {"seed": "random"}}, True),
        ({"settings_override": {"seed": -1}}, True),
        ({"settings": "random"}, False),
        ({"cache": False}, True),
        ({"cache": True}, False),
        ({"cache": 0}, False),
    ],
)
def test_what_is_never_found_again(params: dict[str, Any], volatile: bool) -> None:
    """A random seed, or who says so."""
    assert is_volatile(node(**params)) is volatile


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def shuffled(value: Any) -> Any:
    """The value with every object's keys in another order."""
    if members := members_of(value):
        return {key: shuffled(inner) for key, inner in sorted(members.items(), reverse=True)}
    return [shuffled(one) for one in elements_of(value)] or value


@given(st.dictionaries(st.text(max_size=4), JSON), JSON)
def test_order_makes_no_difference_and_nothing_else_does(params: dict[str, Any], other: Any) -> None:
    """Keys in any order are equal; a changed member at any depth is not."""
    assert content_hash(params) == content_hash(shuffled(params))
    one, two = ({"a": [{"b": value}], "rest": params} for value in (other, params))
    assert (content_hash(one) == content_hash(two)) == (
        json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)
    )
