"""Work that needs nothing but a node and its inputs."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.graphs import node
from wzrd.domain.errors import BadRequest
from wzrd.graph.actions import ACTIONS, work_of
from wzrd.graph.batches import BatchTooLarge
from wzrd.graph.binding import bind_inputs
from wzrd.graph.inline import run_inline
from wzrd.graph.kinds import KINDS
from wzrd.graph.model import Edge, Node
from wzrd.graph.texts import ResultTooLarge

U = "https://x/u.png"


@pytest.mark.parametrize(
    ("action", "params", "inputs", "data"),
    [
        ("text.enter", {"content": "c"}, {}, "c"),
        ("text.enter", {"text": "t", "content": "c"}, {}, "t"),
        ("text.enter", {"prompt": "p"}, {"text": "in"}, "in"),
        ("text.enter", {}, {"input": 7}, "7"),
        ("text.enter", {}, {"text": ["a", "b"]}, "a\nb"),
        ("text.enter", {}, {}, ""),
        ("text.split", {}, {"text": " a \n\n b\n"}, ["a", "b"]),
        ("text.split", {"delimiter": ","}, {"text": "a, b,,c"}, ["a", "b", "c"]),
        ("text.split", {"delimiter": ",", "mode": "lines"}, {"text": "a,b\nc"}, ["a,b", "c"]),
        ("text.split", {"mode": "paragraphs"}, {"text": "a\nb\n \nc"}, ["a\nb", "c"]),
        ("text.split", {"delimiter": "", "text": "ab"}, {}, ["ab"]),
        ("text.split", {"delimiter": "[.]"}, {"text": "a[.]b.c"}, ["a", "b.c"]),
        ("text.concat", {}, {"text": ["a", ["b"]], "x": "c", "y": 7, "z": " ", "text_asset": ["no"]}, "a\nb\nc"),
        ("text.concat", {"separator": " + "}, {"a": "x", "b": "y"}, "x + y"),
        ("text.concat", {"separator": ""}, {"a": "x", "b": "y"}, "xy"),
        ("text.find-replace", {"find": "a.", "replace": "\\1"}, {"text": "a.ab"}, "\\1ab"),
        ("text.find-replace", {"find": "A", "replace": "x"}, {"text": "aA"}, "ax"),
        ("text.find-replace", {"find": "A", "replace": "x", "caseSensitive": False}, {"text": "aA"}, "xx"),
        ("text.find-replace", {"find": ""}, {"text": "same"}, "same"),
    ],
)
def test_text_utilities(action: str, params: dict[str, Any], inputs: dict[str, Any], data: object) -> None:
    """As they are documented; patterns are words."""
    made = run_inline(node(actionId=action, **params), inputs)
    assert made == {"type": "json" if action == "text.split" else "text", "data": data, "action_id": action}


@pytest.mark.parametrize(
    ("action", "params", "inputs", "made"),
    [
        ("image.upload", {"url": U}, {}, ("image", U)),
        ("video.upload", {"assetUrl": U}, {"url": "no"}, ("video", U)),
        ("audio.upload", {"fileUrl": U}, {}, ("audio", U)),
        ("asset.upload-3d", {}, {"file_url": U}, ("3d", U)),
        ("image.upload", {}, {}, ("image", None)),
    ],
)
def test_uploads(action: str, params: dict[str, Any], inputs: dict[str, Any], made: tuple[str, str | None]) -> None:
    """The first address that is there."""
    result = run_inline(node(kind="Upload", actionId=action, **params), inputs)
    assert (result["type"], result["url"], result["action_id"]) == (*made, action)


def test_an_upload_without_an_action_is_a_file() -> None:
    """As the original's; a text's is its words."""
    params = {"value": U, "name": "n"}
    assert run_inline(node(kind="Upload", **params), {}) == {"type": "file", "url": U, "data": params}
    text = run_inline(node(kind="Upload", actionId="text.upload", text="words"), {})
    assert (text["type"], text["data"], text["url"]) == ("text", "words", None)


COMBINED: list[tuple[dict[str, Any], str, object]] = [
    ({"a": "x", "b": 7, "c": "y"}, "text", "x\n\ny"),
    ({"input": ["x", "y"], "input_asset": [{}, {}], "input_source_handles": ["o", "o"]}, "text", "x\n\ny"),
    ({"a": [[1, 2], [3]], "b": 4}, "array", [1, 2, 3, 4]),
    ({"a": {"k": 1}, "a_asset": {}, "a_source_handles": ["o"]}, "json", {"a": {"k": 1}}),
    ({}, "json", {}),
]


@pytest.mark.parametrize(("inputs", "type_", "data"), COMBINED)
def test_combine(inputs: dict[str, Any], type_: str, data: object) -> None:
    """Texts, else lists, else the object; what only tells about inputs takes no part."""
    assert run_inline(node(kind="Combine"), inputs) == {"type": type_, "data": data}


def test_a_batch_is_its_items() -> None:
    """By its policy, bounded, without what only tells about inputs."""
    made = run_inline(
        node(kind="Combine", actionId="batch.cartesian"), {"a": [1, 2], "b": ["x"], "b_source_handles": ["o"]}
    )
    assert made["data"] == {"policy": "cartesian", "item_count": 2, "items": [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}]}
    with pytest.raises(BatchTooLarge):
        run_inline(node(actionId="batch.cartesian"), {"a": [0] * 100, "b": [0] * 100, "c": [0] * 100})


def test_an_output_shows_what_arrives() -> None:
    """The original's object without an action; with it the result itself."""
    picture = {"type": "image", "url": U, "model": "m"}
    inputs = {"other": 1, "image": U, "image_asset": picture, "image_source_handles": ["image"]}
    whole = run_inline(node(kind="Output"), inputs)
    assert whole == {"type": "json", "data": {"other": 1, "image": U}, "artifacts": [1, U]}
    output = node(kind="Output", actionId="output.materialize")
    assert run_inline(output, inputs) == picture
    assert run_inline(output, {"text": "t", "input": None})["data"] == "t"
    assert run_inline(output, {"z": 5})["data"] == 5
    assert run_inline(output, {})["data"] == {}
    assert run_inline(output, {"input": [1, 2], "input_asset": [{}, {}]})["data"] == [1, 2]


