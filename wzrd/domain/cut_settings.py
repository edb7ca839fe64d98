"""Who renders a film, chosen by its caller and checked against who can. Pure."""

from dataclasses import dataclass
from typing import Literal

from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.domain.offline import Offline, describe_obstacle, stand_in_reason

LOCAL_FFMPEG, FAL_REMOTE = "local_ffmpeg", "fal_remote"
"""The renderers, as `export_jobs.provider` calls them."""


@dataclass(frozen=True, slots=True)
class RendererChoice:
    """Who renders; `asked` is the word that the caller's wish comes to.

    `fallback_reason` says why it is not who was asked for.
    """

    asked: Literal["auto", "fal"] = "auto"
    fallback_reason: str | None = None

    @property
    def name(self) -> str:
        """The renderer's name on the wire."""
        return FAL_REMOTE if self.asked == "fal" and self.fallback_reason is None else LOCAL_FFMPEG


def choose_renderer(provider: str | None, *, offline: Offline, obstacle: str | None) -> RendererChoice:
    """The renderer for `settings.provider`: auto, local or fal; absent means auto, which is local.

    `obstacle`: why fal cannot be asked from here, as `wzrd.domain.offline` says it.

    Raises:
        BadRequest: editframe, or a name that nobody has.
        NotConfigured: fal was asked for, cannot be asked, and nothing may stand in for it.
    """
    match (provider or "auto").strip().lower():
        case "auto" | "local" | "local_ffmpeg" | "":
            return RendererChoice()
        case "fal" | "fal_remote":
            message = f"settings.provider: {describe_obstacle(obstacle or '')}; use auto or local"
            return RendererChoice("fal", stand_in_reason(obstacle, offline=offline, refusal=NotConfigured(message)))
        case "editframe" | "editframe_remote":
            raise BadRequest(
                "settings.provider: editframe is not supported here; use auto, local or fal", field="provider"
            )
        case _:
            raise BadRequest(f"settings.provider: {provider!r} is none of auto, local, fal", field="provider")
