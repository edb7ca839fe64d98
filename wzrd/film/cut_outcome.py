"""The outcome of a cut by its items: the film, what is missing in it, and who spoke for whom."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from wzrd.film.made_segments import Film

FILM = "film"
"""The key of the item that is the film."""


class CutItem(Protocol):
    """An item of a cut, as it stands."""

    @property
    def key(self) -> str:
        """Its key: `voice/1`, `visual/1`, `effect/1`, `score`, `mix` or `film`."""
        ...

    @property
    def status(self) -> str:
        """Its status."""
        ...

    @property
    def entity_id(self) -> UUID | None:
        """The asset of the timeline that it is made of."""
        ...

    @property
    def output(self) -> Mapping[str, Any] | None:
        """Its output."""
        ...

    @property
    def error(self) -> str | None:
        """Its error, where it failed."""
        ...


def rendered(width: int, height: int, fps: float) -> dict[str, Any]:
    """Size and rate of a film as a job tells them."""
    fps = round(fps, 3)
    return {"width": width, "height": height, "fps": int(fps) if fps.is_integer() else fps}


def film_output(film: Film, renderer: str, *, lufs: float | None) -> dict[str, Any]:
    """The output of the film's item: its address and what is known of it; loudness in LUFS where something is heard."""
    loudness = {} if lufs is None else {"lufs": round(lufs, 1)}
    facts = {name: getattr(film, name) for name in ("width", "height", "frames", "captions")}
    return {
        "outputUrl": film.url,
        **facts,
        "seconds": round(film.seconds, 3),
        **loudness,
        "rendered": rendered(film.width, film.height, film.fps),
        "provider": renderer,
        "file": {"bucket": film.bucket, "path": film.path, "size": film.size},
    }


def voice_fallbacks(items: Sequence[CutItem]) -> list[dict[str, Any]]:
    """The lines that the scratch voice speaks for a paid one: of which asset, whose, and why."""
    return [
        {"assetId": str(item.entity_id), **one}
        for item in items
        if item.key.startswith("voice/")
        for one in (item.output or {}).get("fallbacks", [])
    ]


def failures(items: Sequence[CutItem], prefix: str) -> list[dict[str, Any]]:
    """The items that could not be had: which asset, where on the timeline, and why."""
    return [
        {"assetId": str(item.entity_id), "orderIndex": (item.output or {}).get("order", 0), "reason": item.error}
        for item in items
        if item.key.startswith(prefix) and item.status == "failed"
    ]
