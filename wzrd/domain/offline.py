"""WZRD_OFFLINE, once: whether work done on this machine may stand in for a provider, and the reason the wire shows.

The grammar of every `fallbackReason` that this rule gives:

    reason   = "offline_always" | obstacle
    obstacle = "no_credentials:" provider          its API key is missing here
             | "unsupported_provider:" provider    no adapter of this version can ask it for this
             | "short_answer"                      it answered, with less than was asked for
             | code                                of the provider error that ended it (wzrd.domain.errors)

`provider` is an id of the catalog, also where fal is asked to render a film. Another model than the
one asked for is no stand-in: those reasons are routing's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from wzrd.domain.errors import NotConfigured, ProviderFailed
from wzrd.domain.submission import Target

Offline = Literal["auto", "always", "never"]
Obstacle: TypeAlias = Callable[[str, str], str | None]
"""(provider, media type): why this process cannot ask it for that, or None."""
LOCAL = "local"
"""The provider that is whatever server the operator names: it needs an address, and may need no key."""

OFFLINE_ALWAYS = "offline_always"
ANIMATIC = "animatic"
"""The provider that is this machine. As a model's id: its model for the kind of thing that is wanted."""


def name_obstacle(provider: str, *, has_key: bool) -> str:
    """Why a provider without a usable adapter cannot be asked: the key counts first, for without it nothing helps."""
    return f"unsupported_provider:{provider}" if has_key else f"no_credentials:{provider}"


def describe_obstacle(obstacle: str) -> str:
    """An obstacle in words, for an error's message."""
    match obstacle.partition(":"):
        case "no_credentials", _, provider if provider == LOCAL:
            return "no chat server of your own is configured here: set WZRD_CHAT_BASE_URL to its OpenAI-style address"
        case "no_credentials", _, provider:
            return f"{provider} has no API key here"
        case "unsupported_provider", _, provider if provider == ANIMATIC:
            return "it writes shots and their prompts, and answers nothing else"
        case "unsupported_provider", _, provider:
            return f"{provider} cannot be asked for this by this version"
        case "offline_always", _, _:
            return "WZRD_OFFLINE=always lets nothing be sent, and animatic mode makes nothing of this kind"
        case _:
            return obstacle


def stand_in_reason(
    obstacle: str | None, *, offline: Offline, refusal: NotConfigured | ProviderFailed | None = None
) -> str | None:
    """The reason why this machine stands in, or None where the provider itself does the work.

    `auto`: it stands in where there is an obstacle. `always`: it does whatever there is. `never`: nowhere.

    Raises:
        NotConfigured, ProviderFailed: `refusal` (without one, a NotConfigured in the obstacle's words) where there
            is an obstacle and nothing may stand in.
    """
    if offline == "always":
        return OFFLINE_ALWAYS
    if obstacle is not None and offline == "never":
        raise refusal or NotConfigured(describe_obstacle(obstacle), provider=obstacle.partition(":")[2])
    return obstacle


@dataclass(frozen=True, slots=True)
class Choice:
    """The target that runs, and why it is another one than was asked for (None: it is not)."""

    target: Target
    fallback_reason: str | None = None


def choose_target(wanted: Target, *, offline: Offline, obstacle: str | None) -> Choice:
    """The wanted target, or animatic mode with the reason that the wire shows.

    Raises:
        NotConfigured: the provider cannot be asked, and falling back is forbidden (`never`).
    """
    if wanted.provider == ANIMATIC:
        return Choice(wanted)
    reason = stand_in_reason(obstacle, offline=offline)
    return Choice(wanted) if reason is None else Choice(Target(ANIMATIC, ANIMATIC), reason)
