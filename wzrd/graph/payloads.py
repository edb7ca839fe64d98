"""Calls that a generator node makes of its model: its prompt, its settings, its references. Pure."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import orjson

from wzrd.contracts.generate import OutputConfig, ReferenceAsset
from wzrd.contracts.wire import elements_of, members_of
from wzrd.domain.errors import BadRequest
from wzrd.graph.actions import Action, BatchPolicy, model_named, policy_of, work_of
from wzrd.graph.batches import MAX_CALLS, expand
from wzrd.graph.binding import SOURCES, is_bookkeeping
from wzrd.graph.model import Node
from wzrd.graph.prompts import (
    NO_IMAGE_PROMPT,
    camera_payload,
    clean,
    image_prompt,
    prompt_of,
    text_prompt,
    video_prompt,
)
from wzrd.graph.references import KEYS, Reference, collect_references
from wzrd.models.bodies import ModelBody, check_chat, make_body
from wzrd.models.catalog import Model
from wzrd.models.generation_inputs import check_bounds, check_inputs, merge_inputs
from wzrd.models.output_counts import is_count, order_outputs

DROPPED = frozenset({
    "model", "prompt", "shot", "inputs", "metadata", "cache", "label", "actionId", "workflowType", "batchPolicy",
    "batch_policy", "batch", "selectedModels", "modelAuto", "useMultipleModels", "systemPrompt", "maxTokens", "layers",
    "previewAssetUrl", "outputAssetUrl", "status", "preview",
})  # fmt: skip
"""Params that tell of the node, or have a place of their own in the payload."""
_MEDIA = frozenset(key for keys in KEYS.values() for key in keys)
_SETTINGS = ("settings", "settings_override")
_SNAKE = {
    "aspectRatio": "aspect_ratio", "negativePrompt": "negative_prompt", "numImages": "num_images",
    "imageSize": "image_size", "guidanceScale": "guidance_scale", "steps": "num_inference_steps",
    "outputFormat": "output_format", "generateAudio": "generate_audio", "durationSeconds": "duration_seconds",
    "elementIds": "element_ids", "voiceId": "voice_id",
}  # fmt: skip
_FAL = "fal-ai"
_ARTICLES = {"image": "an image", "video": "a video", "audio": "an audio"}
_SYSTEM = "You are a helpful assistant."
_TOKENS, _TEMPERATURE = 1024, 0.7
_NEEDED = {"text": "Text generation requires a prompt.", "video": "", "audio": "Audio generation requires a prompt."}


@dataclass(frozen=True, slots=True)
class Payload:
    """One call: `inputs` as the model gets them, `prompt` and what it refers to told once more."""

    prompt: str
    inputs: Mapping[str, Any]
    references: tuple[Reference, ...] = ()

    @property
    def given(self) -> tuple[str, ...]:
        """The kinds of media that it brings, in order, each once."""
        return tuple(dict.fromkeys(one.type for one in self.references))


def check_assets(model: Model, payload: Payload) -> None:
    """See that the files are there that the model cannot do without, in the documented words.

    Raises:
        BadRequest: one is missing.
    """
    if model.provider != _FAL:
        return
    missing = [one for one in model.requires_assets if one in _ARTICLES and one not in payload.given]
    if missing:
        raise BadRequest(f"Selected Fal model requires {_ARTICLES[missing[0]]} input.", field=missing[0])


def ask_model(model: Model, payload: Payload, count: int) -> ModelBody:
    """The payload as the model takes it, over its own defaults and bounded; it asks for `count` outputs.

    Raises:
        BadRequest: a text is too long, a size or length none, a file that the model needs is missing, or as
            `wzrd.models.bodies.make_body`.
    """
    check_assets(model, payload)
    if model.media_type == "text":
        asked = order_outputs(model, {**model.defaults, **payload.inputs}, count).inputs
        check_inputs(asked)
        return ModelBody(check_chat(model.provider, asked) if "messages" in asked else asked)
    references = [ReferenceAsset(url=one.url, type=one.type) for one in payload.references]
    merged = order_outputs(model, merge_inputs(payload.inputs, references, OutputConfig()), count).inputs
    check_inputs(merged)
    check_bounds(merged)
    body = make_body(model, merged)
    return ModelBody(order_outputs(model, body.inputs, count).inputs, body.ignored)


def wanted_model(node: Node, action: Action) -> str:
    """The id of the model that the node asks for, else its action's own.

    Raises:
        BadRequest: what it asks for is no text: another model would be a surprise, and be paid.
    """
    named: object = node.params.get("model")
    if named is not None and not isinstance(named, str):
        raise BadRequest(f"model must be an id of the catalog, not {str(named)[:60]!r}", field="model", nodeId=node.id)
    model = model_named(node) or action.model
    assert model is not None, "a generator's action has a model"
    return model


def call_policy(node: Node, action: Action, inputs: Mapping[str, Any]) -> BatchPolicy:
    """Batch policy of a generator for its inputs. Without an action, a list of prompts alone is mapped.

    A list of references is what one picture is made of, unless an action or the node says otherwise; what several
    edges bring to a text model is read at once.
    """
    policy = policy_of(node, action)
    if policy == "map" and action.executor == "text":
        return "map" if _batched(inputs) is not None else "single"
    if policy == "single" and action.id == node.kind and isinstance(inputs.get("prompt"), list):
        given = any(node.params.get(key) is not None for key in ("batchPolicy", "batch_policy", "batch"))
        return "single" if given else "map"
    return policy


def call_inputs(
    node: Node, inputs: Mapping[str, Any], *, price: int = 0, work: Action | None = None
) -> list[dict[str, Any]]:
    """The inputs of each call that the node makes, in order; elements of a batch are `node#i` by their place here.

    Raises:
        BatchTooLarge: they are too many; `price`, credits of one call, is for its message.
        BadRequest: a list has no elements.
    """
    action = work or work_of(node)
    calls = expand(call_policy(node, action, inputs), _batched_first(inputs), MAX_CALLS, price=price)
    if not calls:
        raise BadRequest(f"node {node.label!r}: a list that it goes through is empty", nodeId=node.id)
    return calls


def _batched_first(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the list that somebody made before those that several edges are."""
    key = _batched(inputs)
    return inputs if key is None else {key: inputs[key], **inputs}