def test_what_passes_on() -> None:
    """Prompts, edited images, transforms, models and gateways, as documented."""
    assert run_inline(node(kind="Prompt", prompt="a {{x}}"), {"x": "cat"}) == {"type": "text", "data": "a cat"}
    assert run_inline(node(kind="Prompt"), {"context": ["a", "b"]}) == {"type": "text", "data": "a\n\nb"}
    edit = node(kind="ImageEdit", previewAssetUrl=U, layers=[1])
    assert run_inline(edit, {}) == {"type": "image", "url": U, "data": {"url": U, "layers": [1], "previewAssetUrl": U}}
    with pytest.raises(BadRequest, match=r"^ImageEdit node has no materialized output asset\.$"):
        run_inline(node(kind="ImageEdit"), {})
    made = run_inline(node(kind="Transform"), {"input": {"k": 1}, "input_asset": {}})
    assert made == {"type": "json", "data": {"k": 1, "transformed": True}}
    assert run_inline(node(kind="Transform"), {"input": "t"})["data"] == {"input": "t", "transformed": True}
    assert run_inline(node(kind="Gateway", key="k"), {"input": 1}) == {
        "type": "json",
        "data": {"input": 1},
        "config": {"key": "k"},
        "warnings": ["Gateway executes as a validated pass-through/config node in v1."],
    }


def chained(model: Node, result: dict[str, Any], edges: list[Edge], times: int) -> None:
    """Runs a node again and again, each time with its own result."""
    for _ in range(times):
        result = run_inline(model, bind_inputs(model, [(edge, model, result) for edge in edges]))


def test_results_do_not_grow_without_end() -> None:
    """Each node hands on twice what it gets: soon that is too much, and the node says so."""
    one, two = (Edge(handle, "s", "n", target_handle=handle) for handle in ("a", "b"))
    model, result = Node("n", "Model", "Doubler"), dict[str, Any](type="text", data="x" * 1000)
    with pytest.raises(ResultTooLarge, match=r"node 'Doubler': its text has .* bytes or more; 262,144 at most"):
        chained(model, result, [one, two], 40)
    with pytest.raises(ResultTooLarge, match="cannot be kept as JSON"):
        chained(model, {"type": "text", "data": "x"}, [one], 400)
    with pytest.raises(ResultTooLarge, match=r"node 'n': its text has .* bytes or more"):
        run_inline(node(actionId="text.find-replace", find="x", replace="y" * 10_000), {"text": "x" * 10_000})
    with pytest.raises(BadRequest, match="falls into 20,000 parts; 10,000 at most"):
        run_inline(node(actionId="text.split"), {"text": "x\n" * 20_000})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "url", "data", "items"]), inner)
    ),
    max_leaves=5,
)
HANDLES = ["input", "text", "prompt", "image", "input_asset", "text_source_handles"]
WORK = [*((kind, None) for kind in KINDS), *(("Transform", action) for action in ACTIONS)]
INLINE = [(kind, action) for kind, action in WORK if work_of(node(kind=kind, actionId=action)).is_inline]


@settings(max_examples=60)
@given(st.sampled_from(INLINE), st.dictionaries(st.sampled_from(HANDLES), JSON), st.data())
def test_any_inputs_have_a_result_or_are_refused(
    one: tuple[str, str | None], inputs: dict[str, Any], data: st.DataObject
) -> None:
    """Never another error; a result says its type, or is what arrived."""
    keys = st.sampled_from(["delimiter", "separator", "mode", "find", "replace", "url", "layers", "text", "shot"])
    kind, action = one
    params = {"actionId": action, **data.draw(st.dictionaries(keys, JSON))}
    try:
        made = run_inline(Node("n", kind, params=params), inputs)
    except BadRequest:
        return
    assert isinstance(made, dict)
    assert "type" in made or action == "output.materialize"
