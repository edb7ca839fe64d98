"""The fake of chat vendors, asked by their own clients: openai's and groq's, whole and streamed, and refused."""

import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import groq
import httpx
import jsonschema
import openai
import pytest

from server.fakes import Behaviour, Fakes
from server.fakes.vendors import VENDORS

MESSAGES: Any = [{"role": "user", "content": "Say something about a cat."}]


@pytest.fixture
async def client(fakes: Fakes) -> AsyncGenerator[openai.AsyncOpenAI]:
    """OpenAI's client as it comes, with nothing but key and address."""
    env = fakes.environment()
    async with openai.AsyncOpenAI(api_key=env["OPENAI_API_KEY"], base_url=env["OPENAI_BASE_URL"]) as made:
        yield made


@pytest.fixture
async def groq_client(fakes: Fakes) -> AsyncGenerator[groq.AsyncGroq]:
    """Groq's client; it adds /openai/v1 itself."""
    env = fakes.environment()
    base_url = env["GROQ_BASE_URL"].removesuffix("/openai/v1")
    async with groq.AsyncGroq(api_key=env["GROQ_API_KEY"], base_url=base_url) as made:
        yield made


async def test_openai_whole(fakes: Fakes, client: openai.AsyncOpenAI) -> None:
    """The answer has its text, its reason to stop and what it counted; it was paid once."""
    told = await client.chat.completions.create(model="gpt-5", messages=MESSAGES)
    assert "a cat" in (told.choices[0].message.content or "")
    assert (told.choices[0].finish_reason, told.object, told.model) == ("stop", "chat.completion", "gpt-5")
    assert told.usage is not None
    assert told.usage.total_tokens == told.usage.prompt_tokens + told.usage.completion_tokens > 1
    (submit,) = await fakes.paid_submits("openai")
    assert submit.request_id == told.id


async def test_openai_streamed(fakes: Fakes, client: openai.AsyncOpenAI) -> None:
    """Piece by piece the same text; usage comes in a last chunk when it is asked for, and then alone."""
    await fakes.script(Behaviour(text="one two  three\n", times=2))
    stream = await client.chat.completions.create(
        model="gpt-5", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert pieces == ["", "one", " two", "  three", "\n", None]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert (chunks[-1].choices, chunks[-1].usage is not None) == ([], True)
    stream = await client.chat.completions.create(model="gpt-5", messages=MESSAGES, stream=True)
    assert [chunk.usage for chunk in [chunk async for chunk in stream] if chunk.choices] == [None] * 6


async def test_groq_whole_with_rate_limits(groq_client: groq.AsyncGroq) -> None:
    """Headers tell what is left of a day's requests and a minute's tokens."""
    raw = await groq_client.chat.completions.with_raw_response.create(
        model="llama-3.3-70b-versatile", messages=MESSAGES
    )
    assert {name: raw.headers[name] for name in raw.headers if name.startswith("x-ratelimit")} == {
        "x-ratelimit-limit-requests": "1000",
        "x-ratelimit-limit-tokens": "12000",
        "x-ratelimit-remaining-requests": "999",
        "x-ratelimit-remaining-tokens": "11988",
        "x-ratelimit-reset-requests": "1m26.4s",
        "x-ratelimit-reset-tokens": "85ms",
    }
    told = await raw.parse()
    assert told.choices[0].message.content
    assert told.x_groq is not None
    assert told.x_groq.id.startswith("req_")


async def test_groq_streamed(groq_client: groq.AsyncGroq) -> None:
    """`x_groq` stands in the first chunk and, with usage, in the last."""
    stream = await groq_client.chat.completions.create(model="llama", messages=MESSAGES, stream=True)
    chunks = [chunk async for chunk in stream]
    assert "a cat" in "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    about = [chunk.x_groq for chunk in chunks]
    assert about[0] is not None
    assert about[-1] is not None
    assert about[-1].usage is not None
    assert about[1:-1] == [None] * (len(chunks) - 2)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (402, openai.APIStatusError),
    ],
)
async def test_openai_errors(
    fakes: Fakes, client: openai.AsyncOpenAI, status: int, kind: type[openai.APIStatusError]
) -> None:
    """Each status is its client's error, with message and type in the body."""
    await fakes.script(Behaviour(status=status, times=0))
    with pytest.raises(kind) as caught:
        await client.with_options(max_retries=0).chat.completions.create(model="m", messages=MESSAGES)
    assert caught.value.status_code == status
    assert caught.value.type
    assert caught.value.message
    assert await fakes.paid_submits() == []


