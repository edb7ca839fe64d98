"""The part of GoTrue's wire that holds a session: user, session, refresh and its errors (snake_case throughout)."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class GoTrueModel(BaseModel):
    """GoTrue spells its names in snake_case."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class User(GoTrueModel):
    """A user object; times are ISO 8601 in UTC."""

    id: str
    aud: Literal["authenticated"] = "authenticated"
    role: Literal["authenticated"] = "authenticated"
    email: str = ""
    email_confirmed_at: str | None = None
    phone: str = ""
    confirmed_at: str | None = None
    last_sign_in_at: str | None = None
    app_metadata: dict[str, Any] = Field(default_factory=dict[str, Any])
    user_metadata: dict[str, Any] = Field(default_factory=dict[str, Any])
    identities: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    created_at: str
    updated_at: str
    is_anonymous: Literal[False] = False


class Session(GoTrueModel):
    """A session; `expires_in` in seconds, `expires_at` in Unix seconds."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a scheme, not a secret
    expires_in: int
    expires_at: int
    refresh_token: str
    user: User


class RefreshRequest(GoTrueModel):
    """The body of `POST /auth/v1/token?grant_type=refresh_token`."""

    refresh_token: str = Field(default="", max_length=4096)


class Refusal(GoTrueModel):
    """An error as supabase-js reads it."""

    code: int
    error_code: str
    msg: str
