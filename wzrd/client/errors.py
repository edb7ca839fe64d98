"""Errors that the client raises: GenerationError; one of them is InsufficientCreditsError, when the ledger refused."""

from typing import Literal, TypeAlias
from uuid import UUID

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
