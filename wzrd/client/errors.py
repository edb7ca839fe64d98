"""What the client raises: a GenerationError; one of them is InsufficientCreditsError, when the ledger refused."""

STREAM, CALL = "stream_error", "edge_function_error"
"""The documented codes of a stream that broke, and of a call that failed."""


class GenerationError(Exception):
    """The API refused a request, or a generation failed. `status` is HTTP's, None where no answer came.

    `passing`: the API was out of reach, or asked to come back, in `retry_after` seconds at the earliest.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int | None = None,
        *,
        passing: bool = False,
        retry_after: float = 0.0,
    ) -> None:
        self.code, self.message, self.status = code, message, status
        self.passing, self.retry_after = passing, retry_after
        super().__init__(message)


class InsufficientCreditsError(GenerationError):
    """The account does not cover the request; nothing was started."""

    def __init__(self, required: int, available: int) -> None:
        self.required, self.available = required, available
        super().__init__("insufficient_credits", f"{required} credits needed, {available} available", 402)
