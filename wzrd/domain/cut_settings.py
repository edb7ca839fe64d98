"""Settings a caller may choose for a film, checked against what can be made: size and renderer. Pure."""

import re
from dataclasses import dataclass
from typing import Literal

from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.domain.film import Frame
from wzrd.domain.offline import Offline, describe_obstacle, stand_in_reason

LOCAL_FFMPEG, FAL_REMOTE = "local_ffmpeg", "fal_remote"
"""The renderers, as `export_jobs.provider` calls them."""
NARROWEST, LOWEST, LARGEST = 256, 144, 7680

RESOLUTION_PATTERN = "^[1-9][0-9]{1,2}[02468]x[1-9][0-9]{1,2}[02468]$"
"""Pattern of a resolution in a form's JSON schema; `read_resolution` checks the rest."""
_RESOLUTION = re.compile(r"\s*([0-9]{2,5})\s*[x×X]\s*([0-9]{2,5})\s*")


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


def read_resolution(resolution: str | None) -> Frame | None:
    """The size that is asked for (`1280x720`); None when none is.

    Raises:
        BadRequest: it is no size, or none that a film can have.
    """
    if resolution is None or not resolution.strip():
        return None
    found = _RESOLUTION.fullmatch(resolution)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (NARROWEST <= width <= LARGEST and LOWEST <= height <= LARGEST) or width % 2 or height % 2:
        possible = f"WIDTHxHEIGHT with even sides from {NARROWEST}x{LOWEST} to {LARGEST}x{LARGEST}"
        raise BadRequest(f"settings.resolution: {resolution!r} is not {possible}", field="resolution")
    return Frame(width, height)


def fit(wanted: Frame | None, house: Frame) -> Frame:
    """The frame of the film: a smaller one is granted; a larger one would only enlarge what was made for the house."""
    if wanted is None or wanted.width > house.width or wanted.height > house.height:
        return house
    return wanted
