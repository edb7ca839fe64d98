"""The functions of the API that generate, `/functions/v1/<name>`: one row each, the one table of them.

Routing reads of it what each makes, the server's route its body, the client how a generation is spelled in that body.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from wzrd.contracts.fal_stream import FalStreamRequest
from wzrd.contracts.generate import GenerationOptions, ReferenceAsset
from wzrd.contracts.generation_service import GenerationInput
from wzrd.contracts.gmi_execute import GmiExecuteRequest
from wzrd.contracts.money import Dollars
from wzrd.contracts.shot_functions import ShotAudioRequest, ShotImageRequest, ShotVideoRequest, VisualPromptRequest
from wzrd.contracts.sounds import SpeechRequest, TimedRequest
from wzrd.contracts.text_generation import ChatRequest, TextRequest

RouteName: TypeAlias = Literal[
    "elevenlabs-tts",
    "elevenlabs-sfx",
    "elevenlabs-music",
    "gmi-cloud",
    "groq-text",
    "gemini-text",
    "edge-function",
    "fal-stream",
]
"""The documented routes of a generation; `edge-function`: the caller has named the function."""
EDGE_FUNCTION = "_edgeFunction"
"""The parameter by which a caller names a function."""


@dataclass(frozen=True, slots=True)
class GenerationCall:
    """A generation that a client is to send: references are addresses by now, and the request has an id."""

    input: GenerationInput
    references: tuple[ReferenceAsset, ...]
    request_id: str
    max_credits: int | None = None
    max_usd: Dollars | None = None
    allow_unpriced: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        """The model's own; the name of a function is none of them."""
        return {name: value for name, value in self.input.parameters.items() if name != EDGE_FUNCTION}

    def common(self) -> dict[str, Any]:
        """Body fields that every function takes."""
        body = {
            "requestId": self.request_id,
            "request_id": self.request_id,
            "referenceAssets": [one.wire() for one in self.references],
            "outputConfig": self.input.output_config.wire(),
            "metadata": self.input.metadata.wire(),
            "maxCredits": self.max_credits,
            "maxUsd": self.max_usd,
            "allowUnpriced": list(self.allow_unpriced) or None,
        }
        return {name: value for name, value in body.items() if value is not None}


Spell: TypeAlias = Callable[[GenerationCall], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    `makes`: the kinds of thing that it makes. `body`: what its route takes; `spell` puts a generation's own fields into
    it. `route`: the documented route that it answers, if any. `provider`, `model`: whose models alone it runs, which
    one alone. `streams`: it answers with the run's stream, not once. `instead`: the text models that it asks where
    nobody can be asked for the wanted one. `falls_back`: it tries another model when the wanted one's provider fails.
    `named`: a generation may name it; false: only its own callers know what it takes.
    """

    name: str
    makes: frozenset[str]
    body: type[GenerationOptions]
    spell: Spell
    route: RouteName | None = None
    provider: str | None = None
    model: str | None = None
    streams: bool = False
    instead: tuple[str, ...] = ()
    falls_back: bool = False
    named: bool = True

    @property
    def path(self) -> str:
        """Where it is called."""
        return f"/functions/v1/{self.name}"

    @property
    def media_type(self) -> str | None:
        """The one kind of thing it makes; None where it makes several."""
        return next(iter(self.makes)) if len(self.makes) == 1 else None

    def body_of(self, call: GenerationCall) -> dict[str, Any]:
        """The body of its call for a generation."""
        return {**self.spell(call), **call.common()}


def _fal(call: GenerationCall) -> dict[str, Any]:
    return {"modelId": call.input.model, "inputs": {"prompt": call.input.prompt, **call.parameters}}


def _gmi(call: GenerationCall) -> dict[str, Any]:
    return {"action": "submit", **_fal(call)}


def _text(call: GenerationCall) -> dict[str, Any]:
    return {**_camel(call.parameters), "stream": False, "prompt": call.input.prompt, "model": call.input.model}


def _speech(call: GenerationCall) -> dict[str, Any]:
    return {**_camel(call.parameters), "text": call.input.prompt}


def _sound(call: GenerationCall) -> dict[str, Any]:
    return {**_camel(call.parameters), "prompt": call.input.prompt}


def _shot(call: GenerationCall) -> dict[str, Any]:
    """The functions of one shot: the entity is the shot, the first picture is where its clip begins."""
    pictures = [one.url for one in call.references if one.type == "image"]
    body = {
        "shot_id": call.input.metadata.entity_id,
        "image_url": pictures[0] if pictures else None,
        "image_model": call.input.model,
        "model_id": call.input.model,
        "prompt": call.input.prompt,
    }
    return {name: value for name, value in body.items() if value} | call.parameters


def _camel(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters in the wire's spelling, whichever of the two they come in."""
    words = {name: name.split("_") for name in parameters}
    return {first + "".join(map(str.title, rest)): parameters[name] for name, (first, *rest) in words.items()}


_ANY = frozenset({"text", "image", "video", "audio", "3d", "json"})
_TEXT, _IMAGE, _VIDEO, _AUDIO = (frozenset({media}) for media in ("text", "image", "video", "audio"))
_SPEECH, _EFFECTS, _MUSIC = "elevenlabs-tts", "elevenlabs-sfx", "elevenlabs-music"
_LLAMA, _DEEPSEEK = ("llama-3.3-70b-versatile",), ("gmi/deepseek-r1",)
_GEMINI = "gemini-text-generation"

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        function.name: function
        for function in (
            Function("fal-stream", _ANY, FalStreamRequest, _fal, "fal-stream", streams=True, falls_back=True),
            Function("gmi-execute", _ANY, GmiExecuteRequest, _gmi, "gmi-cloud", provider="gmi-cloud"),
            Function(_GEMINI, _TEXT, TextRequest, _text, "gemini-text", instead=_LLAMA),
            Function("groq-chat", _TEXT, ChatRequest, _text, "groq-text"),
            Function("groq-stream", _TEXT, TextRequest, _text, instead=_DEEPSEEK, falls_back=True),
            Function("generate-visual-prompt", _TEXT, VisualPromptRequest, _shot),
            Function("generate-shot-image", _IMAGE, ShotImageRequest, _shot),
            Function("generate-video-from-image", _VIDEO, ShotVideoRequest, _shot),
            Function("generate-shot-audio", _AUDIO, ShotAudioRequest, _shot, named=False),
            Function(_SPEECH, _AUDIO, SpeechRequest, _speech, "elevenlabs-tts", model=_SPEECH),
            Function(_EFFECTS, _AUDIO, TimedRequest, _sound, "elevenlabs-sfx", model=_EFFECTS),
            Function(_MUSIC, _AUDIO, TimedRequest, _sound, "elevenlabs-music", model=_MUSIC),
        )
    }
)
"""Every function by its name."""

FUNCTION_OF: Mapping[str, str] = MappingProxyType(
    {function.route: name for name, function in FUNCTIONS.items() if function.route}
)
"""The function that answers each route; of `edge-function` it is the one that the caller named."""
