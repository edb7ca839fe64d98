"""The shell: what it imports, how errors leave it, and whether it says that it is well."""

import json
import logging
import re
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from server.api.app import create_app
from server.api.errors import STATUS, redact
from wzrd.assets.sources import BadSource
from wzrd.db.engine import open_engine
from wzrd.domain import errors
from wzrd.domain.errors import Unavailable
from wzrd.media.ffmpeg import MediaFailed
from wzrd.net.addresses import FetchRefused
from wzrd.net.guarded import FetchFailed
from wzrd.operations import KINDS
from wzrd.runtime.process import Runtime, make_runtime
from wzrd.storage.protocol import BadContentType, RangeNotSatisfiable, StorageFull, TooLarge, UnsafePath

HEAVY = {"prefect", "eth_account", "eth_keys", "alembic", "docket"}
DRAWING_AND_SOUND = {"numpy", "PIL", "av", "hibari", "onnxruntime", "wzrd.animatic", "wzrd.storyboard"}


def test_the_api_imports_neither_prefect_nor_cryptography_nor_drawing_nor_sound() -> None:
    """Importing it, and then its whole program, stays quick: heavy libraries wait for who needs them, or in a child."""
    look = "print(json.dumps(sorted(sys.modules)))"
    program = f"import json, sys; import server.api.app; {look}; import server.api.serve; {look}"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, check=True, text=True)
    application, whole = (set(json.loads(line)) for line in done.stdout.splitlines())
    assert not application & (HEAVY | DRAWING_AND_SOUND | {"uvicorn"})
    assert not whole & (DRAWING_AND_SOUND | {"prefect"})


async def test_the_pictures_of_blocks_come_from_here(client: httpx.AsyncClient) -> None:
    """A drawing that loads nothing, for the types that Prefect is given; no other name leads anywhere."""
    shown = await client.get("/logos/wzrd-fal-ai-credentials.svg")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/svg+xml")
    assert (">fal<" in shown.text, "http" in shown.text.replace("http://www.w3.org/2000/svg", "")) == (True, False)
    assert shown.headers["content-security-policy"] == "default-src 'none'"
    for name in ("wzrd-%3Cscript%3E", "other", "wzrd-" + "x" * 41):
        assert (await client.get(f"/logos/{name}.svg")).status_code in {400, 404}


async def test_healthz_is_well_while_the_database_answers(client: httpx.AsyncClient) -> None:
    """200 and JSON; the status alone for a monitor that asks by HEAD."""
    response = await client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "database": "ok"})
    for path in ("/healthz", "/health/live", "/health/ready"):
        assert (await client.head(path)).status_code in {200, 503}


async def test_head_has_the_head_of_get(app: FastAPI, client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    """Every address that answers GET answers HEAD with its status; a stream's ends at once."""
    some = "7a4b1f0e-7a0e-4a53-9f62-2b1a6c0f9d11"
    gets = [template for template, operations in app.openapi()["paths"].items() if "get" in operations]
    for template in gets:
        path = re.sub(r"{\w+_id}", some, template).replace("{bucket}", "project-assets").replace("{path}", "a.png")
        shown, head = [await client.request(method, path, headers=bearer) for method in ("GET", "HEAD")]
        assert (head.status_code, head.headers["content-type"]) == (shown.status_code, shown.headers["content-type"])
    assert "/functions/v1/runs/{run_id}/events" in gets


async def test_healthz_is_503_without_a_database(runtime: Runtime) -> None:
    """A lost database is told within seconds, without its address; other routes answer 503 as well."""
    lost = open_engine("postgresql://nobody:hunter2@127.0.0.1:9/none")
    app = create_app(make_runtime(runtime.settings, lost, KINDS))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://wzrd.test") as client:
        began = time.perf_counter()
        response = await client.get("/healthz")
        assert (response.status_code, response.json()["database"]) == (503, "unreachable")
        assert time.perf_counter() - began < 60
        token = await client.post("/auth/v1/token?grant_type=refresh_token", json={"refresh_token": "x"})
        assert (token.status_code, int(token.headers["retry-after"])) == (503, 5)
        assert "hunter2" not in response.text + token.text
    await lost.dispose()


async def test_unknown_paths_and_methods_are_json(client: httpx.AsyncClient) -> None:
    """404 and 405 have the envelope of all errors; a trailing slash is another path, not a redirect."""
    for path in ("/nowhere", "/functions/v1/nothing", "/functions/v1/wallet-auth/", "/%00", "/..%2f..%2fetc/passwd"):
        response = await client.post(path)
        assert (response.status_code, response.json()) == (404, {"error": "Not found"})
        assert response.headers["content-type"] == "application/json"
    told = (await client.get("/rest/v1/projects")).json()  # in the words that Supabase's clients look for
    assert (told["message"], told["code"], set(told)) == ("Not found", "404", {"message", "code", "details", "hint"})
    wrong = await client.delete("/healthz")
    assert (wrong.status_code, wrong.json()) == (405, {"error": "Method not allowed"})


def failing(app: FastAPI, error: Exception) -> str:
    """A route of `app` that raises `error`."""

    @app.get("/fail")
    async def fail() -> None:
        raise error

    return "/fail"


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (errors.BadRequest("shotCount: no"), 400, {"error": "shotCount: no"}),
        (errors.Unauthenticated(), 401, {"error": "Unauthorized"}),
        (errors.Forbidden(), 403, {"error": "Forbidden."}),
        (errors.Forbidden("Off", code="shot_stream_disabled"), 403, {"error": "Off", "code": "shot_stream_disabled"}),
        (errors.NotFound("Project not found"), 404, {"error": "Project not found"}),
        (errors.Conflict("shotCount differs"), 409, {"error": "shotCount differs"}),
        (errors.TooMany("Wait", retry_after=7), 429, {"error": "Wait"}),
        (Unavailable("Full", retry_after=7), 503, {"error": "Full"}),
        (errors.NotConfigured("No key"), 501, {"error": "No key"}),
        (errors.ProviderRejected("No"), 502, {"error": "No"}),
        (errors.ProviderUnsent("Gone"), 503, {"error": "Gone"}),
        (errors.ProviderUnknown("Lost"), 504, {"error": "Lost"}),
        (errors.ProviderFailed("Broke"), 502, {"error": "Broke"}),
        (errors.ScreenplayError("odd", line=2), 400, {"error": "line 2, column 1: odd"}),
        (UnsafePath("a path may not"), 400, {"error": "a path may not"}),
        (BadContentType("not a content type"), 400, {"error": "not a content type"}),
        (TooLarge("more than 10 bytes"), 413, {"error": "more than 10 bytes"}),
        (RangeNotSatisfiable("the file has 10 bytes", size=10), 416, {"error": "the file has 10 bytes"}),
        (StorageFull("no room"), 507, {"error": "no room"}),
        (BadSource("URL must be http(s)"), 400, {"error": "URL must be http(s)"}),
        (FetchRefused("a private address"), 400, {"error": "a private address"}),
        (FetchFailed("the host did not answer"), 502, {"error": "the host did not answer"}),
        (MediaFailed("ffmpeg failed (1)"), 502, {"error": "ffmpeg failed (1)"}),
        (errors.WzrdError("inner"), 500, {"error": "Internal server error"}),
        (errors.LeaseLost(), 500, {"error": "Internal server error"}),
        (errors.CancelRequested(), 500, {"error": "Internal server error"}),
        (RuntimeError("inner"), 500, {"error": "Internal server error"}),
        (KeyError("inner"), 500, {"error": "Internal server error"}),
        (ExceptionGroup("inner", [ValueError("x")]), 500, {"error": "Internal server error"}),
    ],
)
async def test_each_error_has_its_status_and_envelope(
    app: FastAPI, client: httpx.AsyncClient, error: Exception, status: int, body: dict[str, Any]
) -> None:
    """The documented bodies, exactly; control signals and the unforeseen tell nothing."""
    response = await client.get(failing(app, error))
    assert (response.status_code, response.json()) == (status, body)
    assert response.headers["content-type"] == "application/json"
    if isinstance(error, errors.TooMany):
        assert response.headers["retry-after"] == "7"


