"""What the client raises: a GenerationError; one of them is InsufficientCreditsError, when the ledger refused."""

STREAM, CALL = "stream_error", "edge_function_error"
"""The documented codes of a stream that broke, and of a call that failed."""


class GenerationError(Exception):
    """The API refused a request, or a generation failed. `status` is HTTP's, None where no answer came."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        self.code, self.message, self.status = code, message, status
        super().__init__(message)


class InsufficientCreditsError(GenerationError):
    """The account does not cover the request; nothing was started."""

    def __init__(self, required: int, available: int) -> None:
        self.required, self.available = required, available
        super().__init__("insufficient_credits", f"{required} credits needed, {available} available", 402)
