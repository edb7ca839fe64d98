"""groq-stream: OpenAI's chunks and `[DONE]` as they come; the documented refusals, and another model after them."""

import asyncio

import httpx
import pytest

from server.fakes.script import Behaviour
from server.stack import postgres
from tests.server.api.text_server import STREAM, TextServer, frames, open_text_server, words_of
from tests.server.served import read
from tests.waiting import let_others_run

ENVIRONMENT = {"GMI_CLOUD_API_KEY": ""}  # Groq alone has a key


async def test_a_stream(texts: TextServer) -> None:
    """Chunks with `choices[0].delta.content`, the finish, the count, `[DONE]`; the run is paid and whole."""
    await texts.fakes.script(Behaviour(text="One two three."))
    answer = await texts.ask(STREAM)
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = frames(answer.text)
    assert (words_of(told[:-1]), told[-1]) == ("One two three.", "[DONE]")
    assert all(one["object"] == "chat.completion.chunk" for one in told[:-1])
    assert told[0]["choices"][0]["delta"]["role"] == "assistant"
    assert told[-2]["choices"][0]["finish_reason"] == "stop"
    assert told[-2]["usage"]["completion_tokens"] > 0
    view = await texts.view(answer.headers["x-run-id"])
    assert (view["status"], view["result"]["raw"]["text"]) == ("succeeded", "One two three.")
    assert await texts.balance() == 99


async def test_words_are_passed_on_as_they_come(texts: TextServer) -> None:
    """The first is there long before the last is written; each frame is a write of its own."""
    await texts.fakes.script(Behaviour(text="a b c d e f", hold="result"))
    async with texts.client.stream("POST", STREAM, json={"prompt": "p"}, headers=texts.headers) as answer:
        came = answer.aiter_bytes()
        first = await anext(came)
        while b'"content":"a' not in first.replace(b" ", b""):
            first += await anext(came)
        await texts.fakes.release()
        rest = [piece async for piece in came]
    assert b"data: [DONE]" not in first
    assert b"data: [DONE]" in b"".join(rest)


async def test_the_defaults(texts: TextServer) -> None:
    """The documented model, temperature and length."""
    row = await texts.row((await texts.ask(STREAM)).headers["x-run-id"])
    assert row.params["model"] == "llama-3.3-70b-versatile"
    assert (row.params["inputs"]["temperature"], row.params["inputs"]["max_tokens"]) == (0.7, 4096)
    assert (await texts.ask(STREAM, prompt=" ")).json()["error"] == "prompt is required"


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (429, "Rate limited by Groq. Please wait and try again."),
        (402, "Groq API payment required."),
        (403, "Groq API error: Forbidden"),
    ],
)
async def test_refusals(texts: TextServer, status: int, told: str) -> None:
    """The provider's status in the documented words, sent once: 402 never again; nothing is charged."""
    await texts.fakes.script(Behaviour(status=status, retry_after="60", times=0))
    answer = await texts.ask(STREAM)
    assert (answer.status_code, answer.json()["error"]) == (status, told)
    assert [job.status for job in await texts.jobs(answer.headers["x-run-id"])] == ["rejected"]
    assert answer.headers.get("retry-after") == ("60" if status == 429 else None)
    assert await texts.balance() == 100


async def test_a_rate_limit_that_is_known(texts: TextServer) -> None:
    """Groq has said for how long it takes nothing: the next call is told so at once, and nothing is sent."""
    await texts.fakes.script(Behaviour(status=429, retry_after="60"))
    await texts.ask(STREAM)
    answer = await texts.ask(STREAM)
    assert (answer.status_code, answer.json()["error"]) == (429, "Rate limited by Groq. Please wait and try again.")
    assert 30 < int(answer.headers["retry-after"]) <= 87
    assert [job.status for job in await texts.jobs(answer.headers["x-run-id"])] == ["never_sent"]


async def test_another_model_after_groqs_failure(cluster: postgres.Cluster) -> None:
    """With GMI's key its DeepSeek answers instead, told, at its own price; the metadata say what ran."""
    async with open_text_server(cluster) as texts:
        await texts.fakes.script(Behaviour(provider="groq", status=429, retry_after="0", times=0))
        answer = await texts.ask(STREAM)
        assert (answer.status_code, frames(answer.text)[-1]) == (200, "[DONE]")
        result = (await texts.view(answer.headers["x-run-id"]))["result"]
        assert (result["resolvedModel"], result["requestedModel"]) == ("gmi/deepseek-r1", "llama-3.3-70b-versatile")
        assert (result["fallbackUsed"], result["credits"]) == (True, 4)
        assert await texts.balance() == 96


