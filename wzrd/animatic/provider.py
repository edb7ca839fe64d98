"""Animatic mode: shots written, panels drawn, clips filmed in this process, without a key, without a submit. Free."""

from collections.abc import AsyncGenerator
from typing import Literal

from wzrd.domain.errors import ProviderFailed
from wzrd.domain.submission import ANIMATIC
from wzrd.providers.base import Accepted, Delta, Output, Progress, Request


class Animatic:
    """The provider: one hand for each kind of media. What a hand needs is imported when it first works."""

    name = ANIMATIC
    recovery: Literal["none"] = "none"
    paid = False

    def stream(self, request: Request) -> AsyncGenerator[Accepted | Progress | Delta | Output]:
        """See `StreamProvider.stream`.

        Raises:
            ProviderFailed: it cannot make this kind of thing, or lacks what it needs for it.
        """
        match request.media_type:
            case "text":
                from wzrd.animatic.text import write  # noqa: PLC0415 - 70 ms of grammar

                return write(request)
            case "image":
                from wzrd.animatic.pictures import draw  # noqa: PLC0415 - Pillow

                return draw(request)
            case "video":
                from wzrd.animatic.pictures import film  # noqa: PLC0415 - PyAV, numpy

                return film(request)
            case other:
                raise ProviderFailed(f"{self.name} makes text, images and videos, no {other}")
