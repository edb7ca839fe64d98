"""POST /functions/v1/compute-plan: what would run and cost, told without holding or writing anything."""

import itertools
import uuid
from typing import Any

from sqlalchemy import text

from tests.rows import Studio, balance
from tests.server.api.compute_server import EXECUTE, IMAGE, PLAN, PRICE, ComputeServer, Drawn, film
from wzrd.operations.compute.kind import ComputeParams, start_compute


async def planned(graphs: ComputeServer, maker: Studio, **more: Any) -> dict[str, Any]:
    response = await graphs.post(PLAN, {"projectId": str(maker.project_id), **more}, maker.user_id)
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_plan_tells_every_node_and_starts_nothing(graphs: ComputeServer) -> None:
    """In the order of execution, with levels, prices and why nothing was found; what is held later is its sum."""
    graph = film()
    maker = await graphs.maker(graph, funds=1000)
    plan = await planned(graphs, maker)
    assert (plan["success"], plan["projectId"], plan["totalNodes"], plan["levels"]) == (
        True, str(maker.project_id), 4, 3
    )  # fmt: skip
    nodes = {node["label"]: node for node in plan["nodes"]}
    assert list(nodes) == ["words", "lamp", "lens", "clip"]
    assert [node["level"] for node in nodes.values()] == [0, 1, 1, 2]
    assert [node["doing"] for node in nodes.values()] == ["inline", "run", "run", "run"]
    assert [node["reason"] for node in nodes.values()] == [None, "not_found", "not_found", "inputs_unknown"]
    assert (nodes["lamp"]["model"], nodes["lamp"]["credits"], nodes["lamp"]["calls"]) == (IMAGE, PRICE, 1)
    assert nodes["words"]["credits"] == nodes["words"]["calls"] == 0
    assert plan["credits"] == sum(node["credits"] for node in nodes.values()) > 2 * PRICE
    assert (plan["creditsAtLeast"], plan["availableCredits"], plan["runnable"]) == (None, 1000, True)
    assert (plan["estimatedSeconds"], plan["criticalPath"]) == (None, [])
    assert await graphs.runs(maker) == await graphs.rows("compute_runs", maker) == []
    assert await balance(graphs.runtime, maker.user_id) == 1000
    async with graphs.executing({"projectId": str(maker.project_id)}, maker.user_id) as client:
        await client.read("meta")
    assert 1000 - await balance(graphs.runtime, maker.user_id) == plan["credits"]
    some = await planned(graphs, maker, nodeIds=[graph.ids["lamp"]])
    assert [node["label"] for node in some["nodes"]] == ["words", "lamp"]
    assert [node["reason"] for node in some["nodes"]] == [None, "named"]


async def test_what_was_made_before_is_found_and_free(graphs: ComputeServer) -> None:
    """As `useCache` says; the clip of a picture that is found is looked for in its turn."""
    graph = film()
    maker = await graphs.maker(graph, funds=1000)
    plan = await planned(graphs, maker)
    started = await start_compute(
        graphs.runtime, ComputeParams(user_id=maker.user_id, project_id=str(maker.project_id))
    )
    url = graphs.runtime.storage.public_url("project-assets", f"{maker.user_id}/lamp.png")
    await graphs.keep(started.run_id, graph.ids["lamp"], {"type": "image", "url": url, "sha256": "ab"})
    again = await planned(graphs, maker)
    assert [node["doing"] for node in again["nodes"]] == ["inline", "cached", "cached", "run"]
    assert again["nodes"][3]["reason"] == "not_found"
    assert again["credits"] == plan["credits"] - 2 * PRICE
    assert [node["cached"] for node in again["nodes"]] == [False, True, True, False]
    never = await planned(graphs, maker, useCache=False)
    assert [node["reason"] for node in never["nodes"]][1:3] == ["cache_off", "cache_off"]
    named = await planned(graphs, maker, nodeIds=[graph.ids["lens"], graph.ids["clip"]])
    assert {node["label"]: node["doing"] for node in named["nodes"]} == {
        "words": "inline", "lamp": "cached", "lens": "run", "clip": "run"
    }  # fmt: skip
    always = await planned(graphs, maker, nodeIds=[graph.ids["lens"]], useCache=True)
    assert [node["doing"] for node in always["nodes"]] == ["inline", "cached"]
    stranger = await graphs.maker(graph := film(), funds=1000)
    assert [node["doing"] for node in (await planned(graphs, stranger))["nodes"]] == ["inline", "run", "run", "run"]


