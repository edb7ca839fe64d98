"""groq-chat: a prompt and its whole answer as `{text, usage}`, paid once, in the documented words."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from server.fakes.script import Behaviour
from server.stack import postgres
from tests.server.api.text_rig import CHAT, LLAMA, TextRig, open_text_rig
from wzrd.db.events import read_events


@pytest.fixture
async def rig(cluster: postgres.Cluster) -> AsyncGenerator[TextRig]:
    async with open_text_rig(cluster) as made:
        yield made


async def test_an_answer(rig: TextRig) -> None:
    """`{text, usage}` as application/json; one submit, one charge, and the run's view holds the documented result."""
    await rig.fakes.script(Behaviour(text="Rain over the harbour."))
    answer = await rig.ask(systemPrompt="Be brief.", temperature=0, maxTokens=50)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    told = answer.json()
    assert (told["text"], set(told)) == ("Rain over the harbour.", {"text", "usage"})
    assert told["usage"]["completion_tokens"] > 0
    run_id = answer.headers["x-run-id"]
    view = await rig.view(run_id)
    result = view["result"]
    assert (view["status"], view["kind"], view["credits"]) == ("succeeded", "generate", {"held": 0, "charged": 1})
    assert result["raw"]["text"] == "Rain over the harbour."
    assert (result["requestedModel"], result["resolvedModel"], result["credits"]) == (LLAMA, LLAMA, 1)
    assert (result["mediaType"], result["fallbackUsed"], result["generationId"]) == ("text", False, run_id)
    assert await rig.balance() == 99
    (submit,) = await rig.fakes.paid_submits("groq")
    assert submit.prompt == "Say a word."


async def test_what_is_sent(rig: TextRig) -> None:
    """The documented defaults, JSON mode, and no more: the provider is asked for a whole answer."""
    jobs = await rig.jobs((await rig.ask()).headers["x-run-id"])
    assert [(job.status, job.submission_no) for job in jobs] == [("succeeded", 0)]
    row = await rig.row((await rig.ask(responseFormat="json", prompt="JSON please")).headers["x-run-id"])
    inputs = row.params["inputs"]
    assert (inputs["temperature"], inputs["max_tokens"], inputs["stream"], inputs["json"]) == (0.7, 1024, False, True)
    assert inputs["systemPrompt"] == "You are a helpful assistant."
    assert (row.executor, row.flow_run_id, row.params["function"]) == ("inline", None, "groq-chat")


async def test_the_log_of_a_run(rig: TextRig) -> None:
    """`meta`, the text, `done`: who follows the run later reads it all."""
    run_id = (await rig.row((await rig.ask(requestId="one")).headers["x-run-id"])).run_id
    async with rig.runtime.begin() as tx:
        entries = await read_events(tx, run_id, 0)
    assert [entry.event.event for entry in entries] == ["meta", "delta", "done"]
    assert entries[0].event.data["requestId"] == "one"
    assert entries[2].event.data["result"]["text"] == entries[1].event.data["text"]


async def test_what_comes_with_it_is_kept(rig: TextRig) -> None:
    """`outputConfig` and `metadata` lie in the run; a project must be the caller's."""
    metadata = {"source": "studio", "entityId": "node-1", "custom": {"a": 1}, "projectId": str(rig.studio.project_id)}
    answer = await rig.ask(metadata=metadata, outputConfig={"format": "txt"})
    row = await rig.row(answer.headers["x-run-id"])
    assert row.params["metadata"]["custom"] == {"a": 1}
    assert (row.params["output"]["format"], row.project_id) == ("txt", rig.studio.project_id)
    foreign = await rig.ask(projectId="00000000-0000-4000-8000-000000000000")
    assert (foreign.status_code, foreign.json()["error"]) == (404, "Project not found or access denied")


