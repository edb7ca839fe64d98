"""Subjects of the suite for all providers: every adapter, its fake, and how each is asked.

A new adapter is a row of `SUBJECTS` here, and passes the three files `test_conformance*.py`.
"""

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from server.fakes import Fakes
from server.fakes.app import environment
from tests.media.clips import panel
from wzrd.animatic.panels.brief.panel_reading import read_panel
from wzrd.animatic.provider import Animatic
from wzrd.domain.errors import ProviderError
from wzrd.domain.film import Frame
from wzrd.domain.shots import SceneBrief, ShotIdea
from wzrd.providers.base import Accepted, AnyProvider, Delta, Output, Progress, QueueProvider, Request, is_queue
from wzrd.providers.chat import Chat
from wzrd.providers.credentials import CREDENTIALS, read_keys
from wzrd.providers.http_border import Purpose
from wzrd.providers.opening import ADAPTERS, chat_endpoints, utc_now
from wzrd.settings import Settings

KEY = "TOPSECRETtopsecret-0123456789"
"""The key of every subject: no adapter may repeat it anywhere."""
PATIENCE: Mapping[Purpose, float] = {"submit": 20.0, "ask": 20.0, "upload": 20.0}
IMPATIENCE: Mapping[Purpose, float] = {"submit": 1.0, "ask": 1.0, "upload": 1.0}
"""Seconds that one call may take, where a server is slow on purpose."""

Chunk = Accepted | Progress | Delta | Output


@dataclass(frozen=True, slots=True)
class Subject:
    """One adapter, and what it is asked for. `seeing`: its model that takes a reference, where that is another."""

    name: str
    provider: str
    model: str
    media_type: str
    at_once: bool = False
    reference: str = "image_url"
    sounds: bool = False
    seeing: str = ""

    @property
    def is_chat(self) -> bool:
        """True if it speaks OpenAI's chat."""
        return self.media_type == "text"

    @property
    def is_streamed(self) -> bool:
        """True if it answers while the caller listens: words, or a sound in the answer itself."""
        return self.is_chat or self.sounds

    @property
    def is_queued(self) -> bool:
        """True if its submit leaves a job that is asked about."""
        return not self.is_streamed and not self.at_once

    def asked(self, prompt: str = "a lighthouse", *, timeout: float = 20.0, **inputs: Any) -> Request:
        """One generation."""
        if self.is_chat:
            inputs = {"messages": [{"role": "user", "content": prompt}], **inputs}
        else:
            inputs = {"prompt": prompt, **inputs}
        return Request(self.model, self.media_type, inputs, timeout)

    def asked_about(self, url: str) -> Request:
        """One generation with a file at an address as its reference."""
        if not self.is_chat:
            inputs = {"prompt": "a lighthouse", self.reference: [url] if self.reference == "image" else url}
            return Request(self.seeing or self.model, self.media_type, inputs, 20.0)
        parts = [{"type": "text", "text": "describe it"}, {"type": "image_url", "image_url": {"url": url}}]
        return Request(self.model, "text", {"messages": [{"role": "user", "content": parts}]}, 20.0)

    def open(
        self, settings: Settings, http: httpx.AsyncClient, seconds: Mapping[Purpose, float] = PATIENCE
    ) -> AnyProvider:
        """The adapter, made of the settings as a process makes it; `seconds` bound its calls."""
        keys = read_keys(settings)
        if self.is_chat:
            endpoints = {one.name: one for one in chat_endpoints(settings, keys)}
            return Chat(endpoints[self.provider], http, now=utc_now)
        return ADAPTERS[self.provider](settings, keys[self.provider], http, now=utc_now, seconds=seconds)


SUBJECTS = (
    Subject("fal", "fal-ai", "fal-ai/flux/dev", "image", seeing="fal-ai/flux/dev/image-to-image"),
    Subject("gmi", "gmi-cloud", "wan2.7-i2v", "video", reference="first_frame"),
    Subject("gmi at once", "gmi-cloud", "seedream-5.0-lite", "image", at_once=True, reference="image"),
    Subject("groq", "groq", "llama-3.3-70b-versatile", "text"),
    Subject("gateway", "lovable-ai", "google/gemini-2.5-flash", "text"),
    Subject("gemini", "gemini", "gemini-2.5-flash", "text"),
    Subject("openai", "openai", "gpt-4o", "text"),
    Subject("gmi text", "gmi-cloud", "deepseek-ai/DeepSeek-V3.2", "text"),
    Subject("own server", "local", "llama3.2", "text"),
    Subject("speech", "elevenlabs", "elevenlabs-tts", "audio", sounds=True),
    Subject("effects", "elevenlabs", "elevenlabs-sfx", "audio", sounds=True),
    Subject("music", "elevenlabs", "elevenlabs-music", "audio", sounds=True),
)
"""Every adapter that calls somebody."""