async def test_a_found_graph_holds_nothing(graphs: ComputeServer) -> None:
    """Somebody without credits may have again what was made before."""
    graph = Drawn({"lamp": {"kind": "Image", "params": {"model": IMAGE, "prompt": "a lamp"}}})
    maker = await graphs.maker(graph, funds=PRICE)
    params = ComputeParams(user_id=maker.user_id, project_id=str(maker.project_id))
    first = await start_compute(graphs.runtime, params)
    await graphs.keep(first.run_id, graph.ids["lamp"], {"type": "image", "url": "https://example.org/a.png"})
    assert await balance(graphs.runtime, maker.user_id) == 0
    async with graphs.executing({"projectId": str(maker.project_id), "maxCredits": 0}, maker.user_id) as client:
        assert (await client.read("meta"))[0][1]["total_nodes"] == 1


async def test_nodes_that_cannot_run_are_told_and_not_raised(graphs: ComputeServer) -> None:
    """An unknown model refuses the graph; an action that nobody does fails for nothing, what needs it is skipped."""
    graph = Drawn(
        {
            "typo": {"kind": "Image", "params": {"model": "fal-ai/flux/schnel", "prompt": "x"}},
            "depth": {"kind": "Transform", "params": {"actionId": "image.depth-map"}},
            "odd": {"kind": "Image", "params": {"actionId": "image.bake", "prompt": "x"}},
            "after": {"kind": "Image", "params": {"model": IMAGE, "prompt": "x"}},
        },
        [("depth", "after")],
    )
    maker = await graphs.maker(graph)
    plan = await planned(graphs, maker)
    nodes = {node["label"]: node for node in plan["nodes"]}
    told = {name: (node["doing"], node["credits"]) for name, node in nodes.items()}
    assert told == {"typo": ("refused", 0), "depth": ("fails", 0), "odd": ("fails", 0), "after": ("skipped", 0)}
    assert "fal-ai/flux/schnell" in nodes["typo"]["error"]
    assert "image.bake" in nodes["odd"]["error"]
    assert (plan["runnable"], plan["credits"]) == (False, 0)
    response = await graphs.post(EXECUTE, {"projectId": str(maker.project_id)}, maker.user_id)
    assert (response.status_code, response.json()["nodeId"]) == (400, graph.ids["typo"])
    rest = await planned(graphs, maker, nodeIds=[graph.ids[name] for name in ("odd", "after")])
    assert rest["runnable"]


async def test_a_plan_tells_what_a_model_ignores(graphs: ComputeServer) -> None:
    """Values that were brought to the nearest are told; a model that nobody describes is unverified."""
    graph = Drawn(
        {
            "short": {"kind": "Image", "params": {"model": IMAGE, "prompt": "a", "aspectRatio": "2.39:1"}},
            "plain": {"kind": "Image", "params": {"model": IMAGE, "prompt": "b"}},
            "unsure": {"kind": "Video", "params": {"model": "fal-ai/vidu/v2.5/text-to-video", "prompt": "c"}},
            "words": {"kind": "Text", "params": {"actionId": "text.split", "text": "d"}},
        },
        [],
    )
    plan = await planned(graphs, await graphs.maker(graph))
    told = {node["label"]: (node["verified"], node["ignored"]) for node in plan["nodes"]}
    assert told["plain"] == (True, None)
    assert told["short"][0] is True
    assert told["short"][1] == {"aspect_ratio": "image_size is landscape_16_9, the nearest that it has"}
    assert told["unsure"] == (False, None)
    assert told["words"] == (None, None)


async def test_what_is_said_for_one_model_is_checked_by_it(graphs: ComputeServer) -> None:
    """A name or a value that the model has not: refused before anything, with value, what is allowed, the nearest."""
    wrong = {
        "steps": (
            {"num_inference_steps": 99},
            "num_inference_steps cannot be 99: it must be a whole number from 1 to 12",
        ),
        "typo": ({"guidance_skale": 3}, "has no input 'guidance_skale': the nearest is guidance_scale"),
        "settings": ({"settings": {"seed": "soon"}}, "seed cannot be 'soon': it must be a whole number"),
    }
    for label, (params, message) in wrong.items():
        graph = Drawn({label: {"kind": "Image", "params": {"model": IMAGE, "prompt": "a", **params}}}, [])
        maker = await graphs.maker(graph)
        plan = await planned(graphs, maker)
        assert (plan["runnable"], plan["credits"]) == (False, 0)
        assert message in plan["nodes"][0]["error"]
        response = await graphs.post(EXECUTE, {"projectId": str(maker.project_id)}, maker.user_id)
        assert (response.status_code, response.json()["nodeId"]) == (400, graph.ids[label])
        assert message in response.text.replace("\\", "")


