"""`wzrd graph`: a graph file as a tree on the terminal, or as a picture. Nothing is executed."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from server.cli import DONE
from server.cli.board import plural
from server.cli.caller import CommandFailed
from server.cli.graph_source import GraphSource, print_unreadable, read_source
from server.cli.graph_tree import describe_work, list_tree
from wzrd.graph.model import Graph
from wzrd.graph.picture import draw_graph


async def graph(
    file: Path, *, svg: Annotated[Path | None, Parameter(name="--svg", allow_leading_hyphen=True)] = None
) -> int:
    """Show a graph: as a tree of its nodes, or drawn as an SVG.

    Args:
        file: The graph: a file of ours (docs/graphs.md), a workflow of ComfyUI's in API format, or one of the studio's.
        svg: The picture to write instead; `-` is stdout.
    """
    source = read_source(file)
    value = source.graph()
    print_unreadable(source)
    if svg is None:
        print_tree(value)
        print(f"{source.name}: {describe(value)}", file=sys.stderr)
        return DONE
    write_picture(source, value, svg)
    return DONE


def write_picture(source: GraphSource, value: Graph, target: Path) -> None:
    """The picture as a file, whole or not at all.

    Raises:
        CommandFailed: it cannot be written.
    """
    drawn = draw_graph(value, title=source.name)
    if str(target) == "-":
        print(drawn, end="")
        return
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_text(drawn, encoding="utf-8")
        part.replace(target)
    except OSError as error:
        raise CommandFailed(f"{target}: {error.strerror or error}", remedy="name another file with --svg") from error
    print(target)
    print(f"{source.name}: {describe(value)}", file=sys.stderr)


def print_tree(value: Graph) -> None:
    """Every node on a line of stdout, below what it waits for."""
    console = Console(highlight=False, soft_wrap=True)
    for line in list_tree(value):
        shown = Text(line.branch, "bright_black").append(line.node.label, "bold")
        shown.append(f"  {describe_work(line.node)}", "magenta")
        if line.also:
            shown.append(f"  + {', '.join(line.also)}", "bright_black")
        console.print(shown)


def describe(value: Graph) -> str:
    """Size of the graph: its nodes and edges."""
    return f"{plural(len(value.nodes), 'node')}, {plural(len(value.edges), 'edge')}"
