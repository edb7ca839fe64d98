"""A paid image provider as an object in the registry: it follows its script and counts what was asked.

It leaves the picture in the file that the request names, as a provider of this machine does, or answers with the
address where it lies.
"""

import asyncio
import zlib
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image

from wzrd.providers.base import Accepted, Output, Progress, Request

Act = BaseException | str | bytes
"""An error is raised, an address answered, bytes are left in the file."""


def picture(prompt: str) -> bytes:
    """A small PNG whose colour follows from the prompt."""
    colour = zlib.crc32(prompt.encode())
    data = BytesIO()
    Image.new("RGB", (16, 9), (colour & 255, colour >> 8 & 255, colour >> 16 & 255)).save(data, "PNG")
    return data.getvalue()


@dataclass(slots=True)
class FakeImages:
    """Answers with a picture of the prompt; `acts` maps a prompt to what happens at its first, second, … submit.

    While there is a `gate`, every submit waits at it (of `gates` those of a prompt); `on_submit` is called for each,
    `during` awaited. `most` is how many were under way at once.
    """

    name: str = "fal-ai"
    recovery: Literal["none"] = "none"
    media_types: frozenset[str] = frozenset({"image", "video"})
    paid: bool = True
    acts: dict[str, list[Act]] = field(default_factory=dict[str, list[Act]])
    asked: list[str] = field(default_factory=list[str])
    on_submit: Callable[[str], object] | None = None
    inline: bool = False
    """True if the picture comes inside the answer, as a `data:` URI."""
    gate: asyncio.Event | None = None
    gates: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    during: Callable[[str], Awaitable[object]] | None = None
    most: int = 0
    _open: int = 0

    async def stream(self, request: Request) -> AsyncGenerator[Accepted | Progress | Output]:
        """One submit."""
        self._open += 1
        self.most = max(self.most, self._open)
        try:
            async for said in self._paint(request):
                yield said
        finally:
            self._open -= 1

    async def _paint(self, request: Request) -> AsyncGenerator[Accepted | Progress | Output]:
        prompt = str(request.inputs["prompt"])
        self.asked.append(prompt)
        if self.on_submit is not None:
            self.on_submit(prompt)
        yield Accepted()
        yield Progress("running", 0.5)
        if self.gate is not None:
            await self.gate.wait()
        if prompt in self.gates:
            await self.gates[prompt].wait()
        if self.during is not None:
            await self.during(prompt)
        script = self.acts.get(prompt, [])
        act = script.pop(0) if script else picture(prompt)
        if isinstance(act, BaseException):
            raise act
        if isinstance(act, str):
            yield Output(media=(act,), cost_usd=0.01, raw={"id": prompt})
            return
        if self.inline:
            yield Output(media=(f"data:image/png;base64,{b64encode(act).decode()}",), cost_usd=0.01, raw={"id": prompt})
            return
        path: Path = request.inputs["path"]
        await asyncio.to_thread(path.write_bytes, act)
        yield Output(media=(path.as_uri(),), cost_usd=0.01, raw={"id": prompt})