def _batched(inputs: Mapping[str, Any]) -> str | None:
    """The input that holds a list of prompts, else one that is a list in itself, not by the number of its edges."""
    if isinstance(inputs.get("prompt"), list):
        return "prompt"
    lists = (key for key, value in inputs.items() if isinstance(value, list) and not is_bookkeeping(key, inputs))
    return next((key for key in lists if len(elements_of(inputs.get(key + SOURCES))) <= 1), None)


def build_payload(node: Node, inputs: Mapping[str, Any], *, work: Action | None = None) -> Payload:
    """One call of a generator node with its (unbatched) inputs.

    Raises:
        BadRequest: no prompt where there must be one, settings that are no object, or a prompt that is too long.
    """
    action = work or work_of(node)
    references = collect_references(inputs, node.params)
    if action.executor == "text":
        return _text_payload(node, action, inputs, references)
    prompt = {"image": image_prompt, "video": video_prompt}.get(action.executor, prompt_of)(node, inputs)
    if action.executor == "image" and not prompt.strip():
        raise BadRequest(NO_IMAGE_PROMPT, nodeId=node.id)
    if action.executor == "audio" and not prompt.strip() and not references:
        raise BadRequest(_NEEDED["audio"], nodeId=node.id)
    settings = _settings(node, inputs)
    if prompt.strip():
        settings["prompt"] = prompt
        if action.executor == "audio":
            settings["text"] = prompt
    if action.executor in {"image", "video"} and (camera := camera_payload(node.params.get("shot"))):
        settings["camera"] = camera
    return Payload(prompt, {**settings, **_referred(references, action)}, references)


