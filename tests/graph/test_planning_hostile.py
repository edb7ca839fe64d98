"""Graphs that nobody drew: every one is planned, or refused in words."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.graphs import acyclic, graph_of, row, shape, wire
from wzrd.domain.errors import BadRequest
from wzrd.graph.actions import ACTIONS
from wzrd.graph.cache_keys import cache_key, input_hashes
from wzrd.graph.kinds import KINDS
from wzrd.graph.model import Graph
from wzrd.graph.planning import Plan, plan, select
from wzrd.graph.reading import read_graph
from wzrd.graph.texts import DEFAULT_BOUNDS, TextBounds, TextTooLong
from wzrd.graph.topological_order import CycleFound, sort_nodes


def planned(
    graph: Graph, *, found: list[Any] | None = None, keys: bool = True, bounds: TextBounds = DEFAULT_BOUNDS
) -> Plan:
    """The plan where everybody can be asked, or nobody; `found` is what was made by the first nodes."""
    made = found or []

    def find(node_id: str, inputs: Any) -> dict[str, Any] | None:
        assert len(cache_key("recipe", input_hashes(inputs))) == 64
        known = node_id.isdecimal() and int(node_id) < len(made)
        return {"type": "image", "data": made[int(node_id)]} if known else None

    def obstacle(provider: str, _media: str) -> str | None:
        return None if keys else f"no_credentials:{provider}"

    return plan(graph, offline="auto", obstacle=obstacle, find=find, bounds=bounds)


def test_a_template_that_names_itself_is_words() -> None:
    """Nothing is filled in twice."""
    one = planned(graph_of(row("a", "Prompt", prompt="{{a}}{{prompt}}", inputs={"a": "{{a}}"})))
    assert one.nodes["a"].result == {"type": "text", "data": "{{a}}{{prompt}}"}


def test_what_doubles_at_each_step_ends() -> None:
    """The graph is refused with the node whose text is too long; what needs it is skipped."""
    rows = [row("0", "Prompt", prompt="x" * 1000), *(row(str(number), "Model") for number in range(1, 60))]
    edges = [wire(str(number), str(number + 1), handle) for number in range(59) for handle in ("a", "b")]
    one = planned(graph_of(*rows, edges=tuple(edges)))
    (refused,) = one.doing("refused")
    assert "its text has" in (refused.reason or "")
    assert len(one.doing("skipped")) == 59 - int(refused.id)
    with pytest.raises(TextTooLong, match="262,144 at most"):
        one.check()


def test_many_copies_of_one_text_are_refused() -> None:
    """Each is short enough, all together are more than a run hands on: the first that is too much, and all after it."""
    copies = [row(str(number), actionId="text.concat") for number in range(60)]
    text = row("text", "Text", actionId="text.enter", content="x" * 1000)
    edges = tuple(wire("text", one["id"], "text") for one in copies)
    one = planned(graph_of(text, *copies, edges=edges), bounds=TextBounds(node=2_000, run=10_000))
    assert len(one.doing("inline")) == 9
    assert len(one.doing("refused")) == 52
    with pytest.raises(TextTooLong, match=r"has 10,\d+ bytes; 10,000 at most are kept: divide the graph") as refusal:
        one.check()
    assert refusal.value.details["nodeId"] == "8"
    assert len(planned(graph_of(text, *copies, edges=edges)).doing("inline")) == 61


def test_a_text_from_many_edges_is_not_even_joined() -> None:
    """Ten thousand edges from a long text: the node is refused before there is a text of gigabytes."""
    text = row("text", "Text", actionId="text.enter", content="x" * 250_000)
    edges = tuple({**wire("text", "all", "text"), "id": str(number)} for number in range(10_000))
    works = [("Text", "text.concat"), ("Text", "text.split"), ("Combine", None), ("Prompt", None)]
    for kind, action in works:
        one = planned(graph_of(text, row("all", kind, actionId=action), edges=edges))
        assert one.nodes["all"].doing == "refused", action


def test_a_cycle_and_a_long_chain() -> None:
    """One is refused, the other planned, without recursion."""
    with pytest.raises(CycleFound):
        planned(shape("a>b>a"))
    chain = planned(shape(">".join(str(number) for number in range(2_000))))
    assert len(chain.nodes) == 2_000


TEXTS = [
    "https://x/y.png",
    "random",
    "map",
    "cartesian",
    "{{a}}",
    "fal-ai/flux/dev",
    "{}",
    "[1]",
    "a\nb\nc",
    "3",
    "\x00",
]
MEMBERS = st.sampled_from(["url", "type", "data", "items", "policy", "actionId", "seed", "count", "__proto__"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**12) | st.floats() | st.text(max_size=4) | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=3),
    max_leaves=6,
)
NAMES = [
    "prompt", "model", "actionId", "batchPolicy", "batch", "inputs", "settings", "settings_override", "seed", "cache",
    "shot", "url", "value", "text", "delimiter", "mode", "find", "replace", "separator", "numImages", "count", "image",
    "images", "reference", "video", "audio", "metadata", "layers", "previewAssetUrl", "maxTokens", "temperature",
    "systemPrompt", "speed", "fps", "startMs",
]  # fmt: skip
NODES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([*KINDS, "weird"]),
        "params": st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5),
        "metadata": st.dictionaries(st.just("actionId"), st.sampled_from([*ACTIONS, "nobody"]), max_size=1),
    }
)
HANDLES = st.sampled_from(
    ["prompt", "image", "input", "video", "context", "items", "batch", "settings", "count", "", None]
)
EDGES = st.tuples(st.integers(0, 5), st.integers(0, 5), HANDLES)


@settings(max_examples=60)
@given(st.lists(NODES, min_size=1, max_size=6), st.lists(EDGES, max_size=8), st.lists(JSON, max_size=5), st.booleans())
def test_anything_is_planned_or_refused(
    nodes: list[dict[str, Any]], edges: list[tuple[int, int, str | None]], found: list[Any], keys: bool
) -> None:
    """Never another error, whatever the params are, and whatever was made before; a failure has its reason."""
    rows = [{**one, "id": str(place)} for place, one in enumerate(nodes)]
    try:
        graph = select(read_graph(rows, [wire(str(source), str(target), handle) for source, target, handle in edges]))
        one = planned(graph, found=found, keys=keys)
    except BadRequest:
        return
    for node in one.nodes.values():
        assert node.reason or node.doing in {"run", "cached", "inline"}
        assert node.price.credits >= 0


@pytest.mark.parametrize(
    "params",
    [
        {"actionId": "text.split", "text": "a", "mode": []},
        {"actionId": "image.edit", "prompt": "p", "image": "https://x/y", "image_asset": {"type": []}},
    ],
)
def test_what_was_found_by_the_test_above(params: dict[str, Any]) -> None:
    """Words that are lists."""
    assert planned(graph_of(row("a", **params))).nodes["a"].doing in {"inline", "run"}


USUAL = ["Text", "Prompt", "Image", "ImageEdit", "Video", "Combine", "Transform", "Output", "Upload"]
CHOSEN = [
    None,
    "text.split",
    "image.edit",
    "video.reverse",
    "video.extract-frames",
    "batch.cartesian",
    "video.stitch",
    "nope",
]


@settings(max_examples=50)
@given(acyclic(8), st.data())
def test_a_plan_is_complete_and_free_of_contradiction(graph: Graph, data: st.DataObject) -> None:
    """Every node once, in order; only what runs costs; who needs what fails is skipped."""
    kinds = data.draw(st.lists(st.sampled_from(USUAL), min_size=8, max_size=8))
    actions = data.draw(st.lists(st.sampled_from(CHOSEN), min_size=8, max_size=8))
    handles = data.draw(st.lists(st.sampled_from(["prompt", "image", "video", "input"]), min_size=30, max_size=30))
    rows = [row(key, kinds[int(key)], actionId=actions[int(key)], text="a\nb") for key in graph.nodes]
    edges = [wire(edge.source, edge.target, handles[n % 30]) for n, edge in enumerate(graph.edges)]
    whole = graph_of(*rows, edges=tuple(edges))
    one = planned(whole)
    assert list(one.nodes) == sort_nodes(whole)
    lost = {node.id for node in one.nodes.values() if node.doing in {"fails", "skipped", "refused"}}
    for node in one.nodes.values():
        needs = {edge.source for edge in whole.edges if edge.target == node.id}
        assert (node.doing == "skipped") == bool(needs & lost)
        assert node.price.credits == 0 or (node.doing == "run" and node.work.generates)
        assert (node.reason is not None) == (node.id in lost)
