"""The chat adapter at every vendor: whole answers, JSON, limits, refusals, and what a model turns out not to take."""

import json
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from server.fakes import Behaviour
from tests.fakes.chat import Act, Call, ChatServer, answers, delta, raw, refuses, says
from tests.providers.conformance import SUBJECTS, Bench, hear, settings_at
from tests.providers.scripted_chat import ASK, asked, make_chat, now
from wzrd.domain.errors import ProviderFailed, ProviderRejected
from wzrd.domain.submission import RetryPolicy, RetryState, retry_delay
from wzrd.providers.base import Request
from wzrd.providers.chat import Chat, ChatEndpoint
from wzrd.providers.chat_request import MAX_MODELS, ChatRequests

EVERY = pytest.mark.parametrize(
    "bench", [one for one in SUBJECTS if one.is_chat], ids=lambda one: one.name, indirect=True
)
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


@pytest.fixture
def chat(http: httpx.AsyncClient, server: ChatServer) -> Chat:
    """An adapter that asks for usage, pointed at the server."""
    return make_chat(http, server.base_url)


@EVERY
async def test_a_whole_answer(bench: Bench) -> None:
    """Not streamed, it comes in one piece, with usage and the reason why it ended."""
    heard = await hear(bench.adapter, bench.subject.asked("whole", stream=False))
    assert heard.texts == [heard.output.text]
    assert "whole" in (heard.output.text or "")
    assert heard.output.raw["usage"]["total_tokens"] > 0
    assert heard.output.raw["finish_reason"] == "stop"
    assert await bench.paid() == 1


@EVERY
@pytest.mark.parametrize("form", [{"json": True}, {"json_schema": SCHEMA}], ids=["object", "schema"])
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
async def test_json_mode(bench: Bench, form: dict[str, Any], stream: bool) -> None:
    """One JSON object, streamed or not; a model that knows no schema says so, unpaid, and is asked for plain JSON."""
    asked = bench.subject.asked("answer in JSON", stream=stream, **form)
    if bench.subject.name == "groq" and "json_schema" in form:
        with pytest.raises(ProviderRejected, match="does not support response format"):
            await hear(bench.adapter, asked)
    output = (await hear(bench.adapter, asked)).output
    assert isinstance(json.loads(output.text or ""), dict)


@EVERY
async def test_a_short_answer_says_that_it_was_cut(bench: Bench) -> None:
    """`max_tokens` is kept, and the finish reason tells."""
    output = (await hear(bench.adapter, bench.subject.asked("a long story", max_tokens=2))).output
    assert output.raw["finish_reason"] == "length"


@EVERY
async def test_an_answer_without_usage_is_an_answer(bench: Bench) -> None:
    """Some servers count nothing."""
    await bench.fakes.script(Behaviour(usage=False))
    output = (await bench.hear()).output
    assert output.text
    assert not output.raw.get("usage")


@EVERY
async def test_a_generation_that_fails_in_the_middle_keeps_its_text(bench: Bench) -> None:
    """The text that was streamed is in the error, for whoever can use half an answer."""
    await bench.fakes.script(Behaviour(outcome="failure"))
    error = await bench.failure()
    assert type(error) is ProviderFailed
    assert error.details["partial"]


@pytest.mark.parametrize("bench", [one for one in SUBJECTS if one.name == "groq"], ids=["groq"], indirect=True)
async def test_groqs_json_mode_that_made_no_json(bench: Bench) -> None:
    """A 400 after the work was done: failed, with what was written, and not asked again as if refused."""
    await bench.fakes.script(Behaviour(outcome="refusal", text='{"shots": [1, 2'))
    request = bench.subject.asked("JSON please", json=True)
    with pytest.raises(ProviderFailed) as caught:
        await hear(bench.adapter, request)
    assert '{"shots": [1, 2'.startswith(caught.value.details["partial"])
    assert (await hear(bench.adapter, request)).output.text