async def test_the_prefix_may_be_left_off(rig: TextRig) -> None:
    """The client asks for `groq/x` as `x`; the family's price is charged."""
    answer = await rig.ask(model="llama-3.1-8b-instant")
    assert answer.status_code == 200
    assert (await rig.row(answer.headers["x-run-id"])).params["chosen"]["model"] == "groq/llama-3.1-8b-instant"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"prompt": ""}, "prompt is required"),
        ({"prompt": "  "}, "prompt is required"),
        ({"model": ""}, "model is required"),
        ({"model": "fal-ai/flux/dev"}, "'fal-ai/flux/dev' makes image, not text"),
        ({"model": "no such model"}, "no model is called 'no such model'"),
        ({"temperature": 9}, "temperature: should be less than or equal to 2 (got 9)"),
        ({"maxTokens": 0}, "maxTokens: should be greater than or equal to 1 (got 0)"),
        ({"responseFormat": "xml"}, "responseFormat: "),
        ({"prompt": ["a"]}, "prompt: should be a valid string (got an array)"),
        ({"prompt": "x" * 200_001}, "prompt: string should have at most 200000 characters"),
        ({"maxCredits": 0}, "llama-3.3-70b-versatile costs 1 credits here, more than maxCredits 0"),
    ],
)
async def test_bad_requests(rig: TextRig, body: dict[str, Any], told: str) -> None:
    """400 in the shared envelope, naming the field; nothing is sent, nothing held."""
    answer = await rig.ask(**body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(told) or told in answer.json()["error"]
    assert set(answer.json()) == {"error", "details", "timestamp"}
    assert (await rig.balance(), await rig.fakes.paid_submits()) == (100, [])


async def test_a_huge_prompt(rig: TextRig) -> None:
    """10 MiB are refused with the bound, before anything is parsed."""
    answer = await rig.ask(prompt="x" * (10 << 20))
    assert answer.status_code == 413
    assert "1048576 bytes" in answer.json()["error"]
    assert await rig.balance() == 100


async def test_unicode(rig: TextRig) -> None:
    """Any script and halves of emoji's families arrive as they were."""
    said = "Ὀδυσσεύς 👩‍🚀 ✂️ 日本 \u202e end"
    await rig.fakes.script(Behaviour(text=said))
    answer = await rig.ask(prompt=f"Say: {said}")
    assert answer.json()["text"] == said
    assert (await rig.fakes.paid_submits())[0].prompt == f"Say: {said}"


async def test_who_asks(rig: TextRig) -> None:
    """Nobody without a user's token, whatever else is wrong with the request; 402 in the ledger's own words."""
    unsigned = await rig.client.post(CHAT, content=b"{")
    assert (unsigned.status_code, unsigned.json()["error"]) == (401, "Missing authorization header")
    internal = await rig.client.post(CHAT, json={"prompt": "p", "model": LLAMA}, headers={"x-internal-request": "true"})
    assert internal.status_code == 401


async def test_no_credits(cluster: postgres.Cluster) -> None:
    """The documented 402 in its own shape; nothing was sent and no run is left."""
    async with open_text_rig(cluster, funds=4) as rig:
        told = (answer := await rig.ask(model="gmi/claude-opus-4.7")).json()
        assert answer.status_code == 402
        assert (told["code"], told["required"], told["available"]) == ("insufficient_credits", 5, 4)
        assert (told["error"], told["top_up_url"]) == ("Insufficient credits", "/settings/billing")
        assert "x-run-id" not in answer.headers
        assert (await rig.balance(), await rig.fakes.paid_submits()) == (4, [])
        assert (await rig.client.get("/functions/v1/runs", headers=rig.headers)).json() == {"runs": []}


async def test_a_server_without_a_key(cluster: postgres.Cluster) -> None:
    """The documented 500, before anything is written."""
    async with open_text_rig(cluster, GROQ_API_KEY="") as rig:
        answer = await rig.ask()
        assert (answer.status_code, answer.json()["error"]) == (500, "GROQ_API_KEY is not configured")
        assert answer.json()["details"] == {"code": "not_configured"}
        assert await rig.balance() == 100


async def test_a_free_route(cluster: postgres.Cluster) -> None:
    """A route that WZRD_FREE_ROUTES lists costs nothing, and is recorded all the same."""
    async with open_text_rig(cluster, WZRD_FREE_ROUTES="groq-chat, groq-stream") as rig:
        answer = await rig.ask()
        view = await rig.view(answer.headers["x-run-id"])
        assert (view["credits"], view["result"]["credits"]) == ({"held": 0, "charged": 0}, 0)
        assert await rig.balance() == 100