async def test_groq_heeds_retry_after(fakes: Fakes, groq_client: groq.AsyncGroq) -> None:
    """Its client repeats what was refused; the second time it is served, and paid once."""
    await fakes.script(Behaviour(status=429, retry_after="0.01"))
    told = await groq_client.chat.completions.create(model="llama", messages=MESSAGES)
    assert told.choices
    account = await fakes.tell("groq")
    assert (account["total"], account["refused"]) == (1, 1)
    await fakes.script(Behaviour(status=429, retry_after="9"))
    with pytest.raises(groq.RateLimitError) as caught:
        await groq_client.with_options(max_retries=0).chat.completions.create(model="llama", messages=MESSAGES)
    headers = caught.value.response.headers
    assert (headers["retry-after"], headers["x-ratelimit-remaining-requests"]) == ("9", "0")


async def test_a_vendors_client_pays_twice_for_a_dropped_reply(fakes: Fakes, client: openai.AsyncOpenAI) -> None:
    """The fakes count what happens: the client repeats a submit that was accepted."""
    await fakes.script(Behaviour(reply="dropped"))
    await client.chat.completions.create(model="m", messages=MESSAGES)
    account = await fakes.tell("openai")
    assert list(account["by_payload"].values()) == [2]


async def test_a_stream_fails_in_the_middle(fakes: Fakes, client: openai.AsyncOpenAI) -> None:
    """An error event, which the client raises after the pieces that came."""
    await fakes.script(Behaviour(outcome="failure"))
    stream = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
    pieces = aiter(stream)
    assert [(await anext(pieces)).choices[0].delta.content for _ in range(3)] == ["", "A", " fake"]
    with pytest.raises(openai.APIError, match="Internal server error"):
        [chunk async for chunk in pieces]


async def test_a_stream_is_held_after_its_first_piece(fakes: Fakes, client: openai.AsyncOpenAI) -> None:
    """The first token is there long before the rest."""
    await fakes.script(Behaviour(hold="result", text="one two"))
    stream = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
    pieces = aiter(stream)
    assert [(await anext(pieces)).choices[0].delta.content for _ in range(2)] == ["", "one"]
    await fakes.release()
    assert [chunk.choices[0].delta.content async for chunk in pieces] == [" two", None]


@pytest.mark.parametrize("stream", [False, True])
async def test_max_tokens(client: openai.AsyncOpenAI, stream: bool) -> None:
    """A short allowance cuts the answer and says so."""
    made: Any = await client.chat.completions.create(model="m", messages=MESSAGES, max_tokens=2, stream=stream)
    if stream:
        chunks = [chunk async for chunk in made]
        assert (len(chunks), chunks[-1].choices[0].finish_reason) == (4, "length")
    else:
        assert (made.choices[0].message.content, made.choices[0].finish_reason) == ("A fake", "length")


