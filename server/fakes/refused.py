"""The error by which a fake refuses a call."""

from collections.abc import Mapping, Sequence
from typing import Any


class Refused(Exception):
    """The provider says no. `loc` is where in the body the reason lies, when it lies in the body.

    `faults`: everything that is wrong with the body, each with `loc`, `msg` and `type`.
    """

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        loc: tuple[str | int, ...] = (),
        retry_after: str | None = None,
        faults: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.status = status
        self.message = message or _MESSAGES.get(status, "The fake was told to refuse this.")
        self.loc = loc
        self.faults = faults
        self.retry_after = retry_after
        super().__init__(self.message)

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the refusal."""
        return {} if self.retry_after is None else {"retry-after": self.retry_after}


_MESSAGES = {
    400: "The request is malformed.",
    401: "No valid key was given.",
    402: "Not enough credits.",
    403: "This account may not do that.",
    404: "There is no such thing.",
    429: "Rate limit reached. Please try again later.",
    500: "Internal server error.",
    502: "Bad gateway.",
    503: "The service is overloaded.",
    504: "The upstream server did not answer in time.",
}
