"""Animatic mode's one door: the provider that needs no key, and what storyboard and film ask of the offline studio.

Nothing outside imports another module of this package. Nothing in it knows the database, runs, files in the store or
the network: values and paths in, values and files out.
"""

from collections.abc import AsyncGenerator
from typing import Literal

from wzrd.animatic import pictures, sounds, text
from wzrd.animatic.camera.still_clip import CAMERA, film_still
from wzrd.animatic.contact_sheet import SHEET, SheetPanel, draw_sheet
from wzrd.animatic.panels import DRAWING, draw_panel
from wzrd.animatic.panels.brief.design import FilmDesign, design_of
from wzrd.animatic.panels.brief.panel_reading import read_panel
from wzrd.animatic.panels.brief.places import is_generic
from wzrd.animatic.panels.brief.values import PanelBrief
from wzrd.animatic.score.bed import SCORE, compose
from wzrd.animatic.voices.voice import VOICE, speak
from wzrd.animatic.writer.shots import write_shots
from wzrd.domain.errors import ProviderFailed
from wzrd.domain.offline import ANIMATIC
from wzrd.providers.base import Accepted, Delta, Output, Progress, Request

__all__ = [
    "CAMERA", "DRAWING", "SCORE", "SHEET", "VOICE", "Animatic", "FilmDesign", "PanelBrief", "SheetPanel", "compose",
    "design_of", "draw_panel", "draw_sheet", "film_still", "is_generic", "read_panel", "speak", "write_shots",
]  # fmt: skip


class Animatic:
    """Shots written, panels drawn, clips filmed, sounds made in this process, without a key or a submit. Free."""

    name = ANIMATIC
    recovery: Literal["none"] = "none"
    media_types = frozenset({"text", "image", "video", "audio"})
    paid = False

    def stream(self, request: Request) -> AsyncGenerator[Accepted | Progress | Delta | Output]:
        """See `StreamProvider.stream`.

        Raises:
            ProviderFailed: it cannot make this kind of thing, or lacks what it needs for it.
        """
        match request.media_type:
            case "text":
                return text.write(request)
            case "image":
                return pictures.draw(request)
            case "video":
                return pictures.film(request)
            case "audio":
                return sounds.sound(request)
            case other:
                raise ProviderFailed(f"{self.name} makes text, images, videos and sounds, no {other}")
