"""Views of a graph while it runs: a live tree with bars on a terminal, plain lines elsewhere, or JSON."""

from rich.console import Console, Group, RenderableType
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from server.cli.board import plural
from server.cli.compute.board import BoardNode, GraphBoard
from server.cli.live_display import LiveView, WorkDisplay, open_console, print_event
from wzrd.client import Event

ROOMY = 100  # columns from which it is shown who works
BAR = 14
MOST_KEPT = 60
"""Nodes of a graph that is left on the screen whole; of a larger one, what went wrong."""
MARKS = {"succeeded": ("✓", "green"), "failed": ("✗", "red"), "skipped": ("-", "yellow"), "canceled": ("■", "yellow")}


class GraphView(WorkDisplay):
    """View of a run of a graph. It is notified after the board has changed."""

    def event(self, node: BoardNode | None, event: Event, /) -> None:
        """One event has been merged, which told about this node."""


def choose_graph_view(board: GraphBoard, *, as_json: bool, console: Console | None = None) -> GraphView:
    """The view for where stdout goes."""
    console = open_console(console)
    if as_json:
        return JsonGraph(board)
    return TerminalGraph(board, console) if console.is_terminal else PlainGraph(board)


class JsonGraph(GraphView):
    """One event a line, as it comes."""

    def __init__(self, board: GraphBoard) -> None:
        self._board = board

    def event(self, _node: BoardNode | None, event: Event, /) -> None:
        """Print the event with its run."""
        run_id = self._board.run_id
        print_event(event, runId=str(run_id) if run_id else None)


class PlainGraph(GraphView):
    """A line when a node ends: when, how many of all, how, what it is."""

    def __init__(self, board: GraphBoard) -> None:
        self._board, self._ended = board, 0

    def event(self, node: BoardNode | None, event: Event, /) -> None:
        """Print what is worth a line."""
        if node is None or event.name != "node_status" or not node.ended:
            return
        self._ended += 1
        total = len(self._board.nodes)
        head = f"{self._board.elapsed:6.1f} s  {self._ended:>{len(str(total))}}/{total}"
        print(f"{head}  {node.status:<9}  {node.line.node.label}  {node.does}  {node.detail}".rstrip(), flush=True)


class TerminalGraph(LiveView, GraphView):
    """The tree, redrawn in place; of a graph that is taller than the screen, what is at work."""

    def __init__(self, board: GraphBoard, console: Console) -> None:
        super().__init__(console, transient=True)
        self._board = board
        self._spinner = Spinner("dots", style="cyan")

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        nodes = list(self._board.nodes.values())
        if len(nodes) > MOST_KEPT:
            nodes = [node for node in nodes if node.status not in {"succeeded", "waiting", "skipped"}][:MOST_KEPT]
        self._console.print(self._tree(nodes, whole=len(nodes) == len(self._board.nodes)))

    def _frame(self) -> RenderableType:
        """As many nodes as the screen has room for, those at work first, and a line of totals."""
        nodes, room = list(self._board.nodes.values()), max(1, self._console.size.height - 3)
        if len(nodes) <= room:
            return Group(self._tree(nodes, whole=True), self._totals())
        urgent = [node for node in nodes if node.status in {"running", "failed"}]
        waiting = [node for node in nodes if node.status in {"waiting", "queued"}]
        chosen = {id(node) for node in [*urgent, *waiting][:room]}
        return Group(self._tree([node for node in nodes if id(node) in chosen], whole=False), self._totals())

    def _totals(self) -> RenderableType:
        board = self._board
        words = [f"{board.count('succeeded')} of {plural(len(board.nodes), 'node')}"]
        words += [f"{count} {status}" for status in ("running", "failed", "skipped") if (count := board.count(status))]
        line = Table.grid(padding=(0, 1))
        elapsed = f"{board.elapsed:.1f} s"
        line.add_row(
            self._spinner,
            Text(" · ".join(filter(None, [*words, elapsed, board.note])), "dim", no_wrap=True, overflow="ellipsis"),
        )
        return line

    def _tree(self, nodes: list[BoardNode], *, whole: bool) -> Table:
        roomy = self._console.width >= ROOMY
        table = Table.grid(padding=(0, 1, 0, 0), expand=True)
        table.add_column(width=2, justify="right", no_wrap=True)  # mark
        table.add_column(ratio=4, no_wrap=True, overflow="ellipsis")  # branch and label
        if roomy:
            table.add_column(ratio=2, no_wrap=True, overflow="ellipsis")  # who works
        table.add_column(width=BAR, no_wrap=True)
        table.add_column(ratio=3, no_wrap=True, overflow="ellipsis")  # what there is to say
        for node in nodes:
            does = [Text(node.does, "magenta")] if roomy else []
            table.add_row(self._mark(node), _name(node, whole=whole), *does, _bar(node), _detail(node))
        return table

    def _mark(self, node: BoardNode) -> Spinner | Text:
        if node.status == "running":
            return self._spinner
        return Text(*MARKS.get(node.status, ("·", "dim")))


def _name(node: BoardNode, *, whole: bool) -> Text:
    waiting = node.status in {"waiting", "queued"}
    name = Text(node.line.branch if whole else "", "bright_black", no_wrap=True, overflow="ellipsis")
    name.append(node.line.node.label, "dim" if waiting else "bold" if node.status == "running" else "")
    if node.line.also and whole:
        name.append(f"  + {', '.join(node.line.also)}", "bright_black")
    return name


def _bar(node: BoardNode) -> Text:
    match node.status:
        case "succeeded":
            return Text("━" * BAR, "bright_black" if node.cached else "green")
        case "running":
            filled = round(node.percent * BAR / 100)
            return Text("━" * filled, "cyan") + Text("─" * (BAR - filled), "bright_black")
        case "failed":
            return Text("━" * max(1, round(node.percent * BAR / 100)), "red")
        case _:
            return Text("─" * BAR, "bright_black") if node.status == "waiting" else Text("")


def _detail(node: BoardNode) -> Text:
    colors = {"failed": "red", "skipped": "yellow", "canceled": "yellow", "running": ""}
    share = f"{node.percent:>3} %  " if node.status == "running" and node.percent else ""
    return Text(share + node.detail, colors.get(node.status, "dim"), no_wrap=True, overflow="ellipsis")