async def test_without_groqs_key(cluster: postgres.Cluster) -> None:
    """GMI's DeepSeek is asked at once, and that is told; without any key the documented 500."""
    async with open_text_server(cluster, GROQ_API_KEY="") as texts:
        result = (await texts.view((await texts.ask(STREAM)).headers["x-run-id"]))["result"]
        assert (result["resolvedModel"], result["fallbackReason"]) == ("gmi/deepseek-r1", "no_credentials:groq")
        assert await texts.balance() == 96
    async with open_text_server(cluster, GROQ_API_KEY="", GMI_CLOUD_API_KEY="") as texts:
        answer = await texts.ask(STREAM)
        assert (answer.status_code, answer.json()["error"]) == (500, "GROQ_API_KEY is not configured")


async def test_a_stream_that_breaks_off(texts: TextServer) -> None:
    """An error frame and no `[DONE]`; nothing is sent again once words have reached the client, and these are paid."""
    await texts.fakes.script(Behaviour(text="one two three four five six", outcome="failure"))
    told = frames((answer := await texts.ask(STREAM)).text)
    assert words_of(told).startswith("one")
    assert told[-1]["error"]["code"] == "provider_failed"
    assert "[DONE]" not in told
    view = await texts.view(answer.headers["x-run-id"])
    assert (view["status"], view["code"], view["credits"]) == ("partial", "provider_failed", {"held": 0, "charged": 1})
    assert len(await texts.fakes.paid_submits()) == 1


async def test_a_client_that_hangs_up(texts: TextServer) -> None:
    """It changes nothing: the answer is finished, recorded and charged, and is there for whoever asks again."""
    await texts.fakes.script(Behaviour(text="a b c d e f", hold="result"))
    body = {"prompt": "p", "requestId": "again"}
    async with texts.client.stream("POST", STREAM, json=body, headers=texts.headers) as answer:
        run_id = answer.headers["x-run-id"]
        await anext(answer.aiter_bytes())
    await texts.fakes.wait_submit()
    await texts.fakes.release()
    await texts.all_ended()
    assert (await texts.row(run_id)).status == "succeeded"
    again = await texts.ask(STREAM, **body)
    assert (again.headers["x-run-id"], words_of(frames(again.text))) == (run_id, "a b c d e f")
    assert (len(await texts.fakes.paid_submits()), await texts.balance()) == (1, 99)


async def test_who_comes_later_gets_it_all(texts: TextServer) -> None:
    """A second client of the same request hears the text from its beginning, and both to its end."""
    await texts.fakes.script(Behaviour(text="a b c d e f", hold="result"))
    body = {"prompt": "p", "requestId": "two"}

    async def heard(client: httpx.AsyncClient) -> str:
        return words_of(frames((await client.post(STREAM, json=body, headers=texts.headers)).text))

    async with texts.client.stream("POST", STREAM, json=body, headers=texts.headers) as answer:
        chunks = answer.aiter_bytes()
        await anext(chunks)
        later = asyncio.create_task(heard(texts.client))
        await let_others_run()
        await texts.fakes.release()
        rest = [frame async for frame in chunks]
        assert rest
        assert await later == "a b c d e f"
    assert len(await texts.fakes.paid_submits()) == 1


async def test_the_log_follows(texts: TextServer) -> None:
    """Text that has come is in the run's own stream soon, while the provider still writes."""
    await texts.fakes.script(Behaviour(text="a b c d e f", hold="result"))
    body = {"prompt": "p"}
    async with texts.client.stream("POST", STREAM, json=body, headers=texts.headers) as answer:
        await anext(answer.aiter_bytes())
        path = f"/functions/v1/runs/{answer.headers['x-run-id']}/events"
        async with texts.client.stream("GET", path, headers=texts.headers) as events:
            seen = await read(events.aiter_bytes(), until=2)
            assert [frame.event for frame in seen] == ["meta", "delta"]
        await texts.fakes.release()
    await texts.all_ended()


async def test_unicode_in_pieces(texts: TextServer) -> None:
    """A byte at a time, characters cut in two: the words arrive whole."""
    said = "Ὀδυσσεύς 👩‍🚀 日本 ✂️"
    await texts.fakes.script(Behaviour(text=said, reply="slow"))
    assert words_of(frames((await texts.ask(STREAM)).text)) == said