async def test_json_mode(fakes: Fakes, groq_client: groq.AsyncGroq) -> None:
    """JSON where it is asked for and spoken of; else refused; or produced badly, as Groq tells it."""
    ask: Any = {"model": "llama", "response_format": {"type": "json_object"}}
    spoken: Any = [{"role": "user", "content": 'Answer in JSON: {"shots": [...]}, exactly 4 shots.'}]
    ask_shots: Any = groq_client.chat.completions.create
    told = await ask_shots(messages=spoken, **ask)
    shots = json.loads(told.choices[0].message.content or "")["shots"]
    assert len(shots) == len({shot["description"] for shot in shots}) == 4
    with pytest.raises(groq.BadRequestError, match="must contain the word 'json'"):
        await groq_client.chat.completions.create(messages=MESSAGES, **ask)
    await fakes.script(Behaviour(outcome="refusal"))
    with pytest.raises(groq.BadRequestError) as caught:
        await groq_client.chat.completions.create(messages=spoken, **ask)
    body: Any = caught.value.body
    assert body["error"]["code"] == "json_validate_failed"
    assert len(await fakes.paid_submits()) == 2


TOOL: Any = {
    "type": "object",
    "properties": {"city": {"type": "string", "minLength": 5},
                   "days": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "next": {"$ref": "#/$defs/Stop"}},
    "required": ["city", "days", "next"],
    "additionalProperties": False,
    "$defs": {"Stop": {"type": "object", "properties": {"kind": {"enum": ["rain"]},
                       "more": {"type": "array", "items": {"$ref": "#/$defs/Stop"}}}, "required": ["kind", "more"],
                       "additionalProperties": False}},
}  # fmt: skip
FUNCTIONS: Any = [{"type": "function", "function": {"name": "weather", "parameters": TOOL}}]


async def test_a_function_is_called_and_a_schema_is_kept(client: openai.AsyncOpenAI) -> None:
    """By name or because one has to be, whole and streamed; what a schema asks for fits it, without a word of JSON."""
    create: Any = client.chat.completions.create
    ask: Any = {"model": "m", "messages": MESSAGES, "tools": FUNCTIONS}
    named = {"type": "function", "function": {"name": "weather"}}
    made = (await create(**ask, tool_choice="required")).choices[0]
    call = made.message.tool_calls[0]
    assert (made.finish_reason, made.message.content, call.function.name) == ("tool_calls", None, "weather")
    chunks: list[Any] = [chunk async for chunk in await create(**ask, tool_choice=named, stream=True)]
    pieces: list[Any] = [one for chunk in chunks for one in chunk.choices[0].delta.tool_calls or ()]
    parts = [one.function for one in pieces]
    assert (parts[0].name, "".join(part.arguments for part in parts)) == ("weather", call.function.arguments)
    form = {"type": "json_schema", "json_schema": {"name": "weather", "strict": True, "schema": TOOL}}
    told = (await create(model="m", messages=MESSAGES, response_format=form)).choices[0].message.content
    for text in (told, call.function.arguments):
        jsonschema.validate(json.loads(text), TOOL)
    assert (await create(**ask, tool_choice="auto")).choices[0].message.tool_calls is None
    for wrong in (
        {**ask, "tool_choice": {**named, "function": {"name": "other"}}},
        {**ask, "tools": openai.omit, "tool_choice": "required"},
    ):
        with pytest.raises(openai.BadRequestError, match="tool_choice"):
            await create(**wrong)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.provider)
async def test_every_vendor_answers_at_its_address(fakes: Fakes, http: httpx.AsyncClient, vendor: Any) -> None:
    """With a key (a server of one's own may need none); each spells its errors in its own way."""
    url = f"{fakes.base_url}{vendor.prefix}{vendor.base}"
    async with openai.AsyncOpenAI(api_key="k", base_url=url) as client:
        told = await client.chat.completions.create(model="m", messages=MESSAGES)
        assert told.choices[0].message.content
        assert isinstance([model.id async for model in client.models.list()], list)
    bare = await http.post(f"{url}/chat/completions", json={"model": "m", "messages": MESSAGES})
    assert bare.status_code == (401 if vendor.needs_key else 200)
    await fakes.script(Behaviour(status=402))
    refused = await http.post(
        f"{url}/chat/completions", json={"model": "m", "messages": MESSAGES}, headers={"authorization": "Bearer k"}
    )
    assert refused.status_code == 402
    body = refused.json()
    if vendor.errors == "google":
        assert body[0]["error"]["code"] == 402
    elif vendor.errors == "gateway":
        assert body["type"] == "payment_required"
    else:
        assert body["error"]["type"] == "billing_error"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"model":"m"}', b'{"model":"m","messages":[]}', b'{"model":"m","messages":"x"}']
)
async def test_bad_bodies(fakes: Fakes, http: httpx.AsyncClient, body: bytes) -> None:
    """400 and the reason; nothing is paid."""
    url = f"{fakes.environment()['GROQ_BASE_URL']}/chat/completions"
    answer = await http.post(url, content=body, headers={"authorization": "Bearer k"})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert await fakes.paid_submits() == []


