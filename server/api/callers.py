"""Who calls, as dependencies of routes: each answers 401 before the body is read."""

from typing import Annotated

from fastapi import Depends, Request

from server.api.auth import Anonymous, AuthUser
from server.api.services import ServicesOf
from wzrd.domain.errors import Unauthenticated


async def current_user(request: Request, services: ServicesOf) -> AuthUser:
    """The signed-in caller."""
    return await services.authenticator.authenticate(request.headers.get("authorization"))


async def bearing_user(request: Request, services: ServicesOf) -> AuthUser:
    """The same, refused in the words of the functions that read the header themselves."""
    try:
        return await current_user(request, services)
    except Unauthenticated:
        sent = request.headers.get("authorization", "").strip().lower().startswith("bearer ")
        raise Unauthenticated("Invalid or expired token" if sent else "Missing authorization") from None


async def public_caller(request: Request, services: ServicesOf) -> AuthUser | Anonymous:
    """The caller, a user or the holder of the anon key."""
    return await services.authenticator.authenticate_public(request.headers.get("authorization"))


async def optional_caller(request: Request, services: ServicesOf) -> AuthUser | Anonymous | None:
    """The same; None where there is no Authorization header. One that is there must be right."""
    if not request.headers.get("authorization", "").strip():
        return None
    return await public_caller(request, services)


BearingUser = Annotated[AuthUser, Depends(bearing_user)]
CurrentUser = Annotated[AuthUser, Depends(current_user)]
PublicCaller = Annotated[AuthUser | Anonymous, Depends(public_caller)]
OptionalCaller = Annotated[AuthUser | Anonymous | None, Depends(optional_caller)]
