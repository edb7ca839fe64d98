"""`wzrd compute` against a served application that makes everything offline: plan, tree, files, cancel, refusals."""

import io
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from server.cli import UsageError
from server.cli.budget import NO_BUDGET, Budget
from server.cli.caller import CommandFailed
from server.cli.compute.board import BoardNode, GraphBoard, find_nodes
from server.cli.compute.files import addresses_of, files_of
from server.cli.compute.plan import confirm, most_credits, print_plan
from server.cli.compute.views import PlainGraph, TerminalGraph, choose_graph_view
from tests.waiting import let_others_run
from wzrd.client import Event
from wzrd.contracts.compute import ComputePlan
from wzrd.domain.money import FREE, Cost
from wzrd.graph.model import Edge, Graph, Node

LONG = "雨 falls on the platform and a very long label never ends because nobody told it to " * 3


def a_graph(names: str = "abc", *edges: str, label: str = "") -> Graph:
    """Nodes of one letter each, which is their name; an edge is two letters."""
    nodes = {name * 8: Node(name * 8, "Image", label or name.upper(), {}, {"name": name}) for name in names}
    return Graph(nodes, [Edge(edge, edge[0] * 8, edge[1] * 8) for edge in edges])


def a_board(graph: Graph) -> GraphBoard:
    return GraphBoard.of(graph, dict.fromkeys(graph.nodes, 2))


def told(name: str, **data: Any) -> Event:
    return Event(name, data, run_id=uuid.uuid4())


def status(name: str, to: str, **more: Any) -> Event:
    return told("node_status", node_id=name * 8, status=to, **more)


def draw(board: GraphBoard, *, width: int, height: int = 30) -> list[str]:
    console = Console(file=io.StringIO(), force_terminal=True, width=width, height=height, record=True)
    console.print(TerminalGraph(board, console)._frame())
    return console.export_text().splitlines()


def play(board: GraphBoard, *events: Event) -> BoardNode:
    """The events merged; the last one's node."""
    node = None
    for event in events:
        node = board.take(event)
    assert node is not None
    return node


def test_a_board_follows_a_run() -> None:
    """Every documented event, in any order that a stream may have."""
    board = a_board(a_graph("abc", "ab", "bc"))
    node = play(
        board,
        told("meta", run_id="x"),
        status("a", "running"),
        told("node_progress", node_id="a" * 8, progress=40, message="Drawing"),
    )
    assert (node.percent, node.detail, board.status) == (40, "Drawing", "running")
    node = play(board, status("a", "succeeded", output={"type": "image", "model": "m"}, processing_time_ms=1200))
    assert (node.detail, node.does) == ("1.2 s · 2 cr", "m")
    node.output = {"type": "image", "model": "m", "endpoint_model": "animatic/image"}
    assert node.does == "animatic/image"  # who stood in is told, not who was asked for
    assert play(board, status("b", "failed", error="the lamp broke\nat length")).detail == "the lamp broke"
    assert (
        play(board, status("c", "skipped", error="Upstream dependency failed")).detail == "Upstream dependency failed"
    )
    assert board.take(status("z", "running")) is None
    board.take(told("complete", status="partial", outputs={}, failed_nodes=[]))
    assert (board.ended, board.status, board.count("failed"), [one.line.node.label for one in board.failed]) == (
        True,
        "partial",
        1,
        ["B"],
    )


def test_what_the_end_says_of_nodes_that_nobody_saw() -> None:
    """A stream that was joined late: outputs come with `complete`."""
    board = a_board(a_graph("ab"))
    board.take(told("complete", status="canceled", outputs={"a" * 8: {"type": "text", "data": "x"}}))
    assert [node.status for node in board.nodes.values()] == ["succeeded", "canceled"]


def test_cached_work_is_free() -> None:
    """A node that was found costs nothing, whatever it would have cost."""
    assert play(a_board(a_graph("a")), status("a", "succeeded", cached=True, output={})).detail == "cached"


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_a_terminal_line_never_wraps(width: int) -> None:
    """One line a node at every width, in every state, with whatever label."""
    graph = a_graph("abc", "ab", "bc", label=LONG)
    for state in ("running", "succeeded", "failed", "skipped", "canceled"):
        board = a_board(graph)
        board.take(status("a", "running"))
        board.take(told("node_progress", node_id="a" * 8, progress=10, message=LONG))
        board.take(status("a", state, error=LONG, output={"model": LONG}))
        lines = draw(board, width=width)
        assert len(lines) == 4
        assert max(cell_len(line) for line in lines) <= width


