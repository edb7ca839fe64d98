"""groq-chat: a prompt and its whole answer as `{text, usage}`, paid once, in the documented words."""

from typing import Any

import pytest

from server.fakes.script import Behaviour
from server.stack import postgres
from tests.server.api.text_server import CHAT, LLAMA, TextServer, open_text_server
from wzrd.db.events import read_events


async def test_an_answer(texts: TextServer) -> None:
    """`{text, usage}` as application/json; one submit, one charge, and the run's view holds the documented result."""
    await texts.fakes.script(Behaviour(text="Rain over the harbour."))
    answer = await texts.ask(systemPrompt="Be brief.", temperature=0, maxTokens=50)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    told = answer.json()
    assert (told["text"], set(told)) == ("Rain over the harbour.", {"text", "usage"})
    assert told["usage"]["completion_tokens"] > 0
    run_id = answer.headers["x-run-id"]
    view = await texts.view(run_id)
    result = view["result"]
    assert (view["status"], view["kind"], view["credits"]) == ("succeeded", "generate", {"held": 0, "charged": 1})
    assert result["raw"]["text"] == "Rain over the harbour."
    assert (result["requestedModel"], result["resolvedModel"], result["credits"]) == (LLAMA, LLAMA, 1)
    assert (result["mediaType"], result["fallbackUsed"], result["generationId"]) == ("text", False, run_id)
    assert await texts.balance() == 99
    (submit,) = await texts.fakes.paid_submits("groq")
    assert submit.prompt == "Say a word."


async def test_what_is_sent(texts: TextServer) -> None:
    """The documented defaults, JSON mode, and no more: the provider is asked for a whole answer."""
    jobs = await texts.jobs((await texts.ask()).headers["x-run-id"])
    assert [(job.status, job.submission_no) for job in jobs] == [("succeeded", 0)]
    row = await texts.row((await texts.ask(responseFormat="json", prompt="JSON please")).headers["x-run-id"])
    inputs = row.params["inputs"]
    assert (inputs["temperature"], inputs["max_tokens"], inputs["stream"], inputs["json"]) == (0.7, 1024, False, True)
    assert inputs["systemPrompt"] == "You are a helpful assistant."
    assert (row.executor, row.flow_run_id, row.params["function"]) == ("inline", None, "groq-chat")


async def test_the_log_of_a_run(texts: TextServer) -> None:
    """`meta`, the text, `done`: who follows the run later reads it all."""
    run_id = (await texts.row((await texts.ask(requestId="one")).headers["x-run-id"])).run_id
    async with texts.runtime.begin() as tx:
        entries = await read_events(tx, run_id, 0)
    assert [entry.event.event for entry in entries] == ["meta", "delta", "done"]
    assert entries[0].event.data["requestId"] == "one"
    assert entries[2].event.data["result"]["text"] == entries[1].event.data["text"]


async def test_what_comes_with_it_is_kept(texts: TextServer) -> None:
    """`outputConfig` and `metadata` lie in the run; a project must be the caller's."""
    metadata = {"source": "studio", "entityId": "node-1", "custom": {"a": 1}, "projectId": str(texts.studio.project_id)}
    answer = await texts.ask(metadata=metadata, outputConfig={"format": "txt"})
    row = await texts.row(answer.headers["x-run-id"])
    assert row.params["metadata"]["custom"] == {"a": 1}
    assert (row.params["output"]["format"], row.project_id) == ("txt", texts.studio.project_id)
    foreign = await texts.ask(projectId="00000000-0000-4000-8000-000000000000")
    assert (foreign.status_code, foreign.json()["error"]) == (404, "Project not found or access denied")


async def test_the_prefix_may_be_left_off(texts: TextServer) -> None:
    """The client asks for `groq/x` as `x`; the family's price is charged."""
    answer = await texts.ask(model="llama-3.1-8b-instant")
    assert answer.status_code == 200
    assert (await texts.row(answer.headers["x-run-id"])).params["chosen"]["model"] == "groq/llama-3.1-8b-instant"


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
async def test_bad_requests(texts: TextServer, body: dict[str, Any], told: str) -> None:
    """400 in the shared envelope, naming the field; nothing is sent, nothing held."""
    answer = await texts.ask(**body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(told) or told in answer.json()["error"]
    assert set(answer.json()) == {"error", "details", "timestamp"}
    assert (await texts.balance(), await texts.fakes.paid_submits()) == (100, [])


async def test_a_huge_prompt(texts: TextServer) -> None:
    """10 MiB are refused with the bound, before anything is parsed."""
    answer = await texts.ask(prompt="x" * (10 << 20))
    assert answer.status_code == 413
    assert "1048576 bytes" in answer.json()["error"]
    assert await texts.balance() == 100


async def test_unicode(texts: TextServer) -> None:
    """Any script and halves of emoji's families arrive as they were."""
    said = "Ὀδυσσεύς 👩‍🚀 ✂️ 日本 \u202e end"
    await texts.fakes.script(Behaviour(text=said))
    answer = await texts.ask(prompt=f"Say: {said}")
    assert answer.json()["text"] == said
    assert (await texts.fakes.paid_submits())[0].prompt == f"Say: {said}"


async def test_who_asks(texts: TextServer) -> None:
    """Nobody without a user's token, whatever else is wrong with the request; 402 in the ledger's own words."""
    unsigned = await texts.client.post(CHAT, content=b"{")
    assert (unsigned.status_code, unsigned.json()["error"]) == (401, "Missing authorization header")
    internal = await texts.client.post(
        CHAT, json={"prompt": "p", "model": LLAMA}, headers={"x-internal-request": "true"}
    )
    assert internal.status_code == 401


async def test_no_credits(cluster: postgres.Cluster) -> None:
    """The documented 402 in its own shape; nothing was sent and no run is left."""
    async with open_text_server(cluster, funds=4) as texts:
        told = (answer := await texts.ask(model="gmi/claude-opus-4.7")).json()
        assert answer.status_code == 402
        assert (told["code"], told["required"], told["available"]) == ("insufficient_credits", 5, 4)
        assert (told["error"], told["top_up_url"]) == ("Insufficient credits", "/settings/billing")
        assert "x-run-id" not in answer.headers
        assert (await texts.balance(), await texts.fakes.paid_submits()) == (4, [])
        assert (await texts.client.get("/functions/v1/runs", headers=texts.headers)).json() == {"runs": []}


async def test_a_server_without_a_key(cluster: postgres.Cluster) -> None:
    """The documented 500, before anything is written."""
    async with open_text_server(cluster, GROQ_API_KEY="") as texts:
        answer = await texts.ask()
        assert (answer.status_code, answer.json()["error"]) == (500, "GROQ_API_KEY is not configured")
        assert answer.json()["details"] == {"code": "not_configured"}
        assert await texts.balance() == 100


async def test_a_free_route(cluster: postgres.Cluster) -> None:
    """A route that WZRD_FREE_ROUTES lists costs nothing, and is recorded all the same."""
    async with open_text_server(cluster, WZRD_FREE_ROUTES="groq-chat, groq-stream") as texts:
        answer = await texts.ask()
        view = await texts.view(answer.headers["x-run-id"])
        assert (view["credits"], view["result"]["credits"]) == ({"held": 0, "charged": 0}, 0)
        assert await texts.balance() == 100