def _text_payload(node: Node, action: Action, inputs: Mapping[str, Any], references: tuple[Reference, ...]) -> Payload:
    prompt = text_prompt(node, inputs)
    if not prompt.strip() and not references:
        raise BadRequest(_NEEDED["text"], nodeId=node.id)
    prompt_given = node.params.get("systemPrompt")
    system = clean(prompt_given) if isinstance(prompt_given, str) and prompt_given.strip() else action.system or _SYSTEM
    content: Any = prompt
    if references:
        parts = ({"type": f"{one.type}_url", f"{one.type}_url": {"url": one.url}} for one in references)
        content = [{"type": "text", "text": prompt}, *parts]
    made = {
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": content}],
        "max_tokens": _number(node, "maxTokens", _TOKENS, whole=True),
        "temperature": _number(node, "temperature", _TEMPERATURE),
    }
    return Payload(prompt, made, references)


def _number(node: Node, key: str, default: float, *, whole: bool = False) -> float | int:
    value = node.params.get(key)
    if value is None or value == "":
        return default
    most = 1_000_000 if whole else 2
    number: object = value
    if isinstance(value, str):  # forms save texts
        with suppress(ValueError):
            number = float(value)
    if isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number <= most:
        return int(number) if whole else number
    raise BadRequest(f"{key} must be a number from 0 to {most:,}, not {str(value)[:40]!r}", field=key, nodeId=node.id)


def _settings(node: Node, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that inputs give, and what the node itself gives over them.

    How many outputs there are is the node's own to say: what arrives would be made and not be paid.
    """
    settings = {
        key: value for key, value in _merged_settings(inputs).items() if not is_count(key) and _is_setting(value)
    }
    return settings | own_settings(node)


def own_settings(node: Node) -> dict[str, Any]:
    """Settings that the node gives: its params, then `settings`, then `settings_override`, all for its model.

    Settings within settings are none: they would be laid over all of this later, and nobody would have counted them.

    Raises:
        BadRequest: settings that are no object.
    """
    made = _merged_settings(node.params)
    for name in _SETTINGS:
        members = _object(node, name).items()
        made |= {_SNAKE.get(key, key): value for key, value in members if value is not None and key not in _SETTINGS}
    return made


def _merged_settings(room: Mapping[str, Any]) -> dict[str, Any]:
    """The members that tell a model something, by the names that models know."""
    settings: dict[str, Any] = {}
    for key, value in room.items():
        skip = key in DROPPED or key in _MEDIA or key in _SETTINGS or key.startswith("_") or is_bookkeeping(key, room)
        if not (skip or value is None or value == ""):
            settings[_SNAKE.get(key, key)] = clean(value) if isinstance(value, str) else value
    return settings


def _is_setting(value: object) -> bool:
    """True if an arrived value can be a setting: media, their addresses and other nodes' results cannot."""
    if isinstance(value, str):
        return len(value) <= 200 and not value[:8].lower().startswith(("http://", "https://", "data:"))
    return isinstance(value, int | float | bool)


def _object(node: Node, name: str) -> Mapping[str, Any]:
    value: object = node.params.get(name)
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except ValueError:
            raise BadRequest(f"{name} is no JSON: {value[:40]!r}", field=name, nodeId=node.id) from None
    if isinstance(value, Mapping):
        return members_of(cast("object", value))
    raise BadRequest(f"{name} must be an object, not {str(value)[:40]!r}", field=name, nodeId=node.id)


def _referred(references: Sequence[Reference], action: Action) -> dict[str, Any]:
    by_kind = {kind: [one.url for one in references if one.type == kind] for kind in ("image", "video", "audio")}
    made: dict[str, Any] = {}
    if images := by_kind["image"]:
        made |= {"image_url": images[0], "image_urls": images}
        made |= {"start_image_url": images[0]} if action.executor == "video" else {}
    return made | {f"{kind}_url": by_kind[kind][0] for kind in ("video", "audio") if by_kind[kind]}
