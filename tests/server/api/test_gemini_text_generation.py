"""gemini-text-generation: any text model, whole as OpenAI's completion or as a stream; the documented refusals."""

import pytest

from server.fakes.script import Behaviour
from server.stack import postgres
from tests.server.api.text_server import GEMINI, TextServer, frames, open_text_server, words_of

FLASH = "google/gemini-2.5-flash"


async def test_a_whole_completion(texts: TextServer) -> None:
    """The raw completion; the model runs itself at its own price, by the gateway."""
    await texts.fakes.script(Behaviour(text="Yes."))
    answer = await texts.ask(GEMINI, model=FLASH, systemPrompt="Be brief.")
    told = answer.json()
    assert told["object"] == "chat.completion"
    assert told["choices"][0]["message"] == {"role": "assistant", "content": "Yes."}
    assert (told["choices"][0]["finish_reason"], told["usage"]["completion_tokens"] > 0) == ("stop", True)
    (submit,) = await texts.fakes.paid_submits()
    assert (submit.provider, submit.model) == ("lovable-ai", FLASH)
    assert (await texts.view(answer.headers["x-run-id"]))["result"]["resolvedModel"] == FLASH


async def test_a_stream(texts: TextServer) -> None:
    """`stream` passes OpenAI's chunks on, and ends with `[DONE]`."""
    await texts.fakes.script(Behaviour(text="One two."))
    told = frames((await texts.ask(GEMINI, model=FLASH, stream=True)).text)
    assert (words_of(told[:-1]), told[-1]) == ("One two.", "[DONE]")


async def test_the_default_model(texts: TextServer) -> None:
    """Llama at Groq."""
    await texts.ask(GEMINI)
    assert (await texts.fakes.paid_submits())[0].model == "llama-3.3-70b-versatile"


async def test_who_has_no_key_for_it(cluster: postgres.Cluster) -> None:
    """Its maker is asked, else the default at Groq as the original did, and that is told; without any key a 500."""
    async with open_text_server(cluster, LOVABLE_API_KEY="") as texts:
        await texts.ask(GEMINI, model=FLASH)
        assert (await texts.fakes.paid_submits())[0].provider == "gemini"
    async with open_text_server(cluster, LOVABLE_API_KEY="", GEMINI_API_KEY="") as texts:
        result = (await texts.view((await texts.ask(GEMINI, model=FLASH)).headers["x-run-id"]))["result"]
        assert (result["requestedModel"], result["resolvedModel"]) == (FLASH, "llama-3.3-70b-versatile")
        assert (result["fallbackUsed"], result["fallbackReason"]) == (True, "no_credentials:lovable-ai")
    async with open_text_server(cluster, LOVABLE_API_KEY="", GEMINI_API_KEY="", GROQ_API_KEY="") as texts:
        answer = await texts.ask(GEMINI)
        assert (answer.status_code, answer.json()["error"]) == (500, "GROQ_API_KEY is not configured")


@pytest.mark.parametrize(
    ("status", "answered", "told"),
    [(429, 429, "Rate limits exceeded, please try again later."), (403, 500, "Groq API error")],
)
async def test_refusals(texts: TextServer, status: int, answered: int, told: str) -> None:
    """In the documented words and the shared envelope."""
    await texts.fakes.script(Behaviour(status=status, retry_after="60", times=0))
    answer = await texts.ask(GEMINI)
    assert (answer.status_code, answer.json()["error"]) == (answered, told)
    assert answer.json()["details"] == {"code": "provider_rejected"}
    assert (await texts.ask(GEMINI, prompt="")).json()["error"] == "Prompt is required"
    assert await texts.balance() == 100


async def test_a_rate_limit_that_passes(texts: TextServer) -> None:
    """Two refusals, then an answer: three submits of which one was taken, one charge."""
    await texts.fakes.script(Behaviour(status=429, retry_after="0"), Behaviour(status=429, retry_after="0"))
    answer = await texts.ask(GEMINI, model=FLASH)
    assert answer.status_code == 200
    assert [job.status for job in await texts.jobs(answer.headers["x-run-id"])] == ["rejected", "rejected", "succeeded"]
    assert (len([one for one in await texts.fakes.paid_submits() if one.paid]), await texts.balance()) == (1, 99)


async def test_nothing_stands_in_offline(cluster: postgres.Cluster) -> None:
    """WZRD_OFFLINE=always sends nothing, and animatic mode answers no questions: refused in words, nothing charged."""
    async with open_text_server(cluster, WZRD_OFFLINE="always") as texts:
        answer = await texts.ask(GEMINI)
        assert answer.status_code == 501
        assert "WZRD_OFFLINE=always lets nothing be sent" in answer.json()["error"]
        assert (await texts.ask(GEMINI, model="animatic/text")).status_code == 501
        assert (await texts.balance(), await texts.fakes.paid_submits()) == (100, [])
