"""Logs of a process as JSON, a line each (WZRD_LOGS=json): what happened, and which request, user, run and submit."""

import logging
import re
import time
from datetime import UTC, datetime
from uuid import uuid4

import orjson
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from wzrd.log_context import log_subject, logging_about

log = logging.getLogger(__name__)

REQUEST_ID = "x-request-id"
_USABLE = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class JsonLines(logging.Formatter):
    """A record as one JSON object: when, how grave, whose, its message, what it is about, an error with its stack."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **log_subject(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def log_json() -> None:
    """Write all that this process logs as JSON: our loggers, and those of libraries that print by themselves."""
    logging.basicConfig(level=logging.INFO, force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    known = [logging.getLogger(), *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    for handler in {handler for logger in known for handler in logger.handlers}:
        if isinstance(handler, logging.StreamHandler):
            handler.setFormatter(JsonLines())


class RequestLog:
    """ASGI middleware around the whole application: an id for each request, told back, and a line when it has ended.

    The id is the caller's own X-Request-ID where that is a plain word of at most 128 letters.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = next((value.decode("latin-1") for name, value in scope["headers"] if name == REQUEST_ID.encode()), "")
        request_id = sent if _USABLE.fullmatch(sent) else uuid4().hex
        begun, status = time.monotonic(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        with logging_about(request=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            finally:
                # the path alone: tickets and signatures stand in queries
                fields = {"status": status, "seconds": round(time.monotonic() - begun, 4)}
                log.info("%s %s", scope["method"], scope["path"], extra={"fields": fields})