PAYMENT: dict[str, Act] = {
    "402": refuses(402),
    "402 with Retry-After": refuses(402, retry_after="1"),
    "the gateway's 402": answers({"type": "payment_required", "message": "Not enough credits"}, 402),
    "OpenAI's quota": answers({"error": {"message": "quota", "type": "x", "code": "insufficient_quota"}}, 429),
    "a quota and a wait": answers({"error": {"message": "q", "code": "insufficient_quota"}}, 429, retry_after="1"),
    "an account that is not active": answers({"error": {"message": "x", "code": "billing_not_active"}}, 429),
    "an empty account's 403": answers({"detail": "User is locked. Reason: Exhausted balance."}, 403),
    "Zhipu's arrears": answers({"error": {"code": "1113", "message": "您的账户已欠费,请充值后重试。"}}, 429),
    "Zhipu's packages": answers({"error": {"code": "1113", "message": "Insufficient balance or no package."}}, 429),
    "Moonshot's": answers({"error": {"message": "suspended", "type": "exceeded_current_quota_error"}}, 429),
    "SiliconFlow's": answers({"code": 30011, "message": "Your paid balance is insufficient."}, 403),
    "MiniMax's": answers({"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}),
    "MiniMax's in the stream": raw(b'data: {"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}\n\n'),
    "in the stream": raw(b'data: {"error":{"message":"no credits","code":402}}\n\n'),
    "in a whole answer": answers({"error": {"message": "no credits", "code": "insufficient_quota"}}),
}  # fmt: skip


@pytest.mark.parametrize("act", PAYMENT.values(), ids=list(PAYMENT))
async def test_credits_that_are_gone_are_never_asked_for_again(chat: Chat, server: ChatServer, act: Act) -> None:
    """However it is told, it is a 402, and only a person can help."""
    server.script = [act]
    with pytest.raises(ProviderRejected) as caught:
        await hear(chat, asked())
    assert (caught.value.status, caught.value.retry_after) == (402, None)
    state = RetryState(tries=1, streamed=False, lost=0, remaining=1000.0)
    assert retry_delay(caught.value, state, RetryPolicy(), 0.5) is None


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ([{"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}}], 429, "slow down"),
        ([{"error": {"code": 400, "message": "bad model", "status": "INVALID_ARGUMENT"}}], 400, "bad model"),
        (
            [{"error": {"code": 429, "message": "You exceeded your current quota"}}],
            429,
            "current quota",
        ),
        ({"message": "Tokens per minute limit exceeded", "code": "token_quota_exceeded"}, 429, "Tokens per minute"),
        ({"type": "rate_limited", "message": "too fast", "details": ""}, 429, "too fast"),
        ({"error": "model 'x' not found, try pulling it first"}, 404, "try pulling it"),
        ({"error": {"message": None, "type": "server_error", "code": None}}, 400, "server_error"),
        ({"object": "error", "message": "The model `x` does not exist.", "code": 404}, 404, "does not exist"),
        ({"detail": "Not Found"}, 404, "Not Found"),
        ({"error": {"code": 403, "message": "Input was flagged"}}, 403, "answered 403: Input was flagged"),
        ({"error": {"message": "No access to the model"}}, 403, "refused the key .403., check OPENAI_API_KEY: No"),
    ],
)
async def test_refusals_in_every_vendors_words(
    chat: Chat, server: ChatServer, body: object, status: int, said: str
) -> None:
    """Google wraps an error in a list, the gateway in plain fields, Ollama in a text, vLLM in its own object."""
    server.script = [answers(body, status)]
    with pytest.raises(ProviderRejected, match=said) as caught:
        await hear(chat, asked())
    assert caught.value.status == status


async def spent(call: Call) -> None:
    """An answer that used up the limit."""
    await call.head(x_ratelimit_remaining_tokens="0", x_ratelimit_reset_tokens="7.5s")
    await call.event(delta("a"))
    await call.event("[DONE]")


async def test_rate_limits_are_read_from_every_answer(chat: Chat, server: ChatServer) -> None:
    """An empty bucket makes the model wait, no other model; the next answer that shows room ends it."""
    assert chat.pause("m") == 0
    server.script = [spent]
    await hear(chat, asked())
    assert 0 < chat.pause("m") <= 7.5
    assert chat.pause("other") == 0
    server.script = [says("b")]
    await hear(chat, asked())
    assert chat.pause("m") == 0
    server.script = [refuses(429, x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="3s")]
    with pytest.raises(ProviderRejected) as caught:
        await hear(chat, asked())
    assert caught.value.retry_after == 3.0
    assert 0 < chat.pause("m") <= 3


@pytest.mark.parametrize(
    ("feature", "inputs", "refusal"),
    [
        ("response_format", {"json_schema": SCHEMA}, "'response_format' of type 'json_schema' is not supported"),
        ("response_format", {"json": True}, "This model does not support response_format json_object"),
        ("max_tokens", {"max_tokens": 9}, "Unsupported parameter: use 'max_completion_tokens' instead"),
        ("temperature", {"temperature": 0.5}, "Unsupported value: 'temperature' does not support 0.5"),
        ("stream_options", {}, "Unrecognized request argument supplied: stream_options"),
        ("seed", {"seed": 7}, 'Invalid JSON payload received. Unknown name "seed": Cannot find field.'),
        ("top_p", {"top_p": 0.5}, "Unsupported parameter: 'top_p' is not supported with this model."),
    ],
)
async def test_what_a_model_refuses_is_learnt(
    chat: Chat, server: ChatServer, feature: str, inputs: dict[str, Any], refusal: str
) -> None:
    """The refusal, which is unpaid, may be sent again at once; that model is never asked so again, others are."""
    server.script = [refuses(400, refusal)]
    with pytest.raises(ProviderRejected) as caught:
        await hear(chat, asked(**inputs))
    assert caught.value.retry_after == 0.0
    await hear(chat, asked(**inputs))
    await hear(chat, Request("another", "text", {**ASK, **inputs}, 5.0))
    first, second, other = (call.body for call in server.calls)
    assert first.get(feature) == other.get(feature) is not None
    assert second.get(feature) != first[feature]
    if feature == "max_tokens":
        assert second["max_completion_tokens"] == 9
    if "json_schema" in inputs:
        assert second["response_format"] == {"type": "json_object"}


async def test_a_refusal_of_something_else_is_final(chat: Chat, server: ChatServer) -> None:
    """A 400 that names nothing that was asked for teaches nothing; without its end a text is another."""
    server.script = [refuses(400, "'temperature' is unsupported"), refuses(400, "'stop' is not supported")]
    for inputs in ({"json": True}, {"stop": "."}):
        with pytest.raises(ProviderRejected) as caught:
            await hear(chat, asked(**inputs))
        assert caught.value.retry_after is None
    assert "response_format" in server.calls[0].body


def test_what_is_learnt_is_bounded() -> None:
    """A thousand names of models; one more begins anew."""
    requests = ChatRequests("openai", stream_options=True)
    for at in range(MAX_MODELS + 1):
        assert requests.learn(Request(f"m{at}", "text", ASK), 400, b"stream_options?")
    assert "stream_options" in requests.body(Request("m0", "text", ASK))
    assert "stream_options" not in requests.body(Request(f"m{MAX_MODELS}", "text", ASK))


async def test_a_schema_goes_as_openai_documents_it(chat: Chat, server: ChatServer) -> None:
    """Under a name; one that has its name keeps it, with what else it says."""
    named = {"name": "shots", "strict": True, "schema": SCHEMA}
    for schema in (SCHEMA, named):
        await hear(chat, asked(json_schema=schema))
    told = [call.body["response_format"]["json_schema"] for call in server.calls]
    assert told == [{"name": "answer", "schema": SCHEMA}, named]


async def test_settings_go_along_and_nothing_else(chat: Chat, server: ChatServer) -> None:
    """Settings that OpenAI's chat knows are sent; an input of ours, or one that is absent, is not."""
    told = {"temperature": 0, "seed": 7, "top_p": 0.5, "stop": ["END"], "max_tokens": 5}
    await hear(chat, asked(**told, scene="x", count=3, presence_penalty=None))
    body = server.calls[0].body
    fixed = {"model": "m", "messages": ASK["messages"], "stream": True, "stream_options": {"include_usage": True}}
    assert body == {**fixed, **told}


async def test_a_server_of_ones_own_gets_no_key(server: ChatServer, http: httpx.AsyncClient) -> None:
    """Ollama wants none, and none is sent; with one, it is sent as a bearer."""
    for key, sent in ((None, None), ("k" * 20, f"Bearer {'k' * 20}")):
        endpoint = ChatEndpoint("local", f"{server.origin}/v1/", SecretStr(key) if key else None, "X", keyless=True)
        await hear(Chat(endpoint, http, now=now), asked())
        assert server.calls[-1].headers.get("authorization") == sent
        assert server.calls[-1].path == "/v1/chat/completions"


@pytest.mark.parametrize(
    ("subject", "path"),
    [
        ("groq", "/groq/openai/v1/chat/completions"),
        ("gateway", "/gateway/v1/chat/completions"),
        ("gemini", "/gemini/v1beta/openai/chat/completions"),
        ("openai", "/openai/v1/chat/completions"),
        ("gmi text", "/gmi-chat/v1/chat/completions"),
        ("own server", "/chat/v1/chat/completions"),
    ],
)
async def test_each_vendor_is_asked_at_its_own_address(
    server: ChatServer, http: httpx.AsyncClient, subject: str, path: str
) -> None:
    """The path below the vendor's host, its own name for the model, usage asked for where it is not told unasked."""
    one = next(one for one in SUBJECTS if one.name == subject)
    await hear(one.open(settings_at(server.origin), http), one.asked())
    (call,) = server.calls
    assert (call.path, call.body["model"]) == (path, one.model)
    assert ("stream_options" in call.body) is (subject != "groq")
