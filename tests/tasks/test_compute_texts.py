"""Limits of the text that a run's nodes hand on: refused before it begins, else the node fails for nothing."""

import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from tests.playing import run_once
from tests.tasks.graph_project import ComputeRig, FakeText, make_compute_rig
from wzrd.animatic.provider import Animatic
from wzrd.db.graph_items import NodeWrite
from wzrd.graph.execution.generation import PROMPT_TOLD
from wzrd.graph.execution.node_writer import MOST_BYTES, portions
from wzrd.graph.texts import TextTooLong
from wzrd.models.catalog import find_model
from wzrd.operations.compute.kind import ComputeParams
from wzrd.operations.compute.plan import plan_compute
from wzrd.providers.registry import Providers
from wzrd.runs.finish import reopen
from wzrd.runtime.process import Runtime

WORDS = "llama-3.3-70b-versatile"


def copy(rig: ComputeRig, name: str) -> dict[str, Any]:
    return rig.node(name, "Text", actionId="text.concat", separator="")


def written(rig: ComputeRig, name: str, words: str) -> dict[str, Any]:
    return rig.node(name, "Text", actionId="text.enter", content=words)


def bounded(runtime: Runtime, **bounds: int) -> None:
    runtime.settings = runtime.settings.model_copy(update=bounds)


async def bytes_of(runtime: Runtime, run_id: uuid.UUID) -> int:
    """Bytes that the run has in its log and its items."""
    statement = text("""select (select sum(length(data::text)) from wzrd.run_events where run_id = :id)
        + (select sum(length(coalesce(output::text, ''))) from wzrd.run_items where run_id = :id)""")
    async with runtime.begin() as tx:
        return int(await tx.scalar(statement, {"id": run_id}) or 0)


async def test_a_graph_whose_texts_are_known_to_be_too_long_is_refused(runtime: Runtime) -> None:
    """Doubled and copied, as the issue has it: the refusal names node, size, bound and remedy; nothing is begun."""
    rig = await make_compute_rig(runtime, 1000)
    doubles = [copy(rig, f"d{number}") for number in range(8)]
    edges = [rig.edge(f"d{n}", f"d{n + 1}", handle) for n in range(7) for handle in ("a", "b")]
    edges += [rig.edge("words", "d0", handle) for handle in ("a", "b")]
    copies = [copy(rig, f"c{number}") for number in range(60)]
    edges += [rig.edge("d7", f"c{number}", "a") for number in range(60)]
    await rig.save([written(rig, "words", "w" * 6000), *doubles, *copies], *edges)
    with pytest.raises(TextTooLong, match=r"node 'd5': its text has 384,000 bytes or more; 262,144 at most") as refusal:
        await rig.start()
    assert refusal.value.details["nodeId"] == rig.id("d5")
    assert "shorten or split it" in refusal.value.message
    params = ComputeParams(user_id=rig.studio.user_id, project_id=str(rig.studio.project_id))
    told = await plan_compute(runtime, params)
    assert (told.runnable, {node.doing for node in told.nodes}) == (False, {"inline", "refused", "skipped"})
    async with runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from wzrd.runs")) == 0


async def test_texts_that_grow_from_a_model_s_answer_are_bounded(runtime: Runtime) -> None:
    """Nobody knew how long it would be: the nodes that are too much fail for nothing, what they need not goes on."""
    words = FakeText("w" * 2_000)
    bounded(runtime, node_text=10_000, run_text=40_000)
    rig = await make_compute_rig(runtime, 1000, words)
    doubles = [copy(rig, f"d{number}") for number in range(4)]
    edges = [rig.edge(f"d{n}", f"d{n + 1}", handle) for n in range(3) for handle in ("a", "b")]
    edges += [rig.edge("model", "d0", handle) for handle in ("a", "b")]
    copies = [copy(rig, f"c{number:02}") for number in range(60)]
    edges += [rig.edge("d1", f"c{number:02}", "a") for number in range(60)]
    await rig.save([rig.node("model", "Text", model=WORDS, prompt="p"), *doubles, *copies], *edges)
    run_id, status = await rig.run()
    items = await rig.items(run_id)
    assert status == "partial"
    assert {items["model"].status, items["d0"].status, items["d1"].status} == {"succeeded"}
    assert (items["d2"].status, items["d3"].status) == ("failed", "skipped")
    assert "10,000 at most are passed on" in (items["d2"].error or "")
    assert (items["d2"].output or {})["code"] == "text_too_long"
    made = [items[f"c{number:02}"] for number in range(60)]
    assert sum(item.status == "succeeded" for item in made) == 3
    assert sum("40,000 at most are kept: divide the graph" in (item.error or "") for item in made) == 57
    assert await bytes_of(runtime, run_id) < 4 * 40_000
    model = find_model(WORDS)
    assert model is not None
    assert await rig.left() == 1000 - model.credits, "the answer is paid, the rest is free"


async def test_a_text_without_a_word_is_no_result(runtime: Runtime) -> None:
    """A model answers with blanks: its node fails and costs nothing."""
    words = FakeText("  \n ")
    rig = await make_compute_rig(runtime, 1000, words)
    await rig.save([rig.node("a", "Text", model=WORDS, prompt="p")])
    run_id, status = await rig.run()
    item = (await rig.items(run_id))["a"]
    assert (status, (item.output or {}).get("code"), await rig.left()) == ("failed", "result_useless", 1000)