@pytest.mark.parametrize("height", [5, 12, 40])
def test_a_screen_is_never_overrun(height: int) -> None:
    """Of a graph that is taller than the screen, what is at work is shown, and the totals always."""
    graph = Graph({f"{n:08}": Node(f"{n:08}", "Image", f"Node {n}") for n in range(30)})
    board = a_board(graph)
    board.take(told("node_status", node_id="00000029", status="running"))
    lines = draw(board, width=80, height=height)
    assert len(lines) <= height
    assert any("Node 29" in line for line in lines)
    assert "0 of 30 nodes · 1 running" in lines[-1]


async def test_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """One line when a node ends: how many of all, how, what it is, what there is to say."""
    board = a_board(a_graph("ab", "ab"))
    async with choose_graph_view(board, as_json=False, console=Console(file=io.StringIO())) as view:
        assert isinstance(view, PlainGraph)
        for event in (
            status("a", "running"),
            status("a", "succeeded", processing_time_ms=900),
            status("b", "failed", error="no"),
        ):
            view.event(board.take(event), event)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" s  ")[2] for line in lines] == [
        "1/2  succeeded  A  image  0.9 s · 2 cr",
        "2/2  failed     B  image  no",
    ]


async def test_the_end_leaves_the_tree_and_the_cursor() -> None:
    """The last state of every node stands once on the screen; of a very large graph, what went wrong."""
    graph = Graph({f"{n:08}": Node(f"{n:08}", "Image", f"Node {n}") for n in range(100)})
    board, out = a_board(graph), io.StringIO()
    async with TerminalGraph(board, Console(file=out, force_terminal=True, width=80, height=20)):
        for n in range(100):
            event = told("node_status", node_id=f"{n:08}", status="failed" if n == 7 else "succeeded", error="why")
            board.take(event)
        await let_others_run()
    after = out.getvalue().rsplit("\x1b[?25h", 1)[1]
    assert "Node 7" in after
    assert "Node 8" not in after


@pytest.mark.parametrize(
    ("typed", "found"),
    [("a", "a"), ("A", "a"), ("aaaaaaaa", "a"), ("aaaa", "a"), ("aaa", None), ("z", None), ("", None)],
)
def test_which_node_is_meant(typed: str, found: str | None) -> None:
    """By name, label, id or the beginning of one; what is not clear is told."""
    assert find_nodes(a_graph("ab"), [typed]) == (([found * 8], []) if found else ([], [typed]))
    assert find_nodes(a_graph("ab", label="Same"), ["same"]) == ([], ["same"])


def a_plan(graph: Graph, *nodes: dict[str, Any], **more: Any) -> ComputePlan:
    """A plan whose nodes run for nothing, unless they say otherwise."""
    usual: dict[str, Any] = {"doing": "run", "cached": False, "credits": 0, "calls": 1, "level": 0, "action": "x"}
    usual["cost"] = FREE.wire()
    unsaid = dict.fromkeys(("reason", "error", "model", "creditsAtLeast", "estimatedSeconds", "ownSound"))
    rows: list[dict[str, Any]] = [
        {"nodeId": key, "label": node.label, "kind": node.kind, **usual, **unsaid, **told}
        for (key, node), told in zip(graph.nodes.items(), nodes, strict=False)
    ]
    whole: dict[str, Any] = {
        "projectId": uuid.UUID(int=1),
        "totalNodes": len(rows),
        "levels": 1,
        "runnable": True,
        "criticalPath": [],
    }
    money: dict[str, Any] = {
        "credits": sum(int(row["credits"]) for row in rows),
        "creditsAtLeast": None,
        "availableCredits": 100,
    }
    money["cost"] = FREE.wire()
    return ComputePlan.model_validate({**whole, **money, "estimatedSeconds": None, "nodes": rows, **more})


