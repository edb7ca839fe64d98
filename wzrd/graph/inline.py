"""Work that needs nothing but a node and its inputs: text utilities, uploads, combining, batches, outputs. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wzrd.contracts.wire import elements_of, members_of
from wzrd.domain.errors import BadRequest
from wzrd.graph.actions import Action, Executor, edited_url, policy_of, work_of
from wzrd.graph.batches import expand
from wzrd.graph.binding import ASSET, plain_inputs
from wzrd.graph.model import Node, first_given
from wzrd.graph.prompts import text_prompt
from wzrd.graph.templates import text_of
from wzrd.graph.texts import TextRoom, join_texts

MAX_PARTS = 10_000
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_OUTPUT_HANDLES = ("input", "media", "text", "image", "video", "audio", "asset")


def run_inline(
    node: Node, inputs: Mapping[str, Any], *, work: Action | None = None, room: TextRoom | None = None
) -> dict[str, Any]:
    """The result of a node whose action is inline (`Action.is_inline`), by its bound inputs; fit for JSON.

    It takes its place in the run's `room`, if that is given.

    Raises:
        BadRequest: the inputs make no sense; BatchTooLarge, UnsupportedAction among them.
        ResultTooLarge: it has more text than there is room for, or is larger than any result may be.
    """
    action, room = work or work_of(node), room or TextRoom()
    room.check(node)
    return room.take(node, _RUN[action.executor](node, action, inputs, room.bounds.node))


def _text_utility(node: Node, action: Action, inputs: Mapping[str, Any], most: int) -> dict[str, Any]:
    if action.id == "text.concat":
        separator = text_of(_given(node, "separator", "\n"))
        return {"type": "text", "data": join_texts(node, separator, _texts(inputs), most), "action_id": action.id}
    text = _input_text(node, inputs, most)
    if action.id == "text.split":
        return {"type": "json", "data": _split(node, text), "action_id": action.id}
    if action.id == "text.find-replace":
        text = _replace(node, text, most)
    return {"type": "text", "data": text, "action_id": action.id}


def _input_text(node: Node, inputs: Mapping[str, Any], most: int) -> str:
    rooms = (inputs.get("text"), inputs.get("input"), *(node.params.get(key) for key in ("text", "prompt", "content")))
    value = next((value for value in rooms if value is not None), "")
    return join_texts(node, "\n", _texts({"": value}), most) if isinstance(value, list) else text_of(value)


def _given(node: Node, key: str, default: str) -> Any:
    value = node.params.get(key)
    return default if value is None else value


def _split(node: Node, text: str) -> list[str]:
    """By the delimiter; `mode` says what it is: lines, paragraphs, or the delimiter that stands beside it."""
    mode = node.params.get("mode")
    delimiter = text_of(_given(node, "delimiter", "\n")) if mode not in ("lines", "paragraphs") else "\n"
    if mode == "paragraphs":
        parts: list[str] = _PARAGRAPHS.split(text)
    elif delimiter:
        parts = text.split(delimiter)
    else:
        parts = [text]
    kept = [part.strip() for part in parts if part.strip()]
    if len(kept) > MAX_PARTS:
        raise BadRequest(f"the text falls into {len(kept):,} parts; {MAX_PARTS:,} at most are made", field="delimiter")
    return kept


def _replace(node: Node, text: str, most: int) -> str:
    find, new = (text_of(_given(node, key, "")) for key in ("find", "replace"))
    if not find:
        return text
    folded = _same_length_fold if node.params.get("caseSensitive") is False else str
    return join_texts(node, "", _replaced(folded(find), new, text, folded(text)), most)


def _same_length_fold(text: str) -> str:
    """Letters as they are compared where capitals don't count, each in its place."""
    return text.replace("\u0130", "i").lower().replace("\u03c2", "\u03c3")


def _replaced(find: str, new: str, text: str, compared: str) -> Iterator[str]:
    """The replaced text in pieces: nobody makes all of one that is too long.

    Searched as a string, in linear time; a pattern takes minutes for a long one that nearly occurs, and holds all up.
    """
    kept = 0
    while (found := compared.find(find, kept)) >= 0:
        yield text[kept:found]
        yield new
        kept = found + len(find)
    yield text[kept:]


