"""Every error this product raises on purpose, in one tree; HTTP numbers live in server/api/errors.py only.

WzrdError
├── BadRequest            the caller sent something wrong      (code names the rule)
├── Unauthenticated       no or no valid token
├── NotFound              absent, or not yours: the two look alike on purpose
├── Forbidden             yours, but not allowed
├── Conflict              the same key with other content, or a state that does not allow it
├── AwaitingApproval      a clip may be made of this still once it is approved
├── InsufficientCredits   the ledger refused a hold
│   └── OverBudget        it would cost more than its caller allows
├── TooMany               a cap was reached; try again after `retry_after` seconds
│   └── Unavailable       this server cannot serve it now
├── NotConfigured         this server lacks a key or secret that the request needs
├── NothingToDo           what was asked for is there already: no run is started, and that is no failure
├── RunStopped            a run may not go on: a control signal inside flows, never shown to a client
│   ├── LeaseLost         somebody else owns the run now
│   ├── CancelRequested   its owner asked to cancel it
│   └── Suspended         it was paused: it waits for a person
├── ProviderError         a provider failed                    (retryable, and what we know of the submit)
│   ├── ProviderRejected  it said no: nothing was accepted
│   │   └── ProviderBusy  not now, and not because of us: too many others are asking
│   ├── ProviderUnsent    the bytes never left: nothing was accepted
│   ├── ProviderUnknown   sent, and no answer: something may have been accepted
│   ├── ProviderFailed    accepted, then failed
│   ├── ResultExpired     made, and it can no longer be fetched
│   ├── ResultUseless     made, and it is not what was asked for
│   └── ContentRefused    a shot's content was refused: what of it, as far as the provider says
└── ScreenplayError       a screenplay that cannot be read     (line, column)

Rooms add leaves of their own, beside what raises them: UnsafePath, BadContentType, TooLarge, RangeNotSatisfiable and
StorageFull (storage), MediaFailed and MediaRefused (media), BadSource (sources), FetchRefused and FetchFailed (net),
Interrupted (runs), BodyTooLarge, BodyTooSlow, StackError, UsageError and CommandFailed (server).

A class's docstring is its default message.
"""

from collections.abc import Mapping
from typing import Any

REFUSAL = "refusal"
"""Name of a detail of an error, and of a field of an item's output and of its event, that has a refusal by content."""


class WzrdError(Exception):
    """Something went wrong."""

    code: str = "internal"
    retryable: bool = False

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.details = details
        super().__init__(self.message)


class BadRequest(WzrdError):
    """The request is not valid."""

    code = "bad_request"


class Unauthenticated(WzrdError):
    """No or no valid token was shown."""

    code = "unauthorized"

    def __init__(self, message: str = "Unauthorized", **details: Any) -> None:
        super().__init__(message, **details)


class NotFound(WzrdError):
    """Not found."""

    code = "not_found"


