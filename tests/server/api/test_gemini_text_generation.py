"""gemini-text-generation: any text model, whole as OpenAI's completion or as a stream; the documented refusals."""

from collections.abc import AsyncGenerator

import pytest

from server.fakes.script import Behaviour
from server.stack import postgres
from tests.server.api.text_rig import GEMINI, TextRig, frames, open_text_rig, words_of

FLASH = "google/gemini-2.5-flash"


@pytest.fixture
async def rig(cluster: postgres.Cluster) -> AsyncGenerator[TextRig]:
    async with open_text_rig(cluster) as made:
        yield made


async def test_a_whole_completion(rig: TextRig) -> None:
    """The raw completion; the model runs itself at its own price, by the gateway."""
    await rig.fakes.script(Behaviour(text="Yes."))
    answer = await rig.ask(GEMINI, model=FLASH, systemPrompt="Be brief.")
    told = answer.json()
    assert told["object"] == "chat.completion"
    assert told["choices"][0]["message"] == {"role": "assistant", "content": "Yes."}
    assert (told["choices"][0]["finish_reason"], told["usage"]["completion_tokens"] > 0) == ("stop", True)
    (submit,) = await rig.fakes.paid_submits()
    assert (submit.provider, submit.model) == ("lovable-ai", FLASH)
    assert (await rig.view(answer.headers["x-run-id"]))["result"]["resolvedModel"] == FLASH


async def test_a_stream(rig: TextRig) -> None:
    """`stream` passes OpenAI's chunks on, and ends with `[DONE]`."""
    await rig.fakes.script(Behaviour(text="One two."))
    told = frames((await rig.ask(GEMINI, model=FLASH, stream=True)).text)
    assert (words_of(told[:-1]), told[-1]) == ("One two.", "[DONE]")


async def test_the_default_model(rig: TextRig) -> None:
    """Llama at Groq."""
    await rig.ask(GEMINI)
    assert (await rig.fakes.paid_submits())[0].model == "llama-3.3-70b-versatile"


async def test_who_has_no_key_for_it(cluster: postgres.Cluster) -> None:
    """Its maker is asked, else the default at Groq as the original did, and that is told; without any key a 500."""
    async with open_text_rig(cluster, LOVABLE_API_KEY="") as rig:
        await rig.ask(GEMINI, model=FLASH)
        assert (await rig.fakes.paid_submits())[0].provider == "gemini"
    async with open_text_rig(cluster, LOVABLE_API_KEY="", GEMINI_API_KEY="") as rig:
        result = (await rig.view((await rig.ask(GEMINI, model=FLASH)).headers["x-run-id"]))["result"]
        assert (result["requestedModel"], result["resolvedModel"]) == (FLASH, "llama-3.3-70b-versatile")
        assert (result["fallbackUsed"], result["fallbackReason"]) == (True, "no_credentials:lovable-ai")
    async with open_text_rig(cluster, LOVABLE_API_KEY="", GEMINI_API_KEY="", GROQ_API_KEY="") as rig:
        answer = await rig.ask(GEMINI)
        assert (answer.status_code, answer.json()["error"]) == (500, "GROQ_API_KEY is not configured")


@pytest.mark.parametrize(
    ("status", "answered", "told"),
    [(429, 429, "Rate limits exceeded, please try again later."), (403, 500, "Groq API error")],
)
async def test_refusals(rig: TextRig, status: int, answered: int, told: str) -> None:
    """In the documented words and the shared envelope."""
    await rig.fakes.script(Behaviour(status=status, retry_after="60", times=0))
    answer = await rig.ask(GEMINI)
    assert (answer.status_code, answer.json()["error"]) == (answered, told)
    assert answer.json()["details"] == {"code": "provider_rejected"}
    assert (await rig.ask(GEMINI, prompt="")).json()["error"] == "Prompt is required"
    assert await rig.balance() == 100


async def test_a_rate_limit_that_passes(rig: TextRig) -> None:
    """Two refusals, then an answer: three submits of which one was taken, one charge."""
    await rig.fakes.script(Behaviour(status=429, retry_after="0"), Behaviour(status=429, retry_after="0"))
    answer = await rig.ask(GEMINI, model=FLASH)
    assert answer.status_code == 200
    assert [job.status for job in await rig.jobs(answer.headers["x-run-id"])] == ["rejected", "rejected", "succeeded"]
    assert (len([one for one in await rig.fakes.paid_submits() if one.paid]), await rig.balance()) == (1, 99)


async def test_nothing_stands_in_offline(cluster: postgres.Cluster) -> None:
    """WZRD_OFFLINE=always sends nothing, and animatic mode answers no questions: refused in words, nothing charged."""
    async with open_text_rig(cluster, WZRD_OFFLINE="always") as rig:
        answer = await rig.ask(GEMINI)
        assert answer.status_code == 501
        assert "WZRD_OFFLINE=always lets nothing be sent" in answer.json()["error"]
        assert (await rig.ask(GEMINI, model="animatic/text")).status_code == 501
        assert (await rig.balance(), await rig.fakes.paid_submits()) == (100, [])
