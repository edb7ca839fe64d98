"""Errors on their way out: the one table of HTTP statuses, and the last net. Bodies are `envelopes`'.

A handled error never reaches a log with its secrets, and an unhandled one never reaches a client with its text.
"""

import logging
import re
import traceback
import uuid
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.bodies import BodyTooLarge, BodyTooSlow, describe, json_response
from server.api.envelopes import body_of, run_of
from wzrd.db.engine import is_outage
from wzrd.domain import errors
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.limits import MediaRefused
from wzrd.net.file_types import WrongType
from wzrd.net.guarded import FetchFailed
from wzrd.operations.text_choice import TextKeyMissing
from wzrd.storage.protocol import RangeNotSatisfiable, StorageFull, TooLarge

log = logging.getLogger(__name__)


STATUS: Mapping[type[errors.WzrdError], int] = {
    errors.BadRequest: 400,
    BodyTooLarge: 413,
    BodyTooSlow: 408,
    errors.Unauthenticated: 401,
    errors.InsufficientCredits: 402,
    errors.OverMoney: 402,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.AwaitingApproval: 409,
    errors.TooMany: 429,
    errors.Unavailable: 503,
    errors.NotConfigured: 501,
    errors.ProviderError: 502,
    errors.ProviderUnsent: 503,
    errors.ProviderUnknown: 504,
    errors.ScreenplayError: 400,
    TooLarge: 413,
    WrongType: 415,
    RangeNotSatisfiable: 416,
    StorageFull: 507,
    FetchFailed: 502,
    MediaFailed: 502,
    MediaRefused: 413,
    TextKeyMissing: 500,
    errors.WzrdError: 500,
}
_OUTAGE_RETRY_SECONDS = 5
_HTTP_TEXTS = {404: "Not found", 405: "Method not allowed"}


def status_of(error: errors.WzrdError) -> int:
    """The status of `error`."""
    return status_of_kind(type(error))


def status_of_kind(kind: type[errors.WzrdError]) -> int:
    """The status of an error of this kind."""
    return STATUS[_known_kind(kind)]


def _known_kind(kind: type[errors.WzrdError]) -> type[errors.WzrdError]:
    """The nearest class of `kind` that the table names."""
    return next(one for one in kind.__mro__ if one in STATUS)


def answer(error: Exception, scope: Scope) -> Response:
    """The response to any exception; what nobody foresaw is logged under a reference id and answered as a plain 500."""
    if isinstance(error, RequestValidationError):
        return json_response(body_of(error, describe(error.errors()), scope, 400), 400)
    if isinstance(error, HTTPException):
        text = _HTTP_TEXTS.get(error.status_code, error.detail)
        return json_response(body_of(error, text, scope, error.status_code), error.status_code, error.headers)
    if isinstance(error, errors.WzrdError) and _known_kind(type(error)) is not errors.WzrdError:
        status = status_of(error)
        return json_response(body_of(error, error.message, scope, status), status, headers_of(error))
    reference = uuid.uuid4().hex[:12]
    log.error("unhandled error %s\n%s", reference, redact("".join(traceback.format_exception(error))))
    if is_outage(error):
        headers = {"retry-after": str(_OUTAGE_RETRY_SECONDS), "x-error-id": reference}
        return json_response(body_of(None, "The database is unavailable, try again shortly", scope, 503), 503, headers)
    return json_response(body_of(None, "Internal server error", scope), 500, {"x-error-id": reference})


def headers_of(error: errors.WzrdError) -> dict[str, str]:
    """Headers of an error: when to come back, or which scheme to sign in with."""
    if isinstance(error, errors.TooMany):
        return {"retry-after": str(error.retry_after)}
    return {"www-authenticate": "Bearer"} if isinstance(error, errors.Unauthenticated) else {}


_SECRETS = (
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"), "[jwt]"),
    (re.compile(r"(?i)(bearer\s+)[^\s'\"]+"), r"\1[token]"),
    (re.compile(r"(://[^\s:/@]*:)[^\s@]+@"), r"\1[password]@"),
    (re.compile(r"(?i)((?:api[_-]?key|secret|password|token)['\"]?\s*[=:]\s*)[^\s,;)]+"), r"\1[secret]"),
    (re.compile(r"(?s)\[parameters: .*?\](?=\n|$)"), "[parameters: hidden]"),
)


def redact(text: str) -> str:
    """`text` without tokens, passwords and statement parameters."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class ErrorBoundary:
    """The last net, inside the CORS layer so that a 500 carries its headers too; answers name their run.

    Once a response has begun the exception goes on, the server cuts the connection, and a client that follows a
    stream resumes it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and answer what nobody caught."""
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                if run_id := run_of(scope):
                    MutableHeaders(scope=message)["x-run-id"] = run_id
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except ClientDisconnect:
            log.debug("the client went away")
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            await answer(error, scope)(scope, receive, watch)


def install(app: FastAPI) -> None:
    """Answer every error of `app` in our envelopes, those of the framework included."""

    async def handle(request: Request, error: Exception) -> Response:
        return answer(error, request.scope)

    for kind in (errors.WzrdError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, handle)