async def test_a_402_is_the_whole_documented_envelope(app: FastAPI, client: httpx.AsyncClient) -> None:
    """The client recognises it by status and code."""
    response = await client.get(failing(app, errors.InsufficientCredits(3, 1)))
    assert response.status_code == 402
    assert response.json() == {
        "error": "Insufficient credits",
        "code": "insufficient_credits",
        "required": 3,
        "available": 1,
        "top_up_url": "/settings/billing",
        "upgrade_url": "/settings/billing#plans",
    }


def test_every_error_class_has_a_status() -> None:
    """The table covers the tree through its branches."""

    def tree(kind: type[errors.WzrdError]) -> list[type[errors.WzrdError]]:
        return [kind, *(below for child in kind.__subclasses__() for below in tree(child))]

    assert all(any(parent in STATUS for parent in kind.__mro__) for kind in tree(errors.WzrdError))
    assert set(STATUS.values()) <= set(range(400, 508))


async def test_an_unforeseen_error_is_logged_without_secrets(
    app: FastAPI, client: httpx.AsyncClient, make_token: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the trace under the reference that the client got; tokens and passwords are not in it."""
    token = make_token()
    error = RuntimeError(f"Bearer {token} at postgresql://u:hunter2@h/d api_key=sk-12345 [parameters: {{'a': 'b'}}]")
    with caplog.at_level(logging.ERROR):
        response = await client.get(failing(app, error))
    reference = response.headers["x-error-id"]
    assert reference in caplog.text
    assert "RuntimeError" in caplog.text
    for secret in (token, "hunter2", "sk-12345", "'b'"):
        assert secret not in caplog.text
        assert secret not in response.text


def test_redaction_keeps_what_is_harmless() -> None:
    """A trace stays readable."""
    text = 'File "x.py", line 3, in read\n    raise ValueError("shotCount is odd: 7 at http://127.0.0.1:8787/x")'
    assert redact(text) == text


async def test_a_query_parameter_of_another_type_is_named(app: FastAPI, client: httpx.AsyncClient) -> None:
    """The framework's validation speaks as ours does."""

    @app.get("/counted")
    async def counted(limit: int) -> None:
        return None

    wrong = await client.get("/counted?limit=many")
    assert wrong.status_code == 400
    assert wrong.json()["error"].startswith("limit: must be a whole number")
    absent = await client.get("/counted")
    assert absent.json() == {"error": "limit: is required"}


async def test_an_error_within_a_stream_cuts_it(app: FastAPI, client: httpx.AsyncClient) -> None:
    """Once a response has begun there is no second one: the connection breaks and the client may resume."""

    async def frames() -> AsyncGenerator[bytes]:
        yield b"data: 1\n\n"
        raise RuntimeError

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(frames())

    with pytest.raises(RuntimeError):
        await client.get("/stream")
