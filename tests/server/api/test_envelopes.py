"""The documented shapes of an error's body, over routes that name theirs."""

import uuid
from datetime import datetime
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request

from server.api.callers import CurrentUser
from server.api.envelopes import Envelope, bare, flagged, in_envelope, name_run, shared
from wzrd.domain import errors

RUN = uuid.uuid4()
FIELD = {"code": "bad_request", "field": "a"}


def add_route(app: FastAPI, envelope: Envelope, error: Exception, *, named: bool = False) -> str:
    """A route in this envelope that raises `error`, after it has named its run if it is to."""
    router = APIRouter(dependencies=[in_envelope(envelope)])

    @router.post("/fail")
    async def fail(request: Request, _: CurrentUser) -> None:
        if named:
            name_run(request, RUN)
        raise error

    app.include_router(router)
    return "/fail"


CASES: list[tuple[Envelope, Exception, int, dict[str, Any]]] = [
    (bare, errors.BadRequest("no", field="a"), 400, {"error": "no"}),
    (
        shared,
        errors.BadRequest("no", field="a"),
        400,
        {"error": "no", "details": {"code": "bad_request", "field": "a"}},
    ),
    (shared, RuntimeError("secret"), 500, {"error": "Internal server error", "details": None}),
    (
        flagged,
        errors.NotFound("Shot not found"),
        404,
        {"success": False, "error": "Shot not found", "code": "not_found"},
    ),
    (flagged, RuntimeError("secret"), 500, {"success": False, "error": "Internal server error"}),
]


@pytest.mark.parametrize(("envelope", "error", "status", "body"), CASES)
async def test_each_shape(
    app: FastAPI,
    client: httpx.AsyncClient,
    bearer: dict[str, str],
    envelope: Envelope,
    error: Exception,
    status: int,
    body: dict[str, Any],
) -> None:
    """Exactly the documented members; the shared one says when."""
    response = await client.post(add_route(app, envelope, error), headers=bearer)
    told = response.json()
    if envelope is shared:
        assert datetime.fromisoformat(told.pop("timestamp")).tzinfo is not None
    assert (response.status_code, told) == (status, body)
    assert "x-run-id" not in response.headers


@pytest.mark.parametrize("envelope", [bare, shared, flagged])
async def test_the_refusal_of_a_caller_has_the_routes_shape_and_402_one_of_its_own(
    app: FastAPI, client: httpx.AsyncClient, bearer: dict[str, str], envelope: Envelope
) -> None:
    """401 comes before the route is entered, in its envelope all the same."""
    path = add_route(app, envelope, errors.InsufficientCredits(5, 2))
    nobody = await client.post(path)
    wanted = envelope("Missing authorization header", {"code": "unauthorized"})
    assert (nobody.status_code, set(nobody.json())) == (401, set(wanted))
    assert nobody.json()["error"] == wanted["error"]
    poor = await client.post(path, headers=bearer)
    assert (poor.status_code, poor.json()) == (
        402,
        {
            "error": "Insufficient credits",
            "code": "insufficient_credits",
            "required": 5,
            "available": 2,
            "top_up_url": "/settings/billing",
            "upgrade_url": "/settings/billing#plans",
        },
    )


@pytest.mark.parametrize("error", [errors.ProviderFailed("broke"), RuntimeError("inner"), errors.Unavailable("later")])
async def test_an_error_after_the_run_began_names_the_run(
    app: FastAPI, client: httpx.AsyncClient, bearer: dict[str, str], error: Exception
) -> None:
    """X-Run-Id on foreseen and unforeseen errors, exposed to pages."""
    response = await client.post(add_route(app, shared, error, named=True), headers=bearer)
    assert response.status_code >= 500
    assert response.headers["x-run-id"] == str(RUN)
    assert "x-run-id" in response.headers["access-control-expose-headers"]
