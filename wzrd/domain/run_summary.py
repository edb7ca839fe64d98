"""Summary of a run's end, for people in one line and for programs as a dictionary of JSON. Pure."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wzrd.contracts.wire import members_of
from wzrd.domain.runs import Item

MAX_URLS = 200
"""Addresses that a result has; a graph of thousands of nodes keeps the rest in its run."""
MAX_REASONS = 2
MAX_REASON = 80
_NOUNS: Mapping[str, tuple[str, str]] = {
    "shot": ("shot", "shots"),
    "image": ("picture", "pictures"),
    "video": ("clip", "clips"),
    "audio": ("sound", "sounds"),
    "text": ("text", "texts"),
    "compute_node": ("node", "nodes"),
    "run": ("run", "runs"),
}
_OTHER = ("item", "items")
OPEN = frozenset({"pending", "running"})
"""The statuses of what is still to be made."""
_ANSWERED = re.compile(r"(\S+) answered (\d{3})\b")
_ENDS = {"failed": "failed", "skipped": "skipped", "canceled": "not made"}


@dataclass(frozen=True, slots=True)
class RunEnd:
    """End of a run, as its row has it. `charged`: credits that all its attempts cost."""

    run_id: str
    kind: str
    status: str
    charged: int
    error: str | None = None
    error_code: str | None = None
    result: Mapping[str, Any] | None = None


def describe_end(end: RunEnd, items: Sequence[Item]) -> str:
    """Such as `7 of 9 pictures · 2 failed: fal-ai 429 · 14 credits`."""
    counted = _counted(items)
    awaiting = awaiting_approval(end.result)
    parts = [_made(counted)] if counted else ["nothing to do"] * (end.status == "succeeded" and not awaiting)
    parts += [unmade for status, verb in _ENDS.items() if (unmade := _unmade(counted, status, verb))]
    if end.error and end.status == "failed" and not any(item.status == "failed" and item.error for item in counted):
        parts.append(end.error)
    if end.status == "canceled":
        parts.append("canceled")
    parts += [awaiting] if awaiting else []
    parts.append(_credits(end.charged))
    return " · ".join(parts)


def awaiting_approval(result: Mapping[str, Any] | None) -> str:
    """Such as `8 clips await approval` of a run's result; empty: none does."""
    count = int((result or {}).get("awaitingApproval") or 0)
    return f"{count} clip{'s' * (count != 1)} await{'s' * (count == 1)} approval" if count else ""


def describe_start(items: Sequence[Item], cost: int) -> str:
    """Such as `9 pictures to make · 45 credits at most`: told before anything is sent."""
    counted = [item for item in _counted(items) if item.status in OPEN]
    one, many = _noun(counted) if counted else _OTHER
    parts = [f"{len(counted)} {one if len(counted) == 1 else many} to make"] if counted else []
    return " · ".join([*parts, _credits(cost) + " at most" * (cost > 0)])


def _credits(count: int) -> str:
    return "free" if count == 0 else f"{count} credit" + "s" * (count != 1)


def result_of_run(end: RunEnd, items: Sequence[Item]) -> dict[str, Any]:
    """Summary of a run for programs; `urls` are what was made, in order."""
    counted = _counted(items)
    made = Counter(item.status for item in counted)
    return {
        "run_id": end.run_id,
        "kind": end.kind,
        "status": end.status,
        "total": len(counted),
        "succeeded": made["succeeded"],
        "failed": made["failed"],
        "skipped": made["skipped"],
        "urls": _urls(end, items)[:MAX_URLS],
        "credits": end.charged,
        "error": end.error,
        "error_code": end.error_code,
    }


def _counted(items: Sequence[Item]) -> list[Item]:
    """The items that people count: elements belong to their node, and of a film its shots count."""
    return [item for item in items if "#" not in item.key and not _is_part(item)]


def _is_part(item: Item) -> bool:
    return item.entity_type == "timeline_asset" and not item.key.startswith("visual/")


def _noun(items: Sequence[Item]) -> tuple[str, str]:
    kinds = {"shot" if one.key.startswith("visual/") else (one.entity_type or "") for one in items}
    if len(kinds) != 1:
        return _OTHER
    return _NOUNS.get(kinds.pop().removeprefix("shot_"), _OTHER)


def name_kind(entity_type: str | None, key: str) -> str:
    """Name for people of what an item is about: `picture` for `shot_image`; else its key."""
    kind = (entity_type or "").removeprefix("shot_")
    return _NOUNS[kind][0] if kind in _NOUNS else key


def _made(counted: Sequence[Item]) -> str:
    done, total = sum(item.status == "succeeded" for item in counted), len(counted)
    one, many = _noun(counted)
    if total == 1:
        return f"{'1' if done else 'no'} {one}"
    return f"{done} of {total} {many}"


def _unmade(counted: Sequence[Item], status: str, verb: str) -> str:
    """Text with the number of items that ended like this and, of failures, the commonest reasons."""
    unmade = [item for item in counted if item.status == status]
    if not unmade:
        return ""
    reasons = Counter(_reason(item.error) for item in unmade if item.error and status == "failed")
    message = "; ".join(reason for reason, _ in reasons.most_common(MAX_REASONS))
    return f"{len(unmade)} {verb}" + (f": {message}" if message else "")


def _reason(error: str) -> str:
    """A provider's answer by its number; else the first words."""
    if found := _ANSWERED.match(error):
        return f"{found[1]} {found[2]}"
    line = " ".join(error.split())
    return line if len(line) <= MAX_REASON else line[: MAX_REASON - 1] + "…"


def _urls(end: RunEnd, items: Sequence[Item]) -> list[str]:
    """The run's own file first (a film, a contact sheet), then each item's."""
    own = end.result or {}
    found = [own.get("outputUrl"), own.get("sheetUrl"), own.get("url")]
    for item in items:
        output = item.output or {}
        kept = members_of(output.get("result"))
        found += [output.get("url"), kept.get("url"), *(kept.get("urls") or ())] if item.status == "succeeded" else []
    return list(dict.fromkeys(url for url in found if isinstance(url, str) and url.startswith(("http://", "https://"))))