async def test_no_model_is_asked_for_a_run_that_is_full(runtime: Runtime) -> None:
    """The first answer fits, the second is too much and free; whoever comes after that is not even asked."""
    words = FakeText("w" * 600)
    bounded(runtime, node_text=1024, run_text=1100)
    rig = await make_compute_rig(runtime, 1000, words)
    names = ("a", "b", "c")
    await rig.save(
        [*(rig.node(name, "Text", model=WORDS, prompt=name) for name in names), written(rig, "d", "small")],
        *(rig.edge(*pair, "wait") for pair in (("a", "b"), ("a", "d"))),
    )
    runtime.settings = runtime.settings.model_copy(update={"nodes_at_once": 1})
    run_id, status = await rig.run()
    statuses, model = await rig.statuses(run_id), find_model(WORDS)
    assert model is not None
    assert (status, statuses["a"], statuses["b"], statuses["c"]) == ("partial", "succeeded", "failed", "failed")
    assert statuses["d"] == "succeeded", "what is small still fits"
    assert len(words.asked) == 2
    assert await rig.left() == 1000 - model.credits


async def test_elements_of_a_batch_are_bounded_one_by_one(runtime: Runtime) -> None:
    """An element that is too much fails its node, and those that are there are kept; no more are asked for then."""
    words = FakeText("w" * 500)
    bounded(runtime, node_text=1024, run_text=2048)
    rig = await make_compute_rig(runtime, 1000, words)
    await rig.save(
        [rig.node("batch", "Text", model=WORDS, batchPolicy="map", inputs={"prompt": list("abcdefghijklmnop")})]
    )
    run_id, status = await rig.run()
    items = await rig.items(run_id)
    elements = [item for name, item in items.items() if "#" in name]
    assert (status, items["batch"].status) == ("partial", "failed")
    assert 0 < sum(item.status == "succeeded" for item in elements) < 4
    assert "2,048 at most are kept" in (items["batch"].error or "")
    assert len(words.asked) < len(elements), "full is full"


async def test_a_retry_counts_what_the_run_has_handed_on_before(runtime: Runtime) -> None:
    """A second attempt begins with the room that the first has left."""
    words = FakeText("w" * 2_000)
    bounded(runtime, node_text=10_000, run_text=7_000)
    rig = await make_compute_rig(runtime, 1000, words)
    copies = [copy(rig, f"c{number}") for number in range(3)]
    edges = [rig.edge("model", f"c{number}", "a") for number in range(3)]
    await rig.save([rig.node("model", "Text", model=WORDS, prompt="p"), *copies], *edges)
    run_id, _ = await rig.run()
    assert sorted((await rig.statuses(run_id)).values()) == ["failed", "succeeded", "succeeded", "succeeded"]
    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "partial"
    bounded(runtime, run_text=9_000)
    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "succeeded"
    assert len(words.asked) == 1


async def test_what_was_made_before_counts_where_it_is_found(runtime: Runtime) -> None:
    """A cached answer is handed on, too; one that there is no room for fails for nothing."""
    words = FakeText("w" * 2_000)
    rig = await make_compute_rig(runtime, 1000, words)
    await rig.save([rig.node(name, "Text", model=WORDS, prompt=name) for name in ("a", "b")])
    assert (await rig.run())[1] == "succeeded"
    bounded(runtime, run_text=3_000)
    run_id, status = await rig.run()
    assert (status, len(words.asked)) == ("partial", 2)
    assert sorted((await rig.statuses(run_id)).values()) == ["failed", "succeeded"]


class WhereAsked(Providers):
    """Providers that note in which thread they are asked whether they can work."""

    threads: set[int]

    def obstacle(self, name: str, media_type: str) -> str | None:
        self.threads.add(threading.get_ident())
        return super().obstacle(name, media_type)


async def test_a_small_graph_is_planned_beside_the_loop(runtime: Runtime) -> None:
    """A few nodes are enough for long texts: whoever else is served does not wait for their plan."""
    rig = await make_compute_rig(runtime)
    runtime.providers = asked = WhereAsked([Animatic(), rig.images])
    asked.threads = set()
    await rig.save([written(rig, "words", "w"), rig.image("a", prompt="{{text}}")], rig.edge("words", "a", "text"))
    await rig.start()
    assert asked.threads
    assert threading.get_ident() not in asked.threads


async def test_a_long_prompt_is_not_repeated_by_each_picture(runtime: Runtime) -> None:
    """A thousand pictures of one long text would else be a thousand copies of it; the model gets all of it."""
    rig = await make_compute_rig(runtime, 1000)
    prompt = "a picture of " + "w" * 50_000
    pictures = [rig.image(f"p{number}", prompt=None) for number in range(4)]
    edges = [rig.edge("words", f"p{number}", "prompt") for number in range(4)]
    await rig.save([written(rig, "words", prompt), *pictures], *edges)
    run_id, status = await rig.run()
    assert (status, set(rig.images.asked)) == ("succeeded", {prompt})
    assert (await rig.result(run_id, "p0"))["prompt"] == prompt[:PROMPT_TOLD]
    assert await bytes_of(runtime, run_id) < 8 * len(prompt)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [([10] * 1200, [500, 500, 200]), ([MOST_BYTES] * 3, [1, 1, 1]), ([MOST_BYTES // 2] * 5, [2, 2, 1]), ([], [])],
)
def test_no_statement_has_megabytes(sizes: Sequence[int], expected: Sequence[int]) -> None:
    """Writes that go together are bounded by bytes, too, and come in order."""

    def write(number: int, size: int) -> NodeWrite:
        output: Mapping[str, Any] = {"result": {"type": "text", "data": "x" * size}}
        return NodeWrite(str(number), "succeeded", output)

    writes = [write(number, size) for number, size in enumerate(sizes)]
    made = list(portions(writes))
    assert [len(one) for one in made] == expected
    assert [node.key for one in made for node in one] == [node.key for node in writes]
