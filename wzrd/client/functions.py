"""How each function of the server that generates spells a generation, and the documented code of its failures.

Which function it is, the server says (`generation-route`): no model is routed here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wzrd.client.errors import ErrorCode
from wzrd.contracts.generate import ReferenceAsset
from wzrd.contracts.generation_service import GenerationInput

EDGE_FUNCTION = "_edgeFunction"
STREAMED = frozenset({"fal-stream"})
"""Functions whose answer is the run's stream; all others answer once, at the start or at the end."""
ERROR_CODES: Mapping[str, ErrorCode] = {
    "fal-stream": "stream_error",
    "gmi-cloud": "gmi_error",
    "gemini-text": "text_error",
    "groq-text": "groq_error",
    "elevenlabs-tts": "audio_error",
    "elevenlabs-sfx": "audio_error",
    "elevenlabs-music": "audio_error",
    "edge-function": "edge_function_error",
}
"""The code of a failure, by the documented route."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A generation that is to be sent: references are addresses by now, and the request has an id."""

    input: GenerationInput
    references: tuple[ReferenceAsset, ...]
    request_id: str
    max_credits: int | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The model's own; the name of a function is none of them."""
        return {name: value for name, value in self.input.parameters.items() if name != EDGE_FUNCTION}

    def common(self) -> dict[str, Any]:
        """What every function takes."""
        body = {
            "requestId": self.request_id,
            "request_id": self.request_id,
            "referenceAssets": [one.wire() for one in self.references],
            "outputConfig": self.input.output_config.wire(),
            "metadata": self.input.metadata.wire(),
            "maxCredits": self.max_credits,
        }
        return {name: value for name, value in body.items() if value is not None}


def _fal(asked: Asked) -> dict[str, Any]:
    return {"modelId": asked.input.model, "inputs": {"prompt": asked.input.prompt, **asked.parameters}}


def _gmi(asked: Asked) -> dict[str, Any]:
    return {"action": "submit", **_fal(asked)}


def _text(asked: Asked) -> dict[str, Any]:
    return {**_camel(asked.parameters), "stream": False, "prompt": asked.input.prompt, "model": asked.input.model}


def _speech(asked: Asked) -> dict[str, Any]:
    return {**_camel(asked.parameters), "text": asked.input.prompt}


def _sound(asked: Asked) -> dict[str, Any]:
    return {**_camel(asked.parameters), "prompt": asked.input.prompt}


def _shot(asked: Asked) -> dict[str, Any]:
    """The functions of one shot: the entity is the shot, the first picture is where its clip begins."""
    pictures = [one.url for one in asked.references if one.type == "image"]
    body = {
        "shot_id": asked.input.metadata.entity_id,
        "image_url": pictures[0] if pictures else None,
        "image_model": asked.input.model,
        "model_id": asked.input.model,
        "prompt": asked.input.prompt,
    }
    return {name: value for name, value in body.items() if value} | asked.parameters


def _camel(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters in the wire's spelling, whichever of the two they come in."""
    words = {name: name.split("_") for name in parameters}
    return {first + "".join(map(str.title, rest)): parameters[name] for name, (first, *rest) in words.items()}


_BODIES: Mapping[str, Callable[[Asked], dict[str, Any]]] = {
    "fal-stream": _fal,
    "gmi-execute": _gmi,
    "gemini-text-generation": _text,
    "groq-chat": _text,
    "groq-stream": _text,
    "generate-visual-prompt": _shot,
    "generate-shot-image": _shot,
    "generate-video-from-image": _shot,
    "elevenlabs-tts": _speech,
    "elevenlabs-sfx": _sound,
    "elevenlabs-music": _sound,
}


def body_of(function: str, asked: Asked) -> dict[str, Any] | None:
    """The body of a call of `function`; None: no function that this client can call."""
    spell = _BODIES.get(function)
    return None if spell is None else {**spell(asked), **asked.common()}


def route_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as routing needs them: of a file in a text, that it is one is enough."""

    def brief(value: Any) -> Any:
        if isinstance(value, list):
            return [brief(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
        return "data:," if isinstance(value, str) and value[:5].lower() == "data:" else value

    return {name: brief(value) for name, value in parameters.items()}