def _upload(node: Node, action: Action, inputs: Mapping[str, Any], _most: int) -> dict[str, Any]:
    params = node.params
    if action.id == "Upload":
        return {"type": "file", "url": first_given(params.get("url"), params.get("value")), "data": dict(params)}
    addresses = (*map(params.get, ("url", "assetUrl", "fileUrl")), *map(inputs.get, ("url", "file_url")))
    given = (*(params.get(key) for key in ("text", "value", "content")), inputs.get("text"), inputs.get("input"), "")
    data = first_given(*given) if action.media_type == "text" else dict(params)
    return {"type": action.media_type, "url": first_given(*addresses), "data": data, "action_id": action.id}


def _combine(node: Node, _action: Action, inputs: Mapping[str, Any], most: int) -> dict[str, Any]:
    """Texts become one, else lists become one, else the inputs stay. What several edges brought counts one by one."""
    plain = plain_inputs(inputs)
    values: list[Any] = [one for value in plain.values() for one in (elements_of(value) or (value,))]
    if texts := [value for value in values if isinstance(value, str)]:
        return {"type": "text", "data": join_texts(node, "\n\n", texts, most)}
    if any(isinstance(value, list) for value in plain.values()):
        flat = [inner for one in values for inner in (elements_of(one) or (one,)) if inner not in (None, [])]
        return {"type": "array", "data": flat}
    return {"type": "json", "data": plain}


def _batch(node: Node, action: Action, inputs: Mapping[str, Any], _most: int) -> dict[str, Any]:
    policy = policy_of(node, action)
    items = expand(policy, plain_inputs(inputs))
    data = {"policy": policy, "item_count": len(items), "items": items}
    return {"type": "json", "data": data, "action_id": action.id}


def _output(_node: Node, action: Action, inputs: Mapping[str, Any], _most: int) -> dict[str, Any]:
    plain = plain_inputs(inputs)
    if action.id == "Output":
        return {"type": "json", "data": plain, "artifacts": list(plain.values())}
    named = first_given(*(plain.get(handle) for handle in _OUTPUT_HANDLES), *plain.values())
    handle = next((key for key, value in plain.items() if value is named), "")
    if whole := members_of(inputs.get(handle + ASSET)) or members_of(named):
        return dict(whole)
    if isinstance(named, str):
        return {"type": "text", "data": named, "action_id": action.id}
    return {"type": "json", "data": plain if named is None else named, "action_id": action.id}


def _passthrough(node: Node, action: Action, inputs: Mapping[str, Any], most: int) -> dict[str, Any]:
    plain = plain_inputs(inputs)
    match action.id:
        case "Prompt":
            return {"type": "text", "data": text_prompt(node, inputs, most)}
        case "ImageEdit":
            return _image_edit(node)
        case "Transform":
            first = next(iter(plain.values()), None)
            return {"type": "json", "data": {**(members_of(first) or _named(plain)), "transformed": True}}
        case _:
            message = f"{node.kind} executes as a validated pass-through/config node in v1."
            return {"type": "json", "data": plain, "config": dict(node.params), "warnings": [message]}


def _named(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The first input under its own name: a text or a list has no members to spread."""
    return dict([next(iter(plain.items()))]) if plain else {}


def _image_edit(node: Node) -> dict[str, Any]:
    url = edited_url(node)
    if url is None:
        raise BadRequest("ImageEdit node has no materialized output asset.", nodeId=node.id)
    held = {key: node.params[key] for key in ("previewAssetUrl", "outputAssetUrl") if node.params.get(key)}
    data = {"url": url, "layers": list(elements_of(node.params.get("layers"))), **held}
    return {"type": "image", "url": url, "data": data}


def _texts(inputs: Mapping[str, Any]) -> Iterator[str]:
    """Every text of the inputs, lists of several edges and lists in them taken apart, in order."""
    waiting: list[Any] = list(plain_inputs(inputs).values())[::-1]
    while waiting:
        value = waiting.pop()
        waiting += elements_of(value)[::-1]
        if isinstance(value, str) and value.strip():
            yield value


_Run = Callable[[Node, Action, Mapping[str, Any], int], dict[str, Any]]
_RUN: Mapping[Executor, _Run] = {
    "text_utility": _text_utility, "upload": _upload, "combine": _combine, "batch": _batch, "output": _output,
    "passthrough": _passthrough,
}  # fmt: skip
