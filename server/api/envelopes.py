"""The documented shapes of an error's body, and how a route says which one is its own.

Bare `{error}`, shared `{error, details, timestamp}`, flagged `{success: false, error}`, and Supabase Storage's
`{statusCode, error, message}`. A router names its shape once:

    router = APIRouter(dependencies=[in_envelope(shared)])

Whatever is raised while one of its routes runs is told in that shape, a 401 of its caller included. A router that
names none answers bare. A refusal by the ledger (402) has one body in all of them. The status is `errors.STATUS`'s.
A route that has started or found a run calls `name_run(request, run_id)`: every answer to that request, an error
included, then carries `X-Run-Id`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from starlette.types import Scope

from wzrd.domain import errors

Envelope: TypeAlias = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""(what is told, what a program may know of it: `code`, `field`, the `status`) as the body of an answer."""

TOP_UP_URL = "/settings/billing"
UPGRADE_URL = "/settings/billing#plans"
_ENVELOPE, _RUN = "envelope", "run_id"
NAMED = "run_named"
"""Where the request's state has the event that is set when the run is named, if anybody waits for that."""


def bare(message: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """`{error}`, and a `code` where the error was given one by hand."""
    return {"error": message, **({"code": facts["code"]} if facts.get("given") else {})}


def rows(message: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """`{message, code, details, hint}`, as Supabase's tables tell errors: there are none here."""
    hint = "tables are Supabase's own: ask its address for them"
    return {"message": message, "code": str(facts["status"]), "details": None, "hint": hint}


def about_node(message: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """`{error}`, the `nodeId` of a graph that it is about, and a `code` where the error was given one by hand."""
    return {**bare(message, facts), **({"nodeId": facts["nodeId"]} if facts.get("nodeId") else {})}


def shared(message: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """`{error, details, timestamp}`: `details` has the error's code and the field that is wrong, or is null."""
    known = {name: facts[name] for name in ("code", "field") if facts.get(name)}
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"error": message, "details": known or None, "timestamp": at}


def flagged(message: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """`{success: false, error}`, and the error's code."""
    return {"success": False, "error": message, **({"code": facts["code"]} if facts.get("code") else {})}


def unpaid(
    required: int, available: int, message: str = "", code: str = errors.InsufficientCredits.code
) -> dict[str, Any]:
    """The body of a 402, in every envelope the same; `message` and `code` where it is about more than the balance."""
    return {
        "error": message or errors.InsufficientCredits(required, available).message,
        "code": code,
        "required": required,
        "available": available,
        "top_up_url": TOP_UP_URL,
        "upgrade_url": UPGRADE_URL,
    }


class NamesEnvelope:
    """A dependency that asks nothing and notes the shape."""

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope

    async def __call__(self, request: Request) -> None:
        """Note it where `body_of` looks."""
        setattr(request.state, _ENVELOPE, self.envelope)


def in_envelope(envelope: Envelope) -> Dependency:
    """The dependency by which a router, or one route, names its shape."""
    return Depends(NamesEnvelope(envelope))


def name_run(request: Request, run_id: UUID) -> None:
    """Every answer to this request is about that run from now on."""
    setattr(request.state, _RUN, str(run_id))
    if (named := getattr(request.state, NAMED, None)) is not None:
        named.set()


def run_of(scope: Scope) -> str | None:
    """The run that the request has been given, if any."""
    return scope.get("state", {}).get(_RUN)


def storage(message: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """`{statusCode, error, message}`, as Supabase Storage tells errors; its clients look for all three."""
    code = str(facts.get("code") or "InvalidRequest")
    return {"statusCode": str(facts["status"]), "error": _STORAGE_WORDS.get(code, code), "message": message}


_STORAGE_WORDS = {
    "unauthorized": "Unauthorized",
    "forbidden": "Unauthorized",
    "bucket_not_found": "Bucket not found",
    "already_stored": "Duplicate",
    "too_large": "Payload too large",
    "body_too_large": "Payload too large",
    "bad_request": "InvalidRequest",
    "invalid_token": "InvalidJWT",
    "bad_content_type": "invalid_mime_type",
}
"""Supabase Storage's own words, where it has one."""


def body_of(error: Exception | None, message: str, scope: Scope, status: int = 500) -> dict[str, Any]:
    """The body that tells `message` in the shape of the route that raised `error`; None: nothing more of it is told."""
    if isinstance(error, errors.InsufficientCredits):
        return unpaid(error.required, error.available, error.message, error.code)
    usual = rows if str(scope.get("path")).startswith("/rest/v1/") else bare
    envelope: Envelope = scope.get("state", {}).get(_ENVELOPE, usual)
    if not isinstance(error, errors.WzrdError):
        return envelope(message, {"status": status})
    details = {name: error.details.get(name) for name in ("field", "nodeId")}
    return envelope(message, {**details, "code": error.code, "given": "code" in vars(error), "status": status})
