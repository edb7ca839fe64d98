"""Under which key a node's result is found again: by what it was made of, not when or where."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from wzrd.contracts.wire import canonical, elements_of, members_of
from wzrd.graph.actions import Action, policy_of
from wzrd.graph.binding import ASSET, is_bookkeeping
from wzrd.graph.model import Node

VERSION = 1
"""Rises when the same inputs come to mean another result."""
_NOT_MADE_OF = frozenset({
    "actionId", "workflowType", "batchPolicy", "batch_policy", "batch", "selectedModels", "modelAuto",
    "useMultipleModels", "metadata", "cache", "label", "model", "status", "preview", "previewAssetUrl",
    "outputAssetUrl", "layers",
})  # fmt: skip
"""Params that change nothing of what is made, or stand in the recipe by themselves."""
VOLATILE = frozenset({
    "processing_time_ms", "timings", "metrics", "logs", "tokens", "usage", "request_id", "requestId", "created_at",
    "updated_at", "cached", "cost_usd",
})  # fmt: skip
"""Members of a result that tell how it was made: two results that differ in nothing else are equal."""
_RANDOM = ("random", -1)


def recipe_hash(owner: str, node: Node, action: Action, *, model: Sequence[str] = (), revision: str = "") -> str:
    """Hash of all that a node is made of but its inputs: the key to all rows of a graph.

    Args:
        owner: whose result it is; nobody finds another's.
        node: its bound parameters count, its place, name and looks do not.
        action: what it does.
        model: the model that was asked for and what runs in its place here; empty where none does.
        revision: the catalog's.
    """
    params = {key: value for key, value in node.params.items() if key not in _NOT_MADE_OF and key != "inputs"}
    made_of = [VERSION, owner, action.id, list(model), revision, policy_of(node, action), params]
    return _hashed(made_of)


def cache_key(recipe: str, inputs: Mapping[str, Any]) -> str:
    """The key of a result: its recipe, and what its inputs contain (`input_hashes`)."""
    return _hashed([recipe, inputs])


def input_hashes(inputs: Mapping[str, Any], hashed: Callable[[Any], str] | None = None) -> dict[str, Any]:
    """Hashes of bound inputs, by handle: of the result or results that arrived, or of a value of its own.

    The order of several results at one handle counts, as it does for what is made of them. `hashed`: what knows the
    `content_hash` of a result already.
    """
    hashed = hashed or content_hash
    hashes: dict[str, Any] = {}
    for key, value in inputs.items():
        if not is_bookkeeping(key, inputs):
            asset = inputs.get(key + ASSET, value)
            several = elements_of(asset)
            hashes[key] = [hashed(one) for one in several] if several else hashed(asset)
    return hashes


def content_hash(result: Any) -> str:
    """Hash of a result or a value: equal content has an equal hash, whatever the order of its keys.

    Files count by their bytes where the result says their `sha256` (its own, or of all its `files`), else by their
    addresses; what a provider told beside them does not. Everything else counts as it is, but for `VOLATILE`.
    """
    return _hashed(_content(result))


def _content(value: Any) -> Any:
    members = members_of(value)
    if not isinstance(members.get("type"), str):
        return value
    files = _files(members)
    if files is None:
        return {key: inner for key, inner in members.items() if key not in VOLATILE}
    items = elements_of(members_of(members.get("data")).get("items"))
    return {"type": members["type"], "files": files, "items": [_content(item) for item in items]}


def _files(result: Mapping[str, Any]) -> list[Any] | None:
    """The files that a result is, by hash or by address; None where it is something else."""
    if isinstance(digest := result.get("sha256"), str) and digest:
        return [digest]
    hashes = [members_of(one).get("sha256") for one in elements_of(result.get("files"))]
    if hashes and all(isinstance(digest, str) and digest for digest in hashes):
        return hashes
    if isinstance(url := result.get("url"), str) and url:
        return [["url", url, *elements_of(result.get("urls"))]]
    return None


def may_read(node_id: str, *, use_cache: bool | None, named: Collection[str]) -> bool:
    """True if a node may be answered with earlier results: as asked, else all but the named ones."""
    return node_id not in named if use_cache is None else use_cache


def is_volatile(node: Node) -> bool:
    """True if the node's result is never kept or found again: `cache: false`, or a seed that is random."""
    params = node.params
    rooms = (params, members_of(params.get("settings")), members_of(params.get("settings_override")))
    return params.get("cache") is False or any("seed" in room and _is_random(room["seed"]) for room in rooms)


def _is_random(seed: object) -> bool:
    return (seed.strip().lower() if isinstance(seed, str) else seed) in _RANDOM


def _hashed(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()
