"""Files of a graph on this machine: those that its Upload nodes name, and those that its ends have made."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from server.cli.caller import CommandFailed, told_by_name
from server.cli.compute.board import BoardNode, GraphBoard
from server.cli.graph_tree import name_of
from wzrd.client import GenerationError, UnifiedGenerationService
from wzrd.contracts.wire import dumps
from wzrd.graph.model import Graph

PUBLIC = "/storage/v1/object/public/"
_UNSAFE = re.compile(r"[^\w.-]+")


def files_of(nodes: Sequence[Mapping[str, Any]], folder: Path) -> dict[str, Path]:
    """The files that Upload nodes name, by node id: `params.file`, beside the graph, where there is no `url` yet.

    Raises:
        CommandFailed: one is not there, or lies outside the graph's folder, where no graph has to look.
    """
    found = dict[str, Path]()
    for node in nodes:
        params = cast("Mapping[str, Any]", node.get("params") or {})
        name = params.get("file")
        if node.get("kind") != "Upload" or not isinstance(name, str) or not name or params.get("url"):
            continue
        path = (folder / name).resolve()
        label = node.get("label")
        if not path.is_relative_to(folder.resolve()):
            raise CommandFailed(f"node {label!r}: {name!r} lies outside the graph's folder", remedy="copy it there")
        if not path.is_file():
            raise CommandFailed(
                f"node {label!r}: there is no file {name!r} beside the graph", remedy=f"put it into {folder}"
            )
        found[str(node["id"])] = path
    return found


async def upload_files(
    client: UnifiedGenerationService, nodes: Sequence[dict[str, Any]], files: Mapping[str, Path]
) -> list[dict[str, Any]]:
    """The nodes with the addresses of their files, which are stored now, each once.

    Raises:
        CommandFailed: a file is refused; it is named.
    """
    addresses = dict[Path, str]()
    for path in dict.fromkeys(files.values()):
        try:
            addresses[path] = await client.upload_file(path)
        except GenerationError as error:
            raise CommandFailed(f"{path.name}: {error.message}") from error
    return [
        {**node, "params": {**node["params"], "url": addresses[files[node["id"]]]}} if node["id"] in files else node
        for node in nodes
    ]


def ends_of(graph: Graph, board: GraphBoard) -> list[BoardNode]:
    """The nodes that nothing of the run goes on from, and that have made something."""
    used = {edge.source for edge in graph.edges if edge.source in board.nodes and edge.target in board.nodes}
    return [node for key, node in board.nodes.items() if key not in used and node.output]


def addresses_of(output: Mapping[str, Any]) -> list[str]:
    """The files of a result, each once; an Output's own are those that it passes on."""
    rooms = [output, *cast("list[object]", output.get("artifacts") or [])]
    urls = list[object]()
    for room in rooms:
        if isinstance(room, str):
            urls.append(room)
        elif isinstance(room, dict):
            members = cast("dict[str, Any]", room)
            urls += [members.get("url"), *cast("list[object]", members.get("urls") or [])]
    return list(dict.fromkeys(url for url in urls if isinstance(url, str) and "://" in url))


async def write_results(client: UnifiedGenerationService, graph: Graph, board: GraphBoard, out: Path) -> list[Path]:
    """Writes what the ends have made as files into a folder, named by their nodes.

    Raises:
        CommandFailed: one cannot be written.
        GenerationError: one could not be fetched.
    """
    written = list[Path]()
    for node, address, content in _results(graph, board):
        if address and not urlsplit(address).path.startswith(PUBLIC):
            print(f"{node.line.node.label}: {address} is no file of this server, and was not fetched", file=sys.stderr)
            continue
        target = _free_name(out, node, Path(urlsplit(address).path).suffix if address else content[0], written)
        with told_by_name(target):
            if address:
                await client.download(address, target)
            else:
                target.write_bytes(content[1])
        written.append(target)
    return written


def _results(graph: Graph, board: GraphBoard) -> Iterator[tuple[BoardNode, str, tuple[str, bytes]]]:
    """Each file of each end: its address, or its ending and content where it is a text or data."""
    for node in ends_of(graph, board):
        addresses = addresses_of(node.output)
        yield from ((node, address, ("", b"")) for address in addresses)
        said = node.output.get("data")
        if not addresses and isinstance(said, str):
            yield node, "", (".txt", said.encode())
        elif not addresses and said is not None:
            yield node, "", (".json", dumps(said))


def _free_name(out: Path, node: BoardNode, suffix: str, taken: Sequence[Path]) -> Path:
    stem = _UNSAFE.sub("-", name_of(node.line.node)).strip("-.")[:80] or "result"
    number, target = 1, out / f"{stem}{suffix[:12]}"
    while target in taken:
        number += 1
        target = out / f"{stem}-{number}{suffix[:12]}"
    return target