class Forbidden(WzrdError):
    """Forbidden."""

    code = "forbidden"

    def __init__(self, message: str | None = None, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        if code:
            self.code = code


class Conflict(WzrdError):
    """The request conflicts with what is already there."""

    code = "conflict"

    def __init__(self, message: str | None = None, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        if code:
            self.code = code


class AwaitingApproval(WzrdError):
    """The shot's still waits for its approval."""

    code = "awaiting_approval"


class InsufficientCredits(WzrdError):
    """The account has less credits than are needed."""

    code = "insufficient_credits"

    def __init__(self, required: int, available: int) -> None:
        super().__init__("Insufficient credits", required=required, available=available)
        self.required = required
        self.available = available


class OverBudget(InsufficientCredits):
    """It would cost more than its maxCredits."""

    code = "over_max_credits"

    def __init__(self, required: int, available: int) -> None:
        super().__init__(required, available)
        self.message = f"This run would cost {required} credits in all, more than its maxCredits {available}"


class OverMoney(WzrdError):
    """It may cost more dollars than its maxUsd."""

    code = "over_max_usd"

    def __init__(self, required: str, available: str) -> None:
        message = f"This may cost ${required}, and its maxUsd leaves ${available}: raise it, or name a cheaper model"
        super().__init__(message, requiredUsd=required, availableUsd=available)


class UnknownPrice(OverMoney):
    """Nobody knows what it may cost."""

    code = "unknown_price"

    def __init__(self, model: str, reason: str) -> None:
        message = f"nobody knows what {model} may cost ({reason}), so that no maxUsd can hold: to run it all the same"
        WzrdError.__init__(self, f"{message}, name it in allowUnpriced (--unpriced {model})", model=model)


class TooMany(WzrdError):
    """Too many requests."""

    code = "too_many"
    retryable = True

    def __init__(self, message: str | None = None, *, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(TooMany):
    """The server cannot serve this now."""

    code = "unavailable"


class NotConfigured(WzrdError):
    """This server is not configured for that."""

    code = "not_configured"


class NothingToDo(WzrdError):
    """There is nothing to do: it is there already."""

    code = "nothing_to_do"


class RunStopped(WzrdError):
    """The run may not go on here."""

    code = "run_stopped"


class LeaseLost(RunStopped):
    """Another worker owns this run now."""

    code = "lease_lost"


class CancelRequested(RunStopped):
    """The run was asked to cancel."""

    code = "cancel_requested"


class Suspended(RunStopped):
    """The run was paused: it waits for whoever resumes it."""

    code = "suspended"


class ProviderError(WzrdError):
    """The provider failed."""

    code = "provider_error"


class ProviderRejected(ProviderError):
    """The provider refused the request."""

    code = "provider_rejected"

    def __init__(
        self, message: str | None = None, *, status: int | None = None, retry_after: float | None = None, **details: Any
    ) -> None:
        super().__init__(message, status=status, **details)
        self.status = status
        self.retry_after = retry_after


class ProviderBusy(ProviderRejected):
    """The provider is overloaded."""


class ProviderUnsent(ProviderError):
    """The provider could not be reached."""

    code = "provider_unreachable"
    retryable = True


class ProviderUnknown(ProviderError):
    """The provider's answer was lost: it may have accepted the request."""

    code = "provider_outcome_unknown"


class ProviderFailed(ProviderError):
    """The provider accepted the request and then failed."""

    code = "provider_failed"


class ResultExpired(ProviderError):
    """The provider's result can no longer be fetched."""

    code = "result_expired"


class ResultUseless(ProviderError):
    """The provider's result is not what was asked for."""

    code = "result_useless"


class ContentRefused(ProviderError):
    """The provider refused what was asked by its content."""

    code = "content_refused"

    def __init__(self, message: str | None = None, *, refusal: Mapping[str, Any]) -> None:
        super().__init__(message, refusal=dict(refusal))
        self.refusal = dict(refusal)


class ScreenplayError(WzrdError):
    """The screenplay cannot be read."""

    code = "bad_screenplay"

    def __init__(self, message: str, *, line: int, column: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {message}", line=line, column=column)
        self.line = line
        self.column = column


MAX_MESSAGE = 2_000


def storable(message: str) -> str:
    """A foreign message as the database takes it: no NUL, no lone surrogates, bounded."""
    return message.replace("\0", "").encode("utf-8", "replace").decode()[:MAX_MESSAGE]


def error_message(error: Exception) -> str:
    """Ours as it is, a foreign one without its details."""
    match error:
        case OverBudget():
            return error.message
        case InsufficientCredits():
            return f"Insufficient credits. Required {error.required} / available {error.available}."
        case WzrdError():
            return storable(error.message)
        case _:
            return "Something went wrong on our side"


def error_code(error: Exception) -> str:
    """The code of an error of ours; a foreign one is internal."""
    return error.code if isinstance(error, WzrdError) else WzrdError.code