async def test_a_batch_that_grows_is_told_as_at_least(graphs: ComputeServer) -> None:
    """A text that is yet to be written decides how many pictures there will be; a list that is known is counted."""
    picture = {"kind": "Image", "params": {"actionId": "image.generate", "model": IMAGE, "prompt": "{{input}}"}}
    lines = {"kind": "Text", "params": {"actionId": "text.split"}}
    known = Drawn(
        {"words": {"kind": "Text", "params": {"actionId": "text.split", "text": "a\nb\nc"}}, "image": picture},
        [("words", "image")],
    )
    known_plan = await planned(graphs, await graphs.maker(known))
    node = known_plan["nodes"][1]
    assert (node["calls"], node["credits"], known_plan["creditsAtLeast"]) == (3, 3 * PRICE, None)
    open_ = Drawn(
        {"writer": {"kind": "Text", "params": {"prompt": "ten lines"}}, "lines": lines, "image": picture},
        [("writer", "lines"), ("lines", "image")],
    )
    plan = await planned(graphs, await graphs.maker(open_))
    image = plan["nodes"][2]
    assert image["creditsAtLeast"] == image["credits"] >= PRICE
    assert plan["creditsAtLeast"] == plan["credits"]


async def test_times_are_medians_of_the_latest_jobs(graphs: ComputeServer) -> None:
    """Absent under three; the whole is the longest way, not the sum."""
    graph = Drawn({name: {"kind": "Image", "params": {"model": IMAGE, "prompt": name}} for name in "abc"}, [("a", "b")])
    maker = await graphs.maker(graph)
    run = await start_compute(graphs.runtime, ComputeParams(user_id=maker.user_id, project_id=str(maker.project_id)))
    statement = text("""
        insert into wzrd.provider_jobs (id, intent_key, run_id, item_key, provider, model, status, sent_at, finished_at)
        values (:id, cast(:id as text), :run, 'x', 'fal-ai', :model, 'succeeded', now() - make_interval(secs => :s),
            now())
    """)

    async def jobs(*seconds: float) -> None:
        async with graphs.runtime.begin() as tx:
            for one in seconds:
                await tx.execute(statement, {"id": uuid.uuid4(), "run": run.run_id, "model": IMAGE, "s": one})

    await jobs(2, 4)
    plan = await planned(graphs, maker)
    assert (plan["estimatedSeconds"], [node["estimatedSeconds"] for node in plan["nodes"]]) == (None, [None] * 3)
    await jobs(60)
    plan = await planned(graphs, maker)
    assert [node["estimatedSeconds"] for node in plan["nodes"]] == [4.0] * 3
    assert (plan["estimatedSeconds"], plan["criticalPath"]) == (8.0, [graph.ids["a"], graph.ids["b"]])


async def test_refusals_are_those_of_execute(graphs: ComputeServer) -> None:
    """But for credits: a plan is free."""
    maker, stranger = await graphs.maker(), await graphs.maker(film(), funds=0)
    project, nobody = str(maker.project_id), (404, {"error": "Project not found or access denied"})
    for body, expected in (
        ({}, (400, {"error": "projectId is required"})),
        ({"projectId": project}, (400, {"error": "No nodes to execute"})),
        ({"projectId": str(stranger.project_id)}, nobody),
        ({"projectId": "x"}, nobody),
    ):
        response = await graphs.post(PLAN, body, maker.user_id)
        assert (response.status_code, response.json()) == expected, body
    assert (await graphs.post(PLAN, {"projectId": project}, None)).status_code == 401
    plan = await planned(graphs, stranger, maxCredits=0)
    assert (plan["availableCredits"], plan["credits"] > 0) == (0, True)


async def test_a_plan_of_thousands_holds_nobody_up(graphs: ComputeServer) -> None:
    """A chain of 2,000 nodes; others are answered meanwhile."""
    names = [f"n{number}" for number in range(2_000)]
    graph = Drawn({name: {"kind": "Combine"} for name in names}, list(itertools.pairwise(names)))
    maker = await graphs.maker(graph)
    plan = await planned(graphs, maker)
    assert (plan["levels"], plan["totalNodes"], plan["credits"]) == (2_000, 2_000, 0)
