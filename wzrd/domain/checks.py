"""Checks of keys, stores and databases: the four verdicts, and how an answer is read. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Verdict: TypeAlias = Literal["valid", "refused", "unreachable", "out of quota"]
"""`unreachable`: no answer, or none that tells anything of the credential."""

_NO_QUOTA = re.compile(r"(?i)quota|\bbalance\b|(?:insufficient|out of|not enough|no)[ _](?:\w+ )?(?:credit|fund)")
"""Words by which vendors that answer 401 or 403 say that the key is good and the account is empty."""
_EMPTY = re.compile(
    r"(?i)insufficient[ _](?:\w+ )?(?:balance|credit|fund|quota)|balance is insufficient|exceeded_current_quota"
    r"|余额不足|欠费"
)
"""Words that say so with a 429, too: a rate limit speaks of a quota, but of no balance.

Zhipu's (dify#5850, continue#11823), Moonshot's (kimi-code#1857), SiliconFlow's (OpenManus#438), MiniMax's.
"""
_BAD_KEY = ("api_key_invalid", "api key not valid", "invalid api key", "invalid_api_key")
"""Words by which vendors that answer 400 say that the key is no key of theirs."""


@dataclass(frozen=True, slots=True)
class Check:
    """Result of checking one thing. `verdict` None: nothing is configured, so nothing is checked."""

    name: str
    verdict: Verdict | None
    detail: str


def is_used_up(status: int, reason: str) -> bool:
    """True if a refusal is about the account, which is empty. `reason`: the vendor's words and codes."""
    is_refused = status in {401, 403}
    return (is_refused or status == 429) and bool(_EMPTY.search(reason) or (is_refused and _NO_QUOTA.search(reason)))


def judge(status: int, reason: str, *, refused_only: bool = False) -> Verdict:
    """Read a verdict on the key from the answer to a free call. `reason`: the vendor's words and codes, as one text.

    `refused_only`: the call is one that is malformed on purpose: whoever gets as far as saying so has taken the key.
    """
    words = reason.lower()
    match status:
        case _ if 200 <= status < 300:
            verdict = "valid"
        case _ if status in {402, 429} or is_used_up(status, reason):
            verdict = "out of quota"
        case 401 | 403:
            verdict = "valid" if "missing_permissions" in words else "refused"  # a key of narrow rights is a key
        case 400 | 422 if any(word in words for word in _BAD_KEY):
            verdict = "refused"
        case 400 | 422 if refused_only:
            verdict = "valid"
        case _:
            verdict = "unreachable"
    return verdict


def subscription_left(body: Mapping[str, Any]) -> bool:
    """True if an ElevenLabs subscription has characters left, or tells no numbers."""
    used, most = body.get("character_count"), body.get("character_limit")
    if not isinstance(used, int) or not isinstance(most, int):
        return True
    return used < most or bool(body.get("can_extend_character_limit"))