def settings_at(base_url: str) -> Settings:
    """Every provider's address at one server, with `KEY` as the key of each."""
    keys = {row.variable: KEY for row in CREDENTIALS.values()}
    return Settings.model_validate({**environment(base_url), **keys})


@dataclass(slots=True)
class Heard:
    """Chunks that came of a generation."""

    chunks: list[Chunk] = field(default_factory=list[Chunk])

    @property
    def output(self) -> Output:
        """The result: the last that came, and the only one."""
        outputs = [one for one in self.chunks if isinstance(one, Output)]
        assert outputs == self.chunks[-1:]
        return outputs[0]

    @property
    def texts(self) -> list[str]:
        """The deltas."""
        return [one.text for one in self.chunks if isinstance(one, Delta)]

    @property
    def progress(self) -> list[Progress]:
        """The news."""
        return [one for one in self.chunks if isinstance(one, Progress)]


async def submit_to(adapter: QueueProvider, request: Request, webhook: str | None = None) -> Accepted:
    """One submit of the payload that the adapter makes of the request."""
    return await adapter.submit(request, adapter.payload(request), webhook=webhook)


async def hear(adapter: AnyProvider, request: Request) -> Heard:
    """The whole of a generation: a stream to its end, or one submit and questions until the result."""
    heard = Heard()
    if not is_queue(adapter):
        async for chunk in adapter.stream(request):
            heard.chunks.append(chunk)
        return heard
    accepted = await submit_to(adapter, request)
    heard.chunks.append(accepted)
    while not isinstance(heard.chunks[-1], Output):
        heard.chunks.append(await adapter.poll(accepted))
    return heard


async def send(adapter: AnyProvider, request: Request) -> None:
    """One submit; of a stream all that follows it."""
    if is_queue(adapter):
        await submit_to(adapter, request)
    else:
        async for _ in adapter.stream(request):
            pass


@dataclass(slots=True)
class Bench:
    """One subject, opened towards its fake."""

    subject: Subject
    fakes: Fakes
    http: httpx.AsyncClient
    hasty_http: httpx.AsyncClient
    adapter: Any = None

    def __post_init__(self) -> None:
        self.adapter = self.another()

    def another(self) -> Any:
        """The subject's adapter once more, as another process has it."""
        return self.subject.open(settings_at(self.fakes.base_url), self.http)

    async def hear(self, prompt: str = "a lighthouse", **inputs: Any) -> Heard:
        """The whole of a generation."""
        return await hear(self.adapter, self.subject.asked(prompt, **inputs))

    def at(self, origin: str) -> Any:
        """The subject towards another server."""
        return self.subject.open(settings_at(origin), self.http)

    def impatient(self, origin: str) -> Any:
        """The subject towards another server, with a second for everything."""
        return self.subject.open(settings_at(origin), self.hasty_http, IMPATIENCE)

    async def failure(self, adapter: Any = None, *, seconds: float = 60) -> ProviderError:
        """The error that one submit ends with."""
        try:
            await send(adapter or self.adapter, self.subject.asked(timeout=seconds))
        except ProviderError as error:
            return error
        raise AssertionError("it did not fail")

    async def paid(self) -> int:
        """Number of submits that the fake has accepted."""
        return len(await self.fakes.paid_submits(self.subject.provider))


SCENE = SceneBrief(1, "The lamp room", "MARA wipes the lens.", "INT. LIGHTHOUSE - NIGHT")
SMALL = Frame(128, 72)


def animatic_requests(folder: Path) -> Mapping[str, Callable[[], Request]]:
    """Requests to animatic mode, by media type: it draws and films files, and takes no words of a vendor's."""
    brief = read_panel(SCENE, ShotIdea("MARA wipes the great lens."), shot_number=1)

    def film() -> Request:
        still = panel(folder / "still.png", size=(160, 90), slate=12)
        told = {"still": still, "frame": SMALL, "frames": 12, "move": "static", "path": folder / "clip.mp4"}
        return Request("animatic", "video", told)

    picture = {"panel": brief, "frame": SMALL, "path": folder / "panel.png"}
    return {
        "text": lambda: Request("animatic", "text", {"scene": SCENE, "count": 3, "seed": 1}),
        "image": lambda: Request("animatic", "image", picture),
        "video": film,
        "audio": lambda: Request(
            "animatic", "audio", {"sound": "effects", "text": "a door", "duration": 0.5, "path": folder / "sound.mp3"}
        ),
    }


def animatic() -> Animatic:
    """The offline studio's adapter."""
    return Animatic()


def png(width: int = 64, height: int = 64) -> bytes:
    """A small real picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + b"\x40\x80\xc0" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def said_of(error: BaseException) -> str:
    """Everything that an error could show."""
    return f"{error} {error!r} {vars(error)} {error.__cause__!r}"
