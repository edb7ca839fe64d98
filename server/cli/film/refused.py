"""Refusals by content at the end of `wzrd film`: which shots, why, what may be tried."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from wzrd.client import Event
from wzrd.domain.refusals import REFUSAL, UNSAID, describe_refusal, remedies

_MADE = {"images": "image", "videos": "video"}
MOST = 20
"""Refusals that are told one by one."""


@dataclass(frozen=True, slots=True)
class RefusedShot:
    """A shot, or a sheet of `name`, whose content a vendor refused; `made` as in `remedies`.

    Without an `error` it was made after all, of a prompt that was softened (`facts`).
    """

    shot_id: str
    name: str
    made: str
    error: str
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, event: Event) -> Self | None:
        """The refusal that an event tells: of a shot, of its lips, or of a sheet; None where it tells of none."""
        data, softened = event.data, event.data.get("softened")
        facts = data.get(REFUSAL) or ({"softened": softened} if softened else None)
        if facts is None:
            return None
        made = "sheet" if event.name == "sheet" else _MADE.get(str(data.get("phase")), "video")
        name = str(data.get("name") or "")
        return cls(str(data.get("shotId") or ""), name, made, str(data.get("error") or ""), facts)


def tell_refused(refused: Sequence[RefusedShot], project: str, shots: Mapping[str, str]) -> Iterator[str]:
    """Lines for people: each refusal with its cause, and below it what may be tried. `shots`: `3.2` by id."""
    for one in refused[:MOST]:
        shot, softened = shots.get(one.shot_id, ""), "; ".join(one.facts.get("softened", ()))
        label = f"sheet of {one.name}" if one.made == "sheet" else f"{one.made} of shot {shot or 'that is gone'}"
        if not one.error:
            yield f"  {label}: its prompt was refused; made with {softened}"
            continue
        yield f"  {label}: refused: {describe_refusal(one.facts) or UNSAID}: {one.error}"
        if softened:
            yield f"    refused with {softened}, too"
        yield from (f"    {remedy}" for remedy in remedies(one.facts, project, shot, one.made))
    if len(refused) > MOST:
        yield f"  and {len(refused) - MOST} more refused"
