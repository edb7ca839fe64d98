"""groq-chat, groq-stream and gemini-text-generation: their requests, and a text as OpenAI's chat API spells it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field

from wzrd.contracts.generate import GenerationOptions
from wzrd.contracts.sse import encode
from wzrd.contracts.wire import NUMBER, Needed, dumps

DONE = b"data: [DONE]\n\n"
"""The last frame of a stream that is whole."""
DEFAULT_MODEL = "llama-3.3-70b-versatile"


class TextRequest(GenerationOptions):
    """Fields that every text route takes. `temperature` and `max_tokens` None: as the route or the model has it."""

    prompt: Annotated[str, Needed()] = ""
    model: str = Field(default="", max_length=200)
    system_prompt: str | None = None
    temperature: Annotated[float | None, NUMBER] = Field(default=None, ge=0, le=2)
    max_tokens: Annotated[int | None, NUMBER] = Field(default=None, ge=1, le=1_000_000)
    response_format: Literal["json", "text"] | None = None
    stream: bool = Field(default=False, strict=True)
    request_id: str | None = Field(default=None, max_length=200)
    project_id: str | None = Field(default=None, max_length=200)


class ChatRequest(TextRequest):
    """The body of groq-chat, which asks for a model too."""

    model: Annotated[str, Needed()] = Field(default="", max_length=200)


class Usage(TypedDict, total=False):
    """Token counts of a provider."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class TextAnswer(TypedDict, total=False):
    """Answer of a provider about a text."""

    text: str
    model: str
    usage: Usage
    finish_reason: str


def answered(text: str, usage: Annotated[object, Usage | None]) -> dict[str, Any]:
    """The answer of groq-chat; `usage` is null where the provider told none."""
    return {"text": text, "usage": usage}


def completion(answer: Annotated[Mapping[str, Any], TextAnswer], *, run_id: str, created: int) -> dict[str, Any]:
    """A whole completion; `answer` is what its provider said of it: `text`, `model`, `usage`, `finish_reason`."""
    message = {"role": "assistant", "content": answer.get("text", "")}
    choice = {"index": 0, "message": message, "finish_reason": answer.get("finish_reason")}
    usage = {"usage": answer["usage"]} if answer.get("usage") else {}
    return {**_shell("chat.completion", answer, run_id, created), "choices": [choice], **usage}


def chunk(text: str, *, model: str, run_id: str, created: int, first: bool) -> bytes:
    """A piece of text as the frame of a stream."""
    delta = {"role": "assistant", "content": text} if first else {"content": text}
    return _frame({"model": model}, {"delta": delta, "finish_reason": None}, run_id, created)


def last_chunk(answer: Annotated[Mapping[str, Any], TextAnswer], *, run_id: str, created: int) -> bytes:
    """The frame that says why the text ends, and what was counted."""
    choice: dict[str, Any] = {"delta": {}, "finish_reason": answer.get("finish_reason") or "stop"}
    return _frame(answer, choice, run_id, created, **({"usage": answer["usage"]} if answer.get("usage") else {}))


def error_frame(message: str, code: str) -> bytes:
    """The frame of a text that breaks off; no `[DONE]` follows."""
    return encode(None, dumps({"error": {"message": message, "type": "server_error", "code": code}}))


def _frame(answer: Mapping[str, Any], choice: dict[str, Any], run_id: str, created: int, **more: Any) -> bytes:
    shell = _shell("chat.completion.chunk", answer, run_id, created)
    return encode(None, dumps({**shell, "choices": [{"index": 0, **choice}], **more}))


def _shell(kind: str, answer: Mapping[str, Any], run_id: str, created: int) -> dict[str, Any]:
    return {"id": f"chatcmpl-{run_id}", "object": kind, "created": created, "model": answer.get("model", "")}


FRAMES: Mapping[str, Callable[..., bytes]] = {"chunk": chunk, "last_chunk": last_chunk, "error": error_frame}
"""The frames of a text's stream; they have no event's name."""
