"""Results that a graph's nodes made before, found by what they were made of: one query a graph."""

import asyncio
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from wzrd.db.node_outputs import find_recipes
from wzrd.domain.errors import BadRequest, NotFound
from wzrd.graph.actions import Action
from wzrd.graph.cache_keys import cache_key, content_hash, input_hashes, is_volatile, may_read, recipe_hash
from wzrd.graph.model import Graph, Node
from wzrd.graph.payloads import wanted_model
from wzrd.graph.prices import choose_model
from wzrd.models.references import find_references, replace_references
from wzrd.runtime.process import Runtime

FILES_AT_ONCE = 16
"""Files that are looked for in the store at once."""


@dataclass(frozen=True, slots=True)
class KeptKey:
    """Where a node's result is kept: by all that it was made of, and by its recipe alone."""

    cache_key: str
    recipe_hash: str


@dataclass(slots=True)
class KeptOutputs:
    """Earlier outputs that one graph's nodes may use again. `readable`: the nodes that may be answered from it."""

    recipes: Mapping[str, str]
    readable: Collection[str]
    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    _hashes: dict[int, tuple[Any, str]] = field(default_factory=dict[int, tuple[Any, str]])

    def key(self, node_id: str, inputs: Mapping[str, Any]) -> KeptKey | None:
        """Where the node's result with these bound inputs is kept; None where it never is."""
        recipe = self.recipes.get(node_id)
        return None if recipe is None else KeptKey(cache_key(recipe, input_hashes(inputs, self._hash)), recipe)

    def _hash(self, value: Any) -> str:
        """The `content_hash` of a result, which thousands of edges may bring; it is kept, so that its id stays its."""
        if (known := self._hashes.get(id(value))) is None:
            known = self._hashes[id(value)] = value, content_hash(value)
        return known[1]

    def find(self, node_id: str, key: KeptKey | None) -> Mapping[str, Any] | None:
        """Result stored under the key, if the node may have it; `still_stored` tells whether its files exist."""
        return self.rows.get(key.cache_key) if key is not None and node_id in self.readable else None


async def find_kept(
    runtime: Runtime,
    user_id: UUID,
    graph: Graph,
    works: Mapping[str, Action],
    *,
    use_cache: bool | None,
    node_ids: Collection[str],
) -> KeptOutputs:
    """Earlier outputs that the user's graph may use again, and the keys to keep its nodes' results under."""
    recipes = await asyncio.to_thread(_recipes, runtime, user_id, graph, works)
    readable = {one for one in recipes if may_read(one, use_cache=use_cache, named=node_ids)}
    if not readable:
        return KeptOutputs(recipes, readable)
    async with runtime.begin() as tx:
        rows = await find_recipes(tx, user_id, [recipes[one] for one in readable])
    return KeptOutputs(recipes, readable, rows)


def _recipes(runtime: Runtime, user_id: UUID, graph: Graph, works: Mapping[str, Action]) -> dict[str, str]:
    pairs = ((node_id, recipe_of(runtime, user_id, node, works[node_id])) for node_id, node in graph.nodes.items())
    return {node_id: recipe for node_id, recipe in pairs if recipe is not None}


def recipe_of(runtime: Runtime, user_id: UUID, node: Node, work: Action) -> str | None:
    """Recipe hash of the node, apart from its inputs; None for one whose result is never kept."""
    if not (work.generates or work.executor == "local") or is_volatile(node):
        return None
    if not work.generates:
        return recipe_hash(str(user_id), node, work)
    try:
        choice = choose_model(node, work, offline=runtime.settings.offline, obstacle=runtime.providers.obstacle)
    except BadRequest:
        return None
    models = (wanted_model(node, work), str(choice.target))
    return recipe_hash(str(user_id), node, work, model=models, revision=catalog_revision())


@cache
def catalog_revision() -> str:
    """Revision of the catalog, which changes whenever one of its models does."""
    return hashlib.sha256(files("wzrd.models").joinpath("data/models.jsonl").read_bytes()).hexdigest()[:16]


async def still_stored(
    runtime: Runtime, results: Iterable[tuple[str, Mapping[str, Any]]]
) -> dict[str, Mapping[str, Any]]:
    """Of these results (by node) those whose files are all in the store, with the files' addresses of today."""
    slots, found = asyncio.Semaphore(FILES_AT_ONCE), dict[str, Mapping[str, Any]]()

    async def look(node_id: str, result: Mapping[str, Any]) -> None:
        async with slots:
            if await _all_stored(runtime, result):
                found[node_id] = _with_addresses(runtime, result)

    async with asyncio.TaskGroup() as group:
        for node_id, result in results:
            group.create_task(look(node_id, result))
    return found


async def _all_stored(runtime: Runtime, result: Mapping[str, Any]) -> bool:
    for url in dict.fromkeys(url for _, url in find_references(result)):
        location = runtime.storage.locate(url)
        if location is None:
            continue
        try:
            await runtime.storage.stat(*location)
        except NotFound:
            return False
    return True


def _with_addresses(runtime: Runtime, result: Mapping[str, Any]) -> Mapping[str, Any]:
    def now(url: str) -> str:
        location = runtime.storage.locate(url)
        return url if location is None else runtime.storage.public_url(*location)

    return replace_references(result, now)
