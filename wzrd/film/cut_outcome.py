"""The outcome of a cut by its items: the film, what is missing in it, and who spoke for whom."""

from collections.abc import Sequence
from typing import Any

from wzrd.domain.runs import Item
from wzrd.film.made_segments import Film

FILM = "film"
"""The key of the item that is the film."""


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


def voice_fallbacks(items: Sequence[Item]) -> list[dict[str, Any]]:
    """The lines that the scratch voice speaks for a paid one: of which asset, whose, and why."""
    return [
        {"assetId": str(item.entity_id), **one}
        for item in items
        if item.key.startswith("voice/")
        for one in (item.output or {}).get("fallbacks", [])
    ]


def failures(items: Sequence[Item], prefix: str) -> list[dict[str, Any]]:
    """The items that could not be had: which asset, where on the timeline, and why."""
    return [
        {"assetId": str(item.entity_id), "orderIndex": (item.output or {}).get("order", 0), "reason": item.error}
        for item in items
        if item.key.startswith(prefix) and item.status == "failed"
    ]
