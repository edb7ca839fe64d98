"""Who calls, as dependencies of routes: each answers 401 before the body is read."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request

from server.api.auth import Anonymous, AuthUser
from server.api.services import ServicesOf
from wzrd.domain.errors import Unauthenticated
from wzrd.log_context import note_subject
from wzrd.slots import work_for

NOBODY_PAYS = (
    "Unauthorized: the anon key is nobody's, and nobody pays for it. Sign in; or the operator sets "
    "WZRD_ANON_SOUNDS_USER (and WZRD_ANON_SOUNDS_CREDITS, a day)"
)


async def current_user(request: Request, services: ServicesOf) -> AuthUser:
    """The signed-in caller, whose turn it is from now on where large requests wait for one."""
    user = await services.authenticator.authenticate(request.headers.get("authorization"))
    work_for(user.user_id)
    note_subject(user=user.user_id)
    return user


async def bearing_user(request: Request, services: ServicesOf) -> AuthUser:
    """The signed-in caller, refused in the words of the functions that read the header themselves."""
    try:
        return await current_user(request, services)
    except Unauthenticated:
        sent = request.headers.get("authorization", "").strip().lower().startswith("bearer ")
        raise Unauthenticated("Invalid or expired token" if sent else "Missing authorization") from None


async def signed_in_user(request: Request, services: ServicesOf) -> AuthUser:
    """The signed-in caller, refused in the words of generate-video-from-image."""
    try:
        return await current_user(request, services)
    except Unauthenticated:
        raise Unauthenticated("User not authenticated") from None


async def plain_user(request: Request, services: ServicesOf) -> AuthUser:
    """The signed-in caller, refused in the one word of the functions of compute graphs."""
    try:
        return await current_user(request, services)
    except Unauthenticated:
        raise Unauthenticated from None


async def public_caller(request: Request, services: ServicesOf) -> AuthUser | Anonymous:
    """The caller, a user or the holder of the anon key."""
    caller = await services.authenticator.authenticate_public(request.headers.get("authorization"))
    if not isinstance(caller, Anonymous):
        work_for(caller.user_id)
    return caller


async def sound_caller(request: Request, services: ServicesOf) -> AuthUser | Anonymous:
    """The caller who wants a sound: the anon key will do where the operator has named who pays."""
    caller = await public_caller(request, services)
    if isinstance(caller, Anonymous) and services.runtime.settings.anon_sounds_user is None:
        raise Unauthenticated(NOBODY_PAYS)
    return caller


async def optional_caller(request: Request, services: ServicesOf) -> AuthUser | Anonymous | None:
    """The caller; None where there is no Authorization header. One that is there must be right."""
    if not request.headers.get("authorization", "").strip():
        return None
    return await public_caller(request, services)


USER, ANON, TICKET, OPERATOR, WEBHOOK, NOBODY = "userToken", "anonKey", "streamTicket", "operatorToken", "webhook", ""
_BEARER = {"type": "http", "scheme": "bearer"}
_TOKEN = {**_BEARER, "bearerFormat": "JWT"}
_TICKET = "One connection to one run's stream, for pages: `POST /functions/v1/stream-ticket`."
_SIGNED = "fal's signature; the address has the unguessable token of one submit."
SCHEMES: Mapping[str, Mapping[str, str]] = {
    USER: {**_TOKEN, "description": "A signed-in user's access token."},
    ANON: {**_TOKEN, "description": "The public anon key: a JWT of role `anon`, with an expiry."},
    TICKET: {"type": "apiKey", "in": "query", "name": "ticket", "description": _TICKET},
    OPERATOR: {**_BEARER, "description": "WZRD_METRICS_TOKEN, from another machine."},
    WEBHOOK: {"type": "apiKey", "in": "header", "name": "X-Fal-Webhook-Signature", "description": _SIGNED},
}
"""The ways to say who calls, as OpenAPI has them; NOBODY is no way at all."""
ASKED: Mapping[Callable[..., Any], tuple[str, ...]] = {
    current_user: (USER,),
    bearing_user: (USER,),
    signed_in_user: (USER,),
    plain_user: (USER,),
    public_caller: (USER, ANON),
    sound_caller: (USER, ANON),
    optional_caller: (NOBODY, USER, ANON),
}
"""Which of them each dependency takes."""

BearingUser = Annotated[AuthUser, Depends(bearing_user)]
SignedInUser = Annotated[AuthUser, Depends(signed_in_user)]
PlainUser = Annotated[AuthUser, Depends(plain_user)]
CurrentUser = Annotated[AuthUser, Depends(current_user)]
SoundCaller = Annotated[AuthUser | Anonymous, Depends(sound_caller)]
PublicCaller = Annotated[AuthUser | Anonymous, Depends(public_caller)]
OptionalCaller = Annotated[AuthUser | Anonymous | None, Depends(optional_caller)]
