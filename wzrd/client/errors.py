"""Errors that the client raises, and a server's answer as a value or as the error that it means."""

import contextlib
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, TypeVar, cast
from uuid import UUID

import httpx
from pydantic import ValidationError

from wzrd.client.repeating import read_retry_after
from wzrd.contracts.wire import WireModel, loads

STREAM, CALL = "stream_error", "edge_function_error"
"""The documented codes of a stream that broke, and of a call that failed."""

ErrorCode: TypeAlias = Literal[
    "insufficient_credits",
    "stream_error",
    "no_body",
    "no_result",
    "provider_error",
    "text_error",
    "groq_error",
    "audio_error",
    "edge_function_error",
    "gmi_error",
    "gmi_timeout",
    "unknown_route",
]
"""The documented codes, all that `generate` and its kin raise. Other calls may raise the server's own codes, too."""


class GenerationError(Exception):
    """The API refused a request, or a generation failed. `status` is HTTP's, None where no answer came.

    `reason` is the server's own code, empty where it told none. `generation_id` is the run that failed, None where
    none was started or known. `passing`: the API was out of reach, or asked to come back, in `retry_after` seconds at
    the earliest.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int | None = None,
        *,
        reason: str = "",
        generation_id: UUID | None = None,
        passing: bool = False,
        retry_after: float = 0.0,
    ) -> None:
        self.code, self.message, self.status = code, message, status
        self.reason, self.generation_id = reason, generation_id
        self.passing, self.retry_after = passing, retry_after
        super().__init__(message)


class InsufficientCreditsError(GenerationError):
    """The account does not cover the request; nothing was started. `top_up_url` is where a front end sells more."""

    def __init__(self, required: int, available: int, top_up_url: str = "") -> None:
        self.required, self.available, self.top_up_url = required, available, top_up_url
        super().__init__("insufficient_credits", f"{required} credits needed, {available} available", 402)


def recoded(error: GenerationError, code: ErrorCode) -> GenerationError:
    """The error under a documented code; the server's own becomes the `reason`."""
    if isinstance(error, InsufficientCreditsError):
        return error
    return GenerationError(
        code,
        error.message,
        error.status,
        reason=error.reason,
        generation_id=error.generation_id,
        passing=error.passing,
        retry_after=error.retry_after,
    )


_PASSING = frozenset({408, 429, 502, 503, 504})
Message = TypeVar("Message", bound=WireModel)


class Dropped(Exception):
    """The connection is gone, or the server is not there just now: worth another try."""

    def __init__(self, message: str, status: int | None = None, retry_after: float = 0.0) -> None:
        self.status, self.retry_after = status, retry_after
        super().__init__(message)


def out_of_reach(code: str, message: str, error: Dropped | httpx.TransportError) -> GenerationError:
    """Error of ours for a server out of reach, which may pass."""
    status, wait = (error.status, error.retry_after) if isinstance(error, Dropped) else (None, 0.0)
    return GenerationError(code, f"{message}: {str(error) or repr(error)}", status, passing=True, retry_after=wait)


async def check(response: httpx.Response, *, code: str) -> None:
    """Let a good answer pass.

    Raises:
        Dropped: the server asks to come back, or is not there just now.
        InsufficientCreditsError, GenerationError: it refused.
    """
    if response.is_success:
        return
    refusal = await read_refusal(response, code)
    if response.status_code in _PASSING:
        wait = read_retry_after(response.headers.get("retry-after", ""))
        raise Dropped(refusal.message, response.status_code, wait)
    raise refusal


async def read_refusal(response: httpx.Response, code: str) -> GenerationError:
    """Error read from a refusal in any of the documented shapes; `code` where it tells none of its own."""
    await response.aread()
    body = dict[str, Any]()
    with contextlib.suppress(GenerationError):
        body = read_object(response.text)
    if response.status_code == 402 and body.get("code") == "insufficient_credits":
        numbers = int(body.get("required") or 0), int(body.get("available") or 0)
        return InsufficientCreditsError(*numbers, str(body.get("top_up_url") or ""))
    details = cast("Mapping[str, Any]", body["details"]) if isinstance(body.get("details"), dict) else body
    words, other = ("message", "error") if "statusCode" in body else ("error", "message")  # storage: a code in `error`
    message = str(body.get(words) or body.get(other) or f"HTTP {response.status_code}")
    reason = str(body.get("code") or details.get("code") or "")
    return GenerationError(str(body.get("code") or code), message, response.status_code, reason=reason)


def run_named(response: httpx.Response) -> UUID | None:
    """The run that an answer is about."""
    with contextlib.suppress(ValueError):
        return UUID(response.headers.get("x-run-id", ""))
    return None


def read_object(text: str) -> dict[str, Any]:
    """The JSON object that an answer is.

    Raises:
        GenerationError: it is none.
    """
    with contextlib.suppress(ValueError):
        if isinstance(value := loads(text), dict):
            return cast("dict[str, Any]", value)
    raise GenerationError(STREAM, "the server's answer is no JSON object")


def ask_as(kind: type[Message], **asked: Any) -> Message:
    """Validate what is asked for, as the value that is sent.

    Raises:
        GenerationError: it makes no sense; the fields are named.
    """
    try:
        return kind(**asked)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        message = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in faults)
        raise GenerationError(CALL, message, reason="bad_request") from None


def read_as(kind: type[Message], content: Mapping[str, Any]) -> Message:
    """An answer as the value that it should be.

    Raises:
        GenerationError: it is not as documented.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise GenerationError(CALL, "the server's answer is not as documented") from error
