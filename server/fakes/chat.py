"""Chat completions in OpenAI's shape, streamed or whole, for every vendor of `server/fakes/vendors.py`."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast
from uuid import uuid4

from server.fakes.calls import Answer, Call, json_answer
from server.fakes.chat_text import answer_text, last_text, pieces, texts_of, tokens_of
from server.fakes.script import Behaviour
from server.fakes.shapes import count_of
from server.fakes.state import FakeState, Handler, Refused, key_of
from server.fakes.structured_outputs import refusal_of, sample_of, tool_refusal, wanted_tool, wrong_message
from server.fakes.vendors import Vendor, limits, refused_of_model
from wzrd.contracts.wire import dumps, members_of
from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.input_schemas import chat_schema

NOTHING: Mapping[str, Any] = MappingProxyType({})
JSON_FORMS = ("json_object", "json_schema")


@dataclass(frozen=True, slots=True)
class _Completion:
    """One completion that was accepted."""

    vendor: Vendor
    behaviour: Behaviour
    body: dict[str, Any]
    request_id: str
    text: str
    finish: str
    created: int
    tool: str | None = None
    """The function that is called instead of an answer; the text is its arguments."""

    @property
    def usage(self) -> dict[str, Any]:
        asked = tokens_of(texts_of(self.body["messages"]))
        said = tokens_of(self.text) * self.answers
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}

    @property
    def answers(self) -> int:
        """Number of answers that are made of the one question, and billed."""
        return count_of(self.body, ("n",))

    @property
    def asks_usage(self) -> bool:
        options = self.body.get("stream_options")
        return bool(members_of(options).get("include_usage"))

    def said(self, text: str, call: Mapping[str, str] = NOTHING) -> dict[str, Any]:
        """Words of the answer, or a part of the call that stands for it."""
        if self.tool is None:
            return {"content": text}
        return {"tool_calls": [{"index": 0, **call, "function": {**self.function(call), "arguments": text}}]}

    def function(self, call: Mapping[str, str]) -> dict[str, Any]:
        """The name of the function, where its call begins."""
        return {"name": self.tool} if call else {}

    @property
    def call(self) -> dict[str, str]:
        """Beginning of a call of a function."""
        return {"id": f"call_{self.request_id[9:33]}", "type": "function"}

    def shell(self, kind: str) -> dict[str, Any]:
        about = {"id": self.request_id, "object": kind, "created": self.created, "model": self.body["model"]}
        return {**about, "system_fingerprint": "fp_fake"}


def handler_of(vendor: Vendor) -> Handler:
    """The handler that answers the calls of one vendor; it raises `Refused`."""

    async def answer(call: Call, state: FakeState) -> Answer:
        if vendor.needs_key:
            key_of(call.headers, "bearer")
        path = call.path.removeprefix(vendor.base)
        if call.method == "GET" and path == "/models":
            reply = await state.ask("check", vendor.provider, "", "")
            return json_answer({"object": "list", "data": _models(vendor)}, reply=reply)
        if call.method == "GET" and path.startswith("/models/"):
            return _model(vendor, path.removeprefix("/models/"))
        if call.method != "POST" or path != "/chat/completions":
            raise Refused(404, f"Unknown request URL: {call.method} {call.path[:200]}")
        if call.object() == {}:
            await state.ask("check", vendor.provider, "", "")
        return await _complete(call, state, vendor)

    return answer


def _models(vendor: Vendor) -> list[dict[str, Any]]:
    found = {
        model.endpoint_id
        for model in load_catalog().models.values()
        if model.provider == vendor.provider and model.media_type == "text"
    }
    return [{"id": name, "object": "model", "created": 0, "owned_by": vendor.owner} for name in sorted(found)]


def _model(vendor: Vendor, name: str) -> Answer:
    for one in _models(vendor):
        if one["id"] == name:
            return json_answer(one)
    raise Refused(404, f"The model '{name[:100]}' does not exist", loc=("model",))


def _checked(call: Call, vendor: Vendor) -> dict[str, Any]:
    body = call.object()
    if body is None:
        raise Refused(400, "We could not parse the JSON body of your request")
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise Refused(400, "you must provide a model parameter", loc=("model",))
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refused(400, "'messages' must be a list with at least one message", loc=("messages",))
    if faults := chat_schema(vendor.provider).problems(body):
        loc = tuple(map(str, faults[0]["loc"]))
        raise Refused(400, _wrong(".".join(loc), faults[0], groq=vendor.x_groq), loc=loc)
    if refused := next(filter(None, _refusals(body, vendor)), None):
        raise Refused(400, refused[1], loc=refused[:1])
    return body


def _refusals(body: dict[str, Any], vendor: Vendor) -> Iterator[tuple[str, str] | None]:
    """Refusals of a body of the right form: the field of each, and the words for that."""
    messages, is_json = cast("list[object]", body["messages"]), _form(body) == "json_object"
    for name, said in (
        ("messages", wrong_message(messages, names=not vendor.x_groq)),
        ("response_format", refusal_of(body, groq=vendor.x_groq)),
        ("tool_choice", tool_refusal(body)),
    ):
        yield (name, said) if said else None
    yield refused_of_model(vendor, body)
    if "stream_options" in body and not body.get("stream"):
        yield "stream_options", "The 'stream_options' parameter is only allowed when 'stream' is enabled."
    if vendor.asks_json and is_json and "json" not in texts_of(messages).lower():
        needed = "must contain the word 'json' in some form, to use 'response_format' of type 'json_object'"
        yield "messages", f"'messages' {needed}"


def _wrong(name: str, fault: Mapping[str, Any], *, groq: bool) -> str:
    """A fault in the words of OpenAI or Groq."""
    match fault["type"]:
        case "extra_forbidden":
            return f"property '{name}' is unsupported" if groq else f"Unrecognized request argument supplied: {name}"
        case "missing":
            return f"'{name}' : property is missing" if groq else f"Missing required parameter: '{name}'."
        case _:
            said = str(fault["msg"])
            return (
                f"'{name}' : {said}" if groq else f"Invalid '{name}': {said}, but got {fault['input']!r:.80} instead."
            )


def _form(body: dict[str, Any]) -> object:
    return members_of(body.get("response_format")).get("type")


def _answer(body: dict[str, Any]) -> tuple[str, str | None]:
    """Words of the answer, or the arguments of the function that is to be called, and its name."""
    messages = cast("list[object]", body["messages"])
    if function := wanted_tool(body):
        return dumps(sample_of(function.get("parameters", {}))).decode(), str(function["name"])
    schema = members_of(members_of(body.get("response_format")).get("json_schema")).get("schema")
    return answer_text(messages, json=_form(body) in JSON_FORMS, schema=schema), None


async def _complete(call: Call, state: FakeState, vendor: Vendor) -> Answer:
    body = _checked(call, vendor)
    messages, model = cast("list[object]", body["messages"]), cast("str", body["model"])
    prompt = last_text(messages)
    behaviour = await state.take(vendor.provider, model, prompt, body, bad=400)
    text, tool = _answer(body) if behaviour.text is None else (behaviour.text, None)
    said, most = pieces(text), body.get("max_completion_tokens") or body.get("max_tokens")
    cut = isinstance(most, int) and len(said) > most > 0
    request_id = f"chatcmpl-{uuid4()}"
    made = _Completion(
        vendor,
        behaviour,
        body,
        request_id,
        "".join(said[:most]) if cut else text,
        "length" if cut else "tool_calls" if tool else "stop",
        int(time.time()),
        tool,
    )
    await state.accept(vendor.provider, model, prompt, body, request_id, behaviour)
    if behaviour.outcome == "refusal" and _form(body) in JSON_FORMS:
        return _failed_generation(made)
    headers = {"x-request-id": f"req_{request_id[9:]}", **(limits() if vendor.limits else {})}
    if body.get("stream"):
        events = _events(made, state)
        return Answer(kind="text/event-stream", headers=headers, events=events, reply=behaviour.reply)
    return await _whole(made, state, headers)


def _failed_generation(made: _Completion) -> Answer:
    """JSON mode that produced no JSON, as Groq tells it: the work was done."""
    message = "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details."
    error = {"message": message, "type": "invalid_request_error", "code": "json_validate_failed"}
    return json_answer({"error": {**error, "failed_generation": made.text[: len(made.text) // 2]}}, 400)


async def _whole(made: _Completion, state: FakeState, headers: dict[str, str]) -> Answer:
    behaviour = made.behaviour
    if behaviour.hold == "result":
        await state.holds.add(made.body["model"], last_text(made.body["messages"]))
    await asyncio.sleep((behaviour.seconds or 0) + behaviour.token_seconds * len(pieces(made.text)))
    if behaviour.outcome != "success":
        raise Refused(500)
    message = {"role": "assistant", "content": None, "refusal": None, **made.said(made.text, made.call)}
    choice = {"message": message, "logprobs": None, "finish_reason": made.finish}
    payload = {**made.shell("chat.completion"), "choices": [{"index": at, **choice} for at in range(made.answers)]}
    if behaviour.usage:
        payload["usage"] = made.usage
    if made.vendor.x_groq:
        payload["x_groq"] = {"id": f"req_{made.request_id[9:]}"}
    whole = json_answer(payload, reply=behaviour.reply)
    return Answer(body=whole.body, headers={**headers}, reply=behaviour.reply)


async def _events(made: _Completion, state: FakeState) -> AsyncGenerator[bytes]:
    """The stream: the role, the pieces, why it ends, what it counted, and the mark of the end."""
    behaviour, shell = made.behaviour, made.shell("chat.completion.chunk")
    more = {"usage": None} if made.asks_usage else {}

    def chunk(delta: dict[str, Any], finish: str | None = None, extra: Mapping[str, Any] = NOTHING) -> bytes:
        choice = {"delta": delta, "logprobs": None, "finish_reason": finish}
        payloads = [{**shell, "choices": [{"index": at, **choice}], **more, **extra} for at in range(made.answers)]
        return b"".join(b"data: " + dumps(one) + b"\n\n" for one in payloads)

    groq: dict[str, Any] = {"x_groq": {"id": f"req_{made.request_id[9:]}"}} if made.vendor.x_groq else {}
    if behaviour.seconds:
        await asyncio.sleep(behaviour.seconds)
    yield chunk({"role": "assistant", **made.said("", made.call)}, extra=groq)
    said = pieces(made.text)
    for at, piece in enumerate(said):
        if at and behaviour.token_seconds:
            await asyncio.sleep(behaviour.token_seconds)
        if at == 1 and behaviour.hold == "result":
            await state.holds.add(made.body["model"], last_text(made.body["messages"]))
        if behaviour.outcome != "success" and at == len(said) // 2:
            yield b'data: {"error":{"message":"Internal server error.","type":"server_error","code":null}}\n\n'
            return
        yield chunk(made.said(piece))
    if groq and behaviour.usage:
        groq["x_groq"] = {**groq["x_groq"], "usage": made.usage}
    yield chunk({}, made.finish, extra=groq)
    if behaviour.usage and made.asks_usage:
        yield b"data: " + dumps({**shell, "choices": [], "usage": made.usage}) + b"\n\n"
    yield b"data: [DONE]\n\n"
