"""Items that a film is made of, each with its price."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from wzrd.db.runs import NewItem
from wzrd.domain.errors import BadRequest
from wzrd.domain.film import FPS
from wzrd.film.cut_list import Cut
from wzrd.film.cut_outcome import FILM


@dataclass(frozen=True, slots=True)
class CutPrice:
    """Credits that a film costs at most: its rendering, and each shot's voice by the shot's number."""

    film: int = 0
    voices: Mapping[int, int] = field(default_factory=dict[int, int])

    @property
    def total(self) -> int:
        """All of it."""
        return self.film + sum(self.voices.values())

    def check(self, most: int | None) -> None:
        """See that it stays within `settings.maxCredits`.

        Raises:
            BadRequest: it may not; both numbers are named.
        """
        if most is not None and self.total > most:
            message = f"this film may cost {self.total} credits, more than settings.maxCredits {most}"
            raise BadRequest(f"{message}: raise it, or name fewer voices", field="maxCredits")


def items_of(cut: Cut, price: CutPrice) -> Callable[[UUID], Sequence[NewItem]]:
    """Voices before the visuals that must be long enough for them, and what is made of all at the end."""
    made: list[tuple[str, UUID | None, int]] = []
    for shot in cut.shots:
        if cut.audio and shot.heard:
            made.append((f"voice/{shot.number}", shot.asset_id, price.voices.get(shot.number, 0)))
        made.append((f"visual/{shot.number}", shot.asset_id, 0))
    made += [(f"effect/{effect.number}", effect.asset_id, 0) for effect in cut.effects]
    made += [("score", None, 0), ("mix", None, 0)] if cut.audio else []
    made.append((FILM, None, price.film))
    return lambda _: [
        NewItem(key, at, "timeline_asset", asset, price=costs) for at, (key, asset, costs) in enumerate(made, start=1)
    ]


def counts_of(cut: Cut) -> dict[str, Any]:
    """Counts that a job tells of the film before it is made."""
    return {
        "visualTracks": len(cut.shots),
        "audioTracks": cut.tracks,
        "totalAssets": cut.assets,
        "rendered": {"width": cut.frame.width, "height": cut.frame.height, "fps": FPS},
    }
