"""CORS: every OPTIONS, every answer, errors and streams included."""

from collections.abc import AsyncGenerator

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import Response, StreamingResponse

NEEDED = {
    "authorization", "x-client-info", "apikey", "content-type", "x-mog-api-key", "x-moltbook-identity",
    "x-supabase-client-platform", "x-supabase-client-platform-version", "x-supabase-client-runtime",
    "x-supabase-client-runtime-version", "x-credit-billing", "x-webhook-signature", "last-event-id",
    "x-upsert", "cache-control", "accept-profile", "content-profile", "prefer", "x-retry-count",
    "x-metadata", "traceparent", "tracestate", "baggage", "range", "if-range", "if-none-match",
}  # fmt: skip


@pytest.mark.parametrize("path", ["/functions/v1/wallet-auth", "/auth/v1/user", "/healthz", "/nowhere", "/"])
async def test_every_options_is_answered_before_anything_looks(client: httpx.AsyncClient, path: str) -> None:
    """200 with `ok`, no authorization needed, every documented header and method allowed, no credentials."""
    response = await client.options(path, headers={"access-control-request-headers": "authorization"})
    assert (response.status_code, response.text) == (200, "ok")
    assert response.headers["access-control-allow-origin"] == "*"
    assert {name.strip() for name in response.headers["access-control-allow-headers"].split(",")} >= NEEDED
    methods = {name.strip() for name in response.headers["access-control-allow-methods"].split(",")}
    assert methods == {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    assert response.headers["access-control-expose-headers"] == "x-run-id, x-error-id, retry-after"
    for absent in ("credentials", "max-age"):
        assert not [name for name in response.headers if absent in name]


async def test_every_answer_carries_the_origin_header_once(app: FastAPI, client: httpx.AsyncClient) -> None:
    """Successes, refusals, crashes, streams, and a route that sets the header itself."""

    async def frames() -> AsyncGenerator[bytes]:
        yield b"data: 1\n\n"

    @app.get("/stream")
    async def stream() -> Response:
        return StreamingResponse(frames(), media_type="text/event-stream")

    @app.get("/crash")
    async def crash() -> None:
        raise RuntimeError

    @app.get("/own")
    async def own() -> Response:
        return Response("x", headers={"access-control-allow-origin": "https://one.test"})

    expected = {"/healthz": 200, "/nowhere": 404, "/auth/v1/user": 401, "/stream": 200, "/crash": 500, "/own": 200}
    for path, status in expected.items():
        response = await client.get(path)
        assert response.status_code == status
        assert response.headers.get_list("access-control-allow-origin") == ["*"]
    assert (await client.post("/healthz")).headers["access-control-allow-origin"] == "*"
