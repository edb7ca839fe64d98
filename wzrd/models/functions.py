"""The functions of this server that generate: which route is answered by which, and what each can make."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from wzrd.domain.errors import BadRequest
from wzrd.models.catalog import MEDIA_TYPES, Model

RouteName = Literal[
    "elevenlabs-tts",
    "elevenlabs-sfx",
    "elevenlabs-music",
    "gmi-cloud",
    "groq-text",
    "gemini-text",
    "edge-function",
    "fal-stream",
]
FIELD = "_edgeFunction"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Function:
    """One function, `/functions/v1/<name>`: the kinds of thing it makes, whose models alone it runs, which one alone.

    `provider` and `model` None: any that makes such a thing.
    """

    name: str
    makes: frozenset[str]
    provider: str | None = None
    model: str | None = None

    @property
    def media_type(self) -> str | None:
        """The one kind of thing it makes; None where it makes several."""
        return next(iter(self.makes)) if len(self.makes) == 1 else None

    def check(self, model: Model) -> None:
        """See that the function can run the model.

        Raises:
            BadRequest: it makes nothing of that kind, or runs another provider's models.
        """
        if model.media_type not in self.makes:
            made = " or ".join(sorted(self.makes))
            raise BadRequest(f"{FIELD}: {self.name} makes {made}, and {model.id} makes {model.media_type}", field=FIELD)
        if self.provider not in {None, model.provider}:
            told = f"runs models of {self.provider}, and {model.id} is one of {model.provider}"
            raise BadRequest(f"{FIELD}: {self.name} {told}", field=FIELD)


_TEXT, _IMAGE, _VIDEO, _AUDIO = (frozenset({media}) for media in ("text", "image", "video", "audio"))

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        function.name: function
        for function in (
            Function("fal-stream", MEDIA_TYPES),
            Function("gmi-execute", MEDIA_TYPES, provider="gmi-cloud"),
            Function("gemini-text-generation", _TEXT),
            Function("groq-chat", _TEXT),
            Function("groq-stream", _TEXT),
            Function("generate-visual-prompt", _TEXT),
            Function("generate-shot-image", _IMAGE),
            Function("generate-video-from-image", _VIDEO),
            Function("elevenlabs-tts", _AUDIO, model="elevenlabs-tts"),
            Function("elevenlabs-sfx", _AUDIO, model="elevenlabs-sfx"),
            Function("elevenlabs-music", _AUDIO, model="elevenlabs-music"),
        )
    }
)
"""Every function that a caller may name, by its name."""

FUNCTION_OF: Mapping[RouteName, str] = MappingProxyType(
    {
        "fal-stream": "fal-stream",
        "gmi-cloud": "gmi-execute",
        "gemini-text": "gemini-text-generation",
        "groq-text": "groq-chat",
        "elevenlabs-tts": "elevenlabs-tts",
        "elevenlabs-sfx": "elevenlabs-sfx",
        "elevenlabs-music": "elevenlabs-music",
    }
)
"""The function that answers each route; of `edge-function` it is the one that the caller named."""


def find_function(name: str) -> Function:
    """The function that a caller named.

    Raises:
        BadRequest: it is no function's name, or none of ours.
    """
    if not _NAME.fullmatch(name):
        raise BadRequest(f"{FIELD} must be a function's name: a-z, 0-9 and -, not {name[:60]!r}", field=FIELD)
    if name not in FUNCTIONS:
        raise BadRequest(f"{FIELD}: no function {name!r} generates here; there are {', '.join(FUNCTIONS)}", field=FIELD)
    return FUNCTIONS[name]