def test_a_plan_is_told() -> None:
    """Each node with its price in the order of the tree; the sum; what will make nothing, and why."""
    graph = a_graph("abcd", "ab", "bc")
    plan = a_plan(
        graph,
        {"credits": 3, "model": "m", "creditsAtLeast": 3, "verified": False, "ignored": {"seed": "no such input"}},
        {"cached": True, "doing": "cached"},
        {"doing": "fails", "error": "no action is called 'image.bend'"},
        {"doing": "inline"},
        creditsAtLeast=3,
        estimatedSeconds=12.4,
        cost=Cost(Decimal("0.5"), None, "why").wire(),
    )
    console = Console(file=io.StringIO(), width=80, record=True)
    print_plan(plan, graph, console, whole=True)
    lines = [line.rstrip() for line in console.export_text().splitlines()]
    assert [line.split() for line in lines[:6]] == [
        ["A", "m", "3", "cr", "or", "more"],
        ["ignores", "seed:", "no", "such", "input"],
        ["unverified:", "its", "inputs", "are", "not", "checked"],
        ["↳", "B", "cached"],
        ["↳", "C", "makes", "nothing"],
        ["D", "free"],
    ]
    assert lines[6:] == [
        "✗ C: no action is called 'image.bend'",
        "4 nodes · 1 of them cached · at least 3 credits · $0.50 or more at its vendors · about 12 s, of 100",
    ]
    print_plan(plan, graph, console, whole=False)
    assert "D" not in [line.strip() for line in console.export_text().splitlines()]


DEAR = {"credits": 3}


@pytest.mark.parametrize(
    ("node", "options", "expected"),
    [
        ({"credits": 0}, {"yes": False}, True),
        (DEAR, {"yes": True}, True),
        (DEAR, {"budget": Budget(3)}, True),
        (DEAR, {"budget": Budget(usd=Decimal(1))}, True),
        (DEAR, {"budget": Budget(2)}, "costs 3 credits, more than the budget of 2"),
        (DEAR, {"yes": False}, "it costs 3 credits"),
        ({"doing": "refused", "error": "no such model"}, {"yes": True}, "no such model"),
    ],
)
async def test_who_is_asked(node: dict[str, Any], options: dict[str, Any], expected: object) -> None:
    """A free run goes on; one that costs something needs leave, or a budget that covers it."""
    plan = a_plan(a_graph("a"), node, runnable=node.get("doing") != "refused")
    asked: dict[str, Any] = {"yes": False, "budget": NO_BUDGET, **options}
    if expected is True:
        assert await confirm(plan, **asked)
        return
    with pytest.raises((CommandFailed, UsageError), match=str(expected)):
        await confirm(plan, **asked)


def test_the_most_that_a_run_may_cost() -> None:
    """The most is what was told, unless a budget says otherwise or nobody can know."""
    graph = a_graph("a")
    assert [most_credits(a_plan(graph, DEAR), budget) for budget in (NO_BUDGET, Budget(9))] == [3, 9]
    assert most_credits(a_plan(graph, DEAR, creditsAtLeast=3), NO_BUDGET) is None


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ({"url": "http://a/x.png"}, ["http://a/x.png"]),
        ({"url": "http://a/1", "urls": ["http://a/1", "http://a/2"]}, ["http://a/1", "http://a/2"]),
        (
            {"type": "json", "artifacts": ["http://a/1", "words", {"url": "http://a/2"}, 7]},
            ["http://a/1", "http://a/2"],
        ),
        ({"data": "words"}, []),
        ({"url": None, "urls": [None, 3]}, []),
    ],
)
def test_the_files_of_a_result(output: dict[str, Any], expected: list[str]) -> None:
    """Its addresses, each once."""
    assert addresses_of(output) == expected


def test_files_that_a_graph_names(tmp_path: Path) -> None:
    """Only files beside it: a graph from elsewhere reads nothing else of this machine."""
    (tmp_path / "lamp.png").write_bytes(b"x")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "link.png").symlink_to("/etc/hostname")

    def upload(file: object, **more: Any) -> list[dict[str, Any]]:
        return [{"id": "a", "kind": "Upload", "label": "U", "params": {"file": file, **more}}]

    assert files_of(upload("lamp.png"), tmp_path) == {"a": tmp_path / "lamp.png"}
    assert files_of(upload("lamp.png", url="http://a/x"), tmp_path) == {}
    assert files_of([{"id": "a", "kind": "Image", "params": {"file": "/etc/passwd"}}], tmp_path) == {}
    for told, why in (
        ("/etc/passwd", "outside"),
        ("../x.png", "outside"),
        ("deep/link.png", "outside"),
        ("no.png", "no file 'no.png'"),
    ):
        with pytest.raises(CommandFailed, match=why):
            files_of(upload(told), tmp_path)
