"""A graph executed: thin thread, branches, failures, cache, batches, money."""

import asyncio
import base64

import pytest

from tests.playing import log_of, run_once
from tests.server.served import with_settings
from tests.tasks.graph_project import PRICE, FakeText, make_compute_rig
from wzrd.contracts.compute import UPSTREAM_FAILED
from wzrd.domain.errors import ProviderRejected
from wzrd.runs.finish import reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


async def test_a_chain_is_executed_told_shown_and_paid(runtime: Runtime) -> None:
    """Words, a picture of them, and where it goes: in order, each with its event, its row and its price."""
    rig = await make_compute_rig(runtime)
    await rig.save(
        [rig.node("words", "Prompt", prompt="a lamp"), rig.image("picture", prompt=None), rig.node("out", "Output")],
        rig.edge("words", "picture"),
        rig.edge("picture", "out", "input"),
    )
    run_id, status = await rig.run()
    assert status == "succeeded", [(k, i.status, i.error) for k, i in (await rig.items(run_id)).items()]
    assert await rig.told(run_id) == {name: ["running", "succeeded"] for name in ("words", "picture", "out")}
    log = await log_of(runtime, run_id)
    assert log[0][0] == "meta"
    event, complete = log[-1]
    assert (event, complete["status"], complete["completed_nodes"], complete["failed_nodes"]) == (
        "complete",
        "succeeded",
        3,
        [],
    )
    assert rig.images.asked == ["a lamp"]
    assert await rig.left() == 1000 - PRICE
    shown = await rig.shown()
    assert {row.status for row in shown.values()} == {"succeeded"}
    assert shown["picture"].preview["url"] == complete["outputs"][rig.id("picture")]["url"]


async def test_one_failure_stops_what_needs_it_and_nothing_else(runtime: Runtime) -> None:
    """Its dependents are skipped in the documented words; another branch goes on; what failed is free."""
    rig = await make_compute_rig(runtime)
    rig.images.acts = {"b": [ProviderRejected("no such thing", status=422)]}
    await rig.save(
        [rig.image(name) for name in "abcde"],
        rig.edge("b", "c", "image"),
        rig.edge("c", "d", "image"),
        rig.edge("a", "e", "image"),
    )
    run_id, status = await rig.run()
    assert status == "partial"
    assert await rig.statuses(run_id) == {
        "a": "succeeded",
        "b": "failed",
        "c": "skipped",
        "d": "skipped",
        "e": "succeeded",
    }
    assert await rig.told(run_id) == {
        "a": ["running", "succeeded"],
        "b": ["running", "failed"],
        "c": ["skipped"],
        "d": ["skipped"],
        "e": ["running", "succeeded"],
    }
    log = await log_of(runtime, run_id)
    assert {data["error"] for event, data in log if event == "node_status" and data["status"] == "skipped"} == {
        UPSTREAM_FAILED
    }
    assert sorted(log[-1][1]["failed_nodes"]) == sorted(map(rig.id, "bcd"))
    assert await rig.left() == 1000 - 2 * PRICE
    shown = await rig.shown()
    assert (shown["b"].error, shown["c"].error) == ("no such thing", UPSTREAM_FAILED)


async def test_a_retry_makes_only_what_is_missing(runtime: Runtime) -> None:
    """A node that has succeeded stays, and is not paid again; an old error is cleared."""
    rig = await make_compute_rig(runtime)
    rig.images.acts = {"b": [ProviderRejected("no such thing", status=422)]}
    await rig.save([rig.image(name) for name in "abc"], rig.edge("b", "c", "image"))
    run_id, status = await rig.run()
    assert status == "partial"
    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "succeeded"
    assert sorted(rig.images.asked) == ["a", "b", "b", "c"]
    assert await rig.left() == 1000 - 3 * PRICE
    assert {row.error for row in (await rig.shown()).values()} == {None}
    assert (await rig.told(run_id))["a"] == ["running", "succeeded"]


async def test_what_is_known_costs_nothing(runtime: Runtime) -> None:
    """A graph run again: every node is answered from what was kept, told as succeeded and cached, without a hold."""
    rig = await make_compute_rig(runtime)
    await rig.save([rig.image("a"), rig.image("b")], rig.edge("a", "b", "image"))
    first, _ = await rig.run()
    again, status = await rig.run()
    assert (status, rig.images.asked) == ("succeeded", ["a", "b"])
    assert await rig.holds(again) == []
    assert await rig.left() == 1000 - 2 * PRICE
    said = [data for event, data in await log_of(runtime, again) if event == "node_status"]
    assert [(data["status"], data["cached"]) for data in said] == [("succeeded", True)] * 2
    assert [await rig.result(first, name) for name in "ab"] == [await rig.result(again, name) for name in "ab"]