ODD: list[tuple[list[Any], int]] = [
    ([None], 400),
    ([7], 400),
    (["text"], 400),
    ([{"role": "user", "content": 7}], 400),
    ([{"role": "user", "content": [{"type": "text", "text": "x"}]}], 200),
    ([{"role": "user", "content": "x", "name": "Bob"}], 400),
    ([{"role": "user", "content": [None, {"text": 7}]}], 400),
    ([{"role": "bogus", "content": "x"}], 400),
    ([{"content": "x"}], 400),
    ([{"role": "tool", "content": "x"}], 400),
    ([{"role": "assistant", "content": None, "tool_calls": []}], 200),
]


@pytest.mark.parametrize(("messages", "status"), ODD)
async def test_odd_messages(fakes: Fakes, http: httpx.AsyncClient, messages: Any, status: int) -> None:
    """A fake never falls over; a message is an object with a role and something to say, or a call."""
    url = f"{fakes.environment()['GROQ_BASE_URL']}/chat/completions"
    for stream in (False, True):
        body = {"model": "m", "messages": messages, "stream": stream}
        assert (await http.post(url, json=body, headers={"authorization": "Bearer k"})).status_code == status


@pytest.mark.parametrize(
    ("vendor", "wrong", "said"),
    [
        ("GROQ", {"temperature": 3}, "'temperature' : Input should be less than or equal to 2"),
        ("GROQ", {"stream_options": {"include_usage": True}}, "property 'stream_options' is unsupported"),
        ("GROQ", {"logprobs": True}, "property 'logprobs' is unsupported"),
        (
            "GROQ",
            {"model": "llama-4", "reasoning_effort": "low"},
            "`reasoning_effort` is not supported with this model",
        ),
        ("OPENAI", {"temperature": "hot"}, "Invalid 'temperature': Input should be a valid number, but got 'hot'"),
        ("OPENAI", {"top_k": 5}, "Unrecognized request argument supplied: top_k"),
        ("OPENAI", {"stop": [*"abcde"]}, "Invalid 'stop"),
        ("OPENAI", {"stream_options": {"include_usage": True}}, "The 'stream_options' parameter is only allowed when"),
        ("OPENAI", {"model": "gpt-5-mini", "max_tokens": 9}, "Unsupported parameter: 'max_tokens' is not supported"),
        ("GEMINI", {"seed": 7}, 'Unknown name "seed": Cannot find field.'),
    ],
)
async def test_a_wrong_field_is_refused_in_the_vendors_words(
    fakes: Fakes, http: httpx.AsyncClient, vendor: str, wrong: Mapping[str, Any], said: str
) -> None:
    """By the schema of the vendor's own SDK, and by what its models do not take; nothing is paid."""
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], **wrong}
    answer = await http.post(
        f"{fakes.environment()[f'{vendor}_BASE_URL']}/chat/completions",
        json=body,
        headers={"authorization": "Bearer k"},
    )
    assert answer.status_code == 400
    (told,) = answer.json() if vendor == "GEMINI" else [answer.json()]
    assert told["error"]["message"].startswith(said)
    assert await fakes.paid_submits() == []
