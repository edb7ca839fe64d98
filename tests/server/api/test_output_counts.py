"""The number of outputs at every door of the API: held, made and charged alike, or refused before the hold."""

from typing import Any

import pytest

from tests.rows import balance
from tests.server.api.compute_server import EXECUTE, PLAN, ComputeServer, Drawn
from tests.server.api.generate_server import FAL_STREAM, GMI_EXECUTE, GenerateServer
from wzrd.db.provider_jobs import list_item_jobs
from wzrd.domain.submission import fingerprint

FLUX, FLUX_PRICE = "fal-ai/flux/schnell", 3
SEEDREAM, SEEDREAM_PRICE = "gmi/seedream-5.0", 3
TEXT, TEXT_PRICE = "openai/gpt-5", 8
DOORS = [(FAL_STREAM, FLUX, FLUX_PRICE), (GMI_EXECUTE, SEEDREAM, SEEDREAM_PRICE)]


@pytest.mark.parametrize("path", [FAL_STREAM, GMI_EXECUTE])
@pytest.mark.parametrize(
    "said",
    [
        {"num_images": "0000014"},
        {"settings": {"num_images": "0000014"}},
        {"settings_override": '{"numImages": "014"}'},
        {"n": "0000014"},
        {"num_images_per_prompt": 14.5},
        {"parameters": {"n": 14}},
        {"input": [{"num_images": "14"}]},
        {"num_images": True},
    ],
)
async def test_a_number_that_two_parsers_read_apart_is_refused(
    served: GenerateServer, path: str, said: dict[str, Any]
) -> None:
    """400 that says where it stands; nothing is held, nothing is sent."""
    model = FLUX if path == FAL_STREAM else SEEDREAM
    studio = await served.maker()
    response = await served.post(studio.user_id, {"modelId": model, "inputs": {"prompt": "a lamp", **said}}, path)
    assert response.status_code == 400, response.text
    assert await served.runs(studio) == []
    assert await balance(served.runtime, studio.user_id) == 100


@pytest.mark.parametrize(("path", "model", "price"), DOORS)
@pytest.mark.parametrize(
    ("said", "count"), [({"numImages": "3"}, 3), ({"settings": {"n": 2.0}}, 2), ({"max_images": 2, "count": 2}, 4)]
)
async def test_what_is_held_is_made_and_charged(
    server: GenerateServer, path: str, model: str, price: int, said: dict[str, Any], count: int
) -> None:
    """The number that was read is what the provider is sent, by its own name, as a number."""
    studio = await server.maker()
    server.player.gate.clear()
    body = {"modelId": model, "inputs": {"prompt": "a lamp", **said}}
    if path == FAL_STREAM:
        await server.stream(studio.user_id, body, until=1)
    else:
        assert (await server.post(studio.user_id, body, path)).status_code == 200
    (run,) = await server.runs(studio)
    (hold,) = await server.holds(str(run.run_id))
    assert hold.amount == count * price
    server.player.gate.set()
    await server.ended(str(run.run_id))
    async with server.runtime.begin() as tx:
        (job,) = await list_item_jobs(tx, run.run_id, "output")
    told = fingerprint({"num_images" if path == FAL_STREAM else "max_images": count})
    assert told.items() <= dict(job.fingerprint).items()
    assert job.outputs == count
    result = (await server.view(studio.user_id, str(run.run_id)))["result"]
    assert (len(result["sha256"]), result["credits"]) == (count, count * price)


@pytest.mark.parametrize(
    "params",
    [{"numImages": "0000014"}, {"settings": {"num_images": "0000014"}}, {"settings_override": '{"n": "014"}'},
     {"parameters": {"n": 14}}],
)  # fmt: skip
async def test_a_graph_with_such_a_number_is_refused(graphs: ComputeServer, params: dict[str, Any]) -> None:
    """Its plan says so, and its execution names the node."""
    graph = Drawn({"lamp": {"kind": "Image", "params": {"model": FLUX, "prompt": "a lamp", **params}}})
    studio = await graphs.maker(graph)
    body = {"projectId": str(studio.project_id)}
    plan = (await graphs.post(PLAN, body, studio.user_id)).json()
    assert ([one["doing"] for one in plan["nodes"]], plan["runnable"]) == (["refused"], False)
    response = await graphs.post(EXECUTE, body, studio.user_id)
    assert (response.status_code, response.json()["nodeId"]) == (400, graph.ids["lamp"]), response.text
    assert await balance(graphs.runtime, studio.user_id) == 100


@pytest.mark.parametrize("number", [{"n": 10}, {"num_outputs": "7"}, {"settings": {"n": 10}}])
async def test_a_text_is_one_answer(server: GenerateServer, number: dict[str, Any]) -> None:
    """It is shown, held and charged as one, whatever `n` says, and a balance that covers one suffices."""
    studio = await server.maker(funds=TEXT_PRICE + 1)
    inputs = {"prompt": "a lamp", **number}
    shown = await server.post(studio.user_id, {"model": TEXT, "parameters": inputs}, "/functions/v1/generation-route")
    assert shown.json()["credits"] == TEXT_PRICE
    last = (await server.stream(studio.user_id, {"modelId": TEXT, "inputs": inputs}))[-1]
    assert (last["type"], last["credits"]) == ("done", TEXT_PRICE)
    (run,) = await server.runs(studio)
    assert [hold.amount for hold in await server.holds(str(run.run_id))] == [TEXT_PRICE]
    assert await balance(server.runtime, studio.user_id) == 1
    assert len(await server.fakes.paid_submits()) == 1
