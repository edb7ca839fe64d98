"""The chat vendors: where each fake answers, what each adds to OpenAI's shape, how each spells an error.

Sources: console.groq.com (rate limits, errors), platform.openai.com (error codes), Google's OpenAI endpoint, which
wraps an error in a list, and public edge functions for the Lovable gateway (its 402's body is not confirmed). What
models do not take: OpenAI's of GPT-5, as many report (OpenHands/software-agent-sdk 1837), Google's by ChatterUI 227.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from server.fakes.calls import Answer, json_answer
from server.fakes.state import Refused
from wzrd.domain.offline import LOCAL


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor, named as in the catalog. `prefix` stands for its `host` here, `base` is the path of its API below."""

    provider: str
    prefix: str
    base: str
    host: str = ""
    errors: Literal["openai", "google", "gateway"] = "openai"
    x_groq: bool = False
    limits: bool = False
    needs_key: bool = True
    asks_json: bool = False
    """JSON mode is refused where the messages do not speak of JSON."""
    owner: str = "fake"


VENDORS = (
    Vendor("groq", "/groq", "/openai/v1", "api.groq.com", x_groq=True, limits=True, asks_json=True, owner="Groq"),
    Vendor("openai", "/openai", "/v1", "api.openai.com", limits=True, asks_json=True, owner="openai"),
    Vendor("gemini", "/gemini", "/v1beta/openai", "generativelanguage.googleapis.com", errors="google", owner="google"),
    Vendor("lovable-ai", "/gateway", "/v1", "ai.gateway.lovable.dev", errors="gateway"),
    Vendor("gmi-cloud", "/gmi-chat", "/v1", "api.gmi-serving.com"),
    Vendor(LOCAL, "/chat", "/v1", needs_key=False),
)

_UNSUPPORTED: Mapping[str, tuple[str, Mapping[str, object], str]] = MappingProxyType({
    "groq": ("llama", {"reasoning_effort": None}, "`{}` is not supported with this model"),
    "openai": (r"gpt-5|o\d", {"max_tokens": None, "temperature": 1, "top_p": 1, "stop": None, "presence_penalty": 0},
               "Unsupported parameter: '{}' is not supported with this model."),
    "gemini": ("", {"seed": None, "frequency_penalty": 0}, 'Unknown name "{}": Cannot find field.'),
})  # fmt: skip
"""Models of a vendor, by how they begin; what they do not take, each with the value that is none; words for that."""
_OPENAI = {
    401: ("invalid_request_error", "invalid_api_key"),
    402: ("billing_error", "payment_required"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
}
_GOOGLE = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_GATEWAY = {402: "payment_required", 429: "rate_limited"}


def refused_of_model(vendor: Vendor, body: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first setting that the model does not take, and what is said of it."""
    models, settings, words = _UNSUPPORTED.get(vendor.provider, ("$", {}, ""))
    found = (one for one, none in settings.items() if body.get(one) not in (None, none))
    name = next(found, None) if re.match(models, str(body["model"])) else None
    return (
        (name, words.format(name) + " Use 'max_completion_tokens' instead." * (name == "max_tokens")) if name else None
    )


def refuse(vendor: Vendor, refused: Refused) -> Answer:
    """An error as the vendor spells it."""
    headers = dict(refused.headers)
    if vendor.limits and refused.status == 429:
        headers |= limits(left=0)
    return json_answer(_body(vendor, refused), refused.status, headers)


def _body(vendor: Vendor, refused: Refused) -> Any:
    status, message = refused.status, refused.message
    if vendor.errors == "google":
        return [{"error": {"code": status, "message": message, "status": _GOOGLE.get(status, "UNKNOWN")}}]
    if vendor.errors == "gateway" and status in _GATEWAY:
        return {"type": _GATEWAY[status], "message": message, "details": ""}
    kind, code = _OPENAI.get(status, ("server_error" if status >= 500 else "invalid_request_error", None))
    loc = ".".join(map(str, refused.loc)) or None
    return {"error": {"message": message, "type": kind, "param": loc, "code": code}}


def limits(*, left: int = 999) -> dict[str, str]:
    """The headers that tell a vendor's limits: requests a day, tokens a minute."""
    return {
        "x-ratelimit-limit-requests": "1000",
        "x-ratelimit-limit-tokens": "12000",
        "x-ratelimit-remaining-requests": str(left),
        "x-ratelimit-remaining-tokens": str(left * 12),
        "x-ratelimit-reset-requests": "1m26.4s",
        "x-ratelimit-reset-tokens": "85ms",
    }
