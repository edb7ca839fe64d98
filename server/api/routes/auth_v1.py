"""The part of GoTrue that lets supabase-js hold a session of ours: GET user, POST token, POST logout.

Its errors have GoTrue's shape `{code, error_code, msg}`, not the envelope of the functions.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import Response

from server.api.auth import AuthUser
from server.api.bodies import describe, json_response, parse, read_json
from server.api.callers import NOBODY, CurrentUser
from server.api.described import described
from server.api.errors import STATUS, headers_of, status_of
from server.api.services import ServicesOf
from server.api.sessions import REFUSALS, describe_caller, describe_user, refresh_session, require_secret
from wzrd.contracts.auth_v1 import RefreshRequest, Refusal, Session, User
from wzrd.db import sessions, users
from wzrd.domain.errors import BadRequest, Forbidden, NotConfigured, Unauthenticated, WzrdError
from wzrd.domain.ids import parse_uuid

MAX_BODY = 16_384
_ERROR_CODES: dict[type[WzrdError], str] = {Unauthenticated: "bad_jwt", BadRequest: "validation_failed"}


def refusal(status: int, error_code: str, message: str) -> Response:
    """An error in GoTrue's shape."""
    return json_response(Refusal(code=status, error_code=error_code, msg=message).model_dump(), status)


class GoTrueRoute(APIRoute):
    """A route whose errors have GoTrue's shape; what nobody foresaw goes on to the last net."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, its errors translated."""
        handle = super().get_route_handler()

        async def translate(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return refusal(400, _ERROR_CODES[BadRequest], describe(error.errors()))
            except WzrdError as error:
                status = status_of(error)
                if status == STATUS[WzrdError]:
                    raise
                response = refusal(status, _ERROR_CODES.get(type(error), error.code), error.message)
                response.headers.update(headers_of(error))
                return response

        return translate


router = APIRouter(prefix="/auth/v1", tags=["identity"], route_class=GoTrueRoute)


@router.get("/user")
@described(answers={200: User}, raises=(Forbidden,), errors=Refusal)
async def get_user(services: ServicesOf, caller: CurrentUser) -> Response:
    """The caller's user object; 403 `session_not_found` once the session was ended."""
    async with services.runtime.begin() as tx:
        session_id = _session_of(caller)
        if session_id is not None and await sessions.is_session_revoked(tx, session_id):
            return refusal(403, "session_not_found", "Session from session_id claim in JWT does not exist")
        stored = await users.find_user(tx, str(caller.user_id))
    user = describe_user(stored) if stored else describe_caller(caller)
    return json_response(user.model_dump(mode="json"))


@router.post("/token")
@described(body=RefreshRequest, answers={200: Session}, raises=(NotConfigured,), security=(NOBODY,), errors=Refusal)
async def refresh_token(request: Request, services: ServicesOf, grant_type: Annotated[str, Query()] = "") -> Response:
    """`?grant_type=refresh_token` with `{refresh_token}` → the next session; other grants are refused."""
    require_secret(services.runtime.settings)
    if grant_type != "refresh_token":
        raise BadRequest("unsupported_grant_type: only refresh_token is served here")
    data = await read_json(request, max_bytes=min(MAX_BODY, services.runtime.settings.max_body))
    token = parse(RefreshRequest, data).refresh_token
    if not token:
        raise BadRequest("refresh_token required")
    async with services.runtime.begin() as tx:
        refreshed = await refresh_session(tx, services.runtime.settings, token, now=services.runtime.now())
    if refreshed.session is None:
        return refusal(400, refreshed.refusal, REFUSALS[refreshed.refusal])
    return json_response(refreshed.session.model_dump(mode="json"))


@router.post("/logout", status_code=204)
@described(answers={204: None}, errors=Refusal)
async def log_out(
    services: ServicesOf,
    caller: CurrentUser,
    scope: Annotated[Literal["global", "local", "others"], Query()] = "global",
) -> Response:
    """End all sessions of the caller, this one, or all the others. Access tokens live on until they expire."""
    session_id = _session_of(caller)
    async with services.runtime.begin() as tx:
        if scope != "local":
            await sessions.revoke_sessions(tx, caller.user_id, keep=session_id if scope == "others" else None)
        elif session_id is not None:
            await sessions.revoke_session(tx, caller.user_id, session_id)
    return Response(status_code=204)


def _session_of(caller: AuthUser) -> UUID | None:
    claim = caller.claims.get("session_id")
    return parse_uuid(claim) if isinstance(claim, str) else None
