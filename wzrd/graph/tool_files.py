"""Which files a local tool works on, found among a node's bound inputs and its params. Pure.

An input `h` holds an address, a list of them, or results; `h_asset` the whole results that they came from. A batch
replaces `h` alone, so `h` is what counts, and `h_asset` tells what kind it is of, and what else that result has.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from wzrd.contracts.wire import members_of
from wzrd.domain.errors import BadRequest
from wzrd.graph.actions import Action, policy_of
from wzrd.graph.batches import expand
from wzrd.graph.model import Node
from wzrd.graph.tool_types import MediaInput, MediaType, Tool
from wzrd.graph.tools import TOOLS

_ANY = ("input", "inputs", "media", "asset", "assets", "file", "source", "url", "data", "items")
"""Handles that may hold any medium, looked at after a tool's own."""
_PARAMS = ("{}Url", "{}_url", "source{}Url", "assetUrl", "fileUrl", "url")
"""Where a node that nothing leads to names its file itself."""
_NAMED = {"image": "an image", "video": "a video", "audio": "an audio"}


def tool_calls(node: Node, action: Action, inputs: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The inputs of each time that a node's tool is run: of a list of files one by one, where the tool takes one.

    Raises:
        BatchTooLarge: they are too many.
        BadRequest: the list is empty; `nodeId` in its details.
    """
    policy = policy_of(node, action)
    calls = [inputs] if policy == "single" else expand(policy, inputs)
    if not calls:
        raise BadRequest(f"node {node.label!r}: a list that it goes through is empty", nodeId=node.id)
    return calls


def find_files(action_id: str, inputs: Mapping[str, Any], params: Mapping[str, Any]) -> list[list[str]]:
    """The addresses of the files for each of the tool's inputs, in the order of edges.

    Raises:
        BadRequest: there are fewer than the tool needs, or more than it takes.
    """
    tool = TOOLS[action_id]
    return [_found(action_id, tool, wanted, inputs, params) for wanted in tool.inputs]


def _found(
    action_id: str, tool: Tool, wanted: MediaInput, inputs: Mapping[str, Any], params: Mapping[str, Any]
) -> list[str]:
    others = {handle for other in tool.inputs if other is not wanted for handle in other.handles}
    handles = [*wanted.handles, *(each for each in _ANY if wanted.least and each not in others)]
    found = _first(handles, wanted, inputs) or _first(handles, wanted, params) or _from_params(wanted, params)
    if len(found) < wanted.least:
        several = f"at least {wanted.least} {wanted.media} inputs" if wanted.least > 1 else _NAMED[wanted.media]
        expected = several if wanted.least > 1 else f"{several} input"
        got = f", and has {len(found)}" if found else ""
        raise BadRequest(f"{action_id} requires {expected}{got}.")
    if wanted.most == 1:
        return found[:1]
    if len(found) > wanted.most:
        raise BadRequest(f"{action_id} takes {wanted.most} {wanted.media} inputs at most, not {len(found)}.")
    return found


def _first(handles: Sequence[str], wanted: MediaInput, held: Mapping[str, Any]) -> list[str]:
    """Addresses that the first fitting handle holds; a tool that takes several gets all of its own."""
    found: list[str] = []
    for handle in handles:
        many = wanted.most > 1
        found += _addresses(held.get(handle), held.get(f"{handle}_asset"), wanted.media, many=many)
        if found and not (many and handle in wanted.handles):
            break
    return found


def _from_params(wanted: MediaInput, params: Mapping[str, Any]) -> list[str]:
    if not wanted.least:
        return []
    for form in _PARAMS:
        named = wanted.media.capitalize() if form.startswith("source") else wanted.media
        if found := _addresses(params.get(form.format(named)), None, wanted.media, many=False):
            return found
    return []


def _addresses(value: Any, asset: Any, media: MediaType, *, many: bool) -> list[str]:
    """Addresses in what a handle holds, as far as they are of that medium."""
    results = {url: result for each in _flat(asset) if (result := members_of(each)) and (url := _url(result))}
    found: list[str] = []
    for one in _flat(value):
        result = members_of(one) or results.get(str(one), {})
        url = _url(result) or (one if isinstance(one, str) else None)
        if url is None or not _looks_like(url) or not _fits(result, media):
            continue
        found += _all_of(result, media) or [url] if many else [url]
    return found


def _flat(value: Any) -> Iterator[Any]:
    """Single values, those of lists in lists too, in order; without recursion, since anybody may write a graph."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Sequence) and not isinstance(one, str | bytes):
            waiting += reversed(cast("Sequence[Any]", one))
        elif one is not None:
            yield one


def _url(result: Mapping[str, Any]) -> str | None:
    """The address of a result; of a list of items the first one's."""
    url = result.get("url")
    if isinstance(url, str) and url:
        return url
    urls = result.get("urls")
    first = next(_flat(urls), None) if urls else None
    return first if isinstance(first, str) else None


def _all_of(result: Mapping[str, Any], media: MediaType) -> list[str]:
    """Every file of a result that has several."""
    urls = [url for url in _flat(result.get("urls")) if isinstance(url, str) and _looks_like(url)]
    return urls if len(urls) > 1 and _fits(result, media) else []


def _fits(result: Mapping[str, Any], media: MediaType) -> bool:
    """True if a result is of the medium, as far as it says; a clip has a sound, too."""
    media_type = str(result.get("type") or "").lower()
    if media_type not in _NAMED:
        return True
    return media_type == media or (media == "audio" and media_type == "video")


def _looks_like(url: str) -> bool:
    return url[:5].lower() in {"http:", "https", "data:"}