@pytest.mark.parametrize(
    ("named", "use_cache", "made"),
    [((), None, ""), (("b",), None, "b"), (("b",), True, ""), ((), False, "ab")],
)
async def test_when_the_cache_is_read(
    runtime: Runtime, named: tuple[str, ...], use_cache: bool | None, made: str
) -> None:
    """As asked; where nothing is said, the named nodes are made anew and their upstream nodes are not."""
    rig = await make_compute_rig(runtime)
    await rig.save([rig.image("a"), rig.image("b")], rig.edge("a", "b", "image"))
    await rig.run()
    rig.images.asked.clear()
    _, status = await rig.run(*named, use_cache=use_cache)
    assert (status, rig.images.asked) == ("succeeded", list(made))


async def test_a_file_that_is_gone_is_made_again(runtime: Runtime) -> None:
    """A kept result whose file has vanished is none: made, topped up and paid, though it was thought to be free."""
    rig = await make_compute_rig(runtime)
    await rig.save([rig.image("a")])
    first, _ = await rig.run()
    queued = await rig.start()
    url: str = (await rig.result(first, "a"))["url"]
    place = runtime.storage.locate(url)
    assert place is not None
    await runtime.storage.delete(*place)
    assert await rig.holds(queued) == []
    assert await run_once(runtime, queued) == "succeeded"
    assert (rig.images.asked, await rig.left()) == (["a", "a"], 1000 - 2 * PRICE)
    assert await rig.holds(queued) == [(PRICE, "committed", PRICE)]


async def test_an_upstream_that_changed_changes_what_follows(runtime: Runtime) -> None:
    """Keys go by content: other words upstream, another picture; the same words again, the first one."""
    rig = await make_compute_rig(runtime)
    for words in ("a lamp", "a ship", "a lamp"):
        await rig.save([rig.node("w", "Prompt", prompt=words), rig.image("p", prompt=None)], rig.edge("w", "p"))
        _, status = await rig.run()
        assert status == "succeeded"
    assert rig.images.asked == ["a lamp", "a ship"]


async def test_an_action_that_nobody_can_do_fails_and_is_free(runtime: Runtime) -> None:
    """It never pretends; the words say why; nothing was asked of anybody."""
    rig = await make_compute_rig(runtime)
    await rig.save(
        [rig.node("d", "Transform", actionId="image.depth-map"), rig.node("x", "Image", actionId="image.melt")]
    )
    run_id, status = await rig.run()
    items = await rig.items(run_id)
    assert (status, {item.status for item in items.values()}) == ("failed", {"failed"})
    assert "image.depth-map is not supported" in (items["d"].error or "")
    assert "no action is called 'image.melt'" in (items["x"].error or "")
    assert (await rig.left(), rig.images.asked) == (1000, [])


async def test_ready_nodes_do_not_wait_for_their_level(runtime: Runtime) -> None:
    """A chain goes on while a node of its first level is still being made."""
    rig = await make_compute_rig(runtime)
    await rig.save([rig.image(name) for name in "abc"], rig.edge("b", "c", "image"))
    held, reached = asyncio.Event(), asyncio.Event()
    rig.images.gates = {"a": held}

    def look(prompt: str) -> None:
        if prompt == "c":
            reached.set()

    rig.images.on_submit = look
    running = asyncio.create_task(rig.run())
    await asyncio.wait_for(reached.wait(), 60)
    held.set()
    _, status = await running
    assert status == "succeeded"


async def test_a_text_model_is_shown_a_picture_that_no_cloud_can_fetch(runtime: Runtime) -> None:
    """A picture made before, on this machine, goes into the request; one in another network does not."""
    words = FakeText("a lamp on a table")
    rig = await make_compute_rig(runtime, 1000, words)
    await rig.save(
        [
            rig.image("picture"),
            rig.node("look", "Text", prompt="What is it?"),
            rig.node("snoop", "Text", prompt="What is it?", image="http://10.0.0.8/secret.png"),
        ],
        rig.edge("picture", "look", "image"),
    )
    run_id, status = await rig.run()
    assert (status, await rig.statuses(run_id)) == (
        "partial",
        {"picture": "succeeded", "look": "succeeded", "snoop": "failed"},
    )
    [messages] = words.asked
    prompt, shown = messages[1]["content"]
    assert prompt == {"type": "text", "text": "What is it?"}
    assert shown["type"] == "image_url"
    kind, _, data = shown["image_url"]["url"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(data).startswith(b"\x89PNG")
    assert "only this machine or its network" in str((await rig.items(run_id))["snoop"].error)


async def test_no_more_nodes_at_once_than_allowed(runtime: Runtime) -> None:
    """The limit of a run holds, and all are made."""
    rig = await make_compute_rig(with_settings(runtime, nodes_at_once=2))
    await rig.save([rig.image(name) for name in "abcdef"])
    pair = asyncio.Barrier(2)

    async def meet(_prompt: str) -> None:
        await pair.wait()

    rig.images.during = meet
    run_id, status = await asyncio.wait_for(rig.run(), 60)
    assert (status, rig.images.most) == ("succeeded", 2)
    assert len(await rig.items(run_id)) == 6
