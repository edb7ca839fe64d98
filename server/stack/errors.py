"""Errors of the parts: a message for the reader, and what to do next."""

from wzrd.domain.errors import WzrdError


class StackError(WzrdError):
    """A part of the stack failed."""

    code = "stack"

    def __init__(self, message: str | None = None, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.remedy = remedy
