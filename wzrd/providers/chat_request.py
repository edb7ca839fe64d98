"""The body of a chat request in OpenAI's shape, and what each model turned out not to take. No I/O.

Facts: OpenAI's reference (`response_format`, `max_completion_tokens`), Groq's structured outputs. Servers differ in
what they know, and say so with a 400 that names it; such a refusal is unpaid, and the next request goes without.
"""

import re
from collections.abc import Mapping
from typing import Any

from wzrd.models.bodies import CHAT_SETTINGS
from wzrd.models.schemas.field_values import check_body
from wzrd.models.schemas.input_schemas import chat_schema
from wzrd.providers.base import Request

MAX_MODELS = 1_000
"""Models whose refusals are remembered; one more, and all are learnt anew."""
_SIGNS: Mapping[str, tuple[tuple[bytes, ...], ...]] = {
    "json_schema": ((b"response_format",), (b"json_schema",)),
    "json_object": ((b"response_format",), (b"json_object",)),
    "max_tokens": ((b"max_completion_tokens",),),
    "temperature": ((b"temperature", b"unsupported"), (b"temperature", b"not support")),
    "stream_options": ((b"stream_options",), (b"include_usage",)),
}
"""Words in a refusal, all of one row, that say that the feature is not known; it is left out or spelled otherwise."""
_UNKNOWN = re.compile(
    rb"unknown|unrecogni[sz]ed|unsupported parameter|is unsupported|not supported|not permitted|extra inputs"
)
"""Words for a setting that is none, which is left out. Of a value that is refused its caller is told."""
_KEPT = frozenset({"stop"})
"""Settings without which an answer would be another than was asked for."""


def is_streamed(request: Request) -> bool:
    """True if the answer is wanted piece by piece: unless `inputs["stream"]` is False."""
    return request.inputs.get("stream") is not False


def wants_json(request: Request) -> bool:
    """True if the answer shall be JSON."""
    return bool(request.inputs.get("json_schema") or request.inputs.get("json"))


class ChatRequests:
    """The requests to one endpoint of a provider. `stream_options`: it reports usage only when asked."""

    def __init__(self, provider: str, *, stream_options: bool) -> None:
        self._stream_options = stream_options
        self._schema = chat_schema(provider)
        self._refused: dict[str, set[str]] = {}

    def body(self, request: Request) -> dict[str, Any]:
        """The request's body, without what its model has refused before.

        Raises:
            BadRequest: it is not valid by the provider's schema; field, value and what is allowed are named.
        """
        inputs, features = request.inputs, self._features(request)
        body: dict[str, Any] = {"model": request.model, "messages": inputs["messages"], "stream": is_streamed(request)}
        body |= {name: inputs[name] for name in CHAT_SETTINGS if name in features}
        if inputs.get("max_tokens") is not None:
            body["max_tokens" if "max_tokens" in features else "max_completion_tokens"] = inputs["max_tokens"]
        if "json_schema" in features:
            body["response_format"] = {"type": "json_schema", "json_schema": _named(inputs["json_schema"])}
        elif "json_object" in features:
            body["response_format"] = {"type": "json_object"}
        if "stream_options" in features:
            body["stream_options"] = {"include_usage": True}
        check_body(self._schema, body)
        return body

    def learn(self, request: Request, status: int, refusal: bytes) -> bool:
        """True if the refusal is about a requested feature: the model is asked without it from now on."""
        if status not in {400, 422}:
            return False
        said = refusal.lower()
        refused = [one for one in self._features(request) if _is_refused(one, said)]
        for feature in refused:
            self._remember(request.model, feature)
        return bool(refused)

    def _remember(self, model: str, feature: str) -> None:
        if len(self._refused) >= MAX_MODELS and model not in self._refused:
            self._refused.clear()
        self._refused.setdefault(model, set()).add(feature)

    def _features(self, request: Request) -> list[str]:
        """Features that are asked for now. A schema that was refused leaves plain JSON mode."""
        inputs, refused = request.inputs, self._refused.get(request.model, set[str]())
        wanted: list[str] = []
        if inputs.get("json_schema") and "json_schema" not in refused:
            wanted.append("json_schema")
        elif wants_json(request):
            wanted.append("json_object")
        settings = ("max_tokens", *(name for name in CHAT_SETTINGS if name in self._schema.properties))
        wanted.extend(name for name in settings if inputs.get(name) is not None)
        if self._stream_options and is_streamed(request):
            wanted.append("stream_options")
        return [feature for feature in wanted if feature not in refused]


def _is_refused(feature: str, said: bytes) -> bool:
    """True if a refusal, in small letters, is about this feature."""
    if feature in _SIGNS:
        return any(all(word in said for word in words) for words in _SIGNS[feature])
    is_named = re.search(rb"[\"'`]" + feature.encode() + rb"[\\\"'`]", said)
    return bool(is_named and feature not in _KEPT and _UNKNOWN.search(said))


def _named(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema as the wire has it: under `schema`, with a name. One that is so already stays as it is."""
    return schema if "schema" in schema else {"name": "answer", "schema": schema}
