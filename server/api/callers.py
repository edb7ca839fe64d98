"""Who calls, as dependencies of routes: each answers 401 before the body is read."""

from typing import Annotated

from fastapi import Depends, Request

from server.api.auth import Anonymous, AuthUser
from server.api.services import ServicesOf


async def current_user(request: Request, services: ServicesOf) -> AuthUser:
    """The signed-in caller."""
    return await services.authenticator.authenticate(request.headers.get("authorization"))


async def public_caller(request: Request, services: ServicesOf) -> AuthUser | Anonymous:
    """The caller, a user or the holder of the anon key."""
    return await services.authenticator.authenticate_public(request.headers.get("authorization"))


async def optional_caller(request: Request, services: ServicesOf) -> AuthUser | Anonymous | None:
    """The same; None where there is no Authorization header. One that is there must be right."""
    if not request.headers.get("authorization", "").strip():
        return None
    return await public_caller(request, services)


CurrentUser = Annotated[AuthUser, Depends(current_user)]
PublicCaller = Annotated[AuthUser | Anonymous, Depends(public_caller)]
OptionalCaller = Annotated[AuthUser | Anonymous | None, Depends(optional_caller)]
