"""CORS as the documented functions answer it: open to every origin, without credentials, on every response.

Pure ASGI, around all that answers, so that errors and streams carry the headers as well.
"""

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REQUEST_HEADERS = (
    "authorization, x-client-info, apikey, content-type, accept, x-mog-api-key, x-moltbook-identity, "
    "x-supabase-client-platform, x-supabase-client-platform-version, x-supabase-client-runtime, "
    "x-supabase-client-runtime-version, x-supabase-api-version, x-region, x-credit-billing, x-webhook-signature, "
    "last-event-id, x-upsert, cache-control, accept-profile, content-profile, prefer, x-retry-count, x-metadata, "
    "traceparent, tracestate, baggage, range, if-range, if-none-match"
)
EXPOSED = "access-control-expose-headers"
"""A route may name more than those of every answer."""
HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": _REQUEST_HEADERS,
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    EXPOSED: "x-run-id, x-error-id, retry-after",
}


class Cors:
    """Answers every OPTIONS with 200 `ok` before anything else looks at it; adds the headers to all the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await PlainTextResponse("ok", headers=HEADERS)(scope, receive, send)
            return

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                own = headers.get(EXPOSED)
                headers.update(HEADERS)
                if own:
                    headers[EXPOSED] = f"{HEADERS[EXPOSED]}, {own}"
            await send(message)

        await self.app(scope, receive, opened)
