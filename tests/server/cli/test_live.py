"""Output that reaches a terminal, a pipe and a script."""

import asyncio
import io
import uuid

import pytest
from rich.cells import cell_len
from rich.console import Console

from server.cli.board import Board, SceneBoard
from server.cli.live import JsonView, PlainView, TerminalView, choose_view, framing_words
from wzrd.client import Event
from wzrd.contracts.gen_shots import PHASES
from wzrd.contracts.runs import FramingView

LONG = "雨 falls on the platform and a very long title never ends because nobody told it to " * 3


def a_board(scenes: int = 2) -> Board:
    return Board([SceneBoard(uuid.uuid4(), n, f"Place {n}", 2) for n in range(1, scenes + 1)])


def add_shot(scene: SceneBoard, number: int, phase: str, title: str = "Dawn") -> None:
    scene.state = "writing"
    event = Event("shot", {"id": f"{scene.number}.{number}", "shot_number": number, "status": phase, "title": title,
                           "description": f"{title}, at length."}, run_id=uuid.uuid4())  # fmt: skip
    shot = scene.take(event)
    assert shot is not None
    shot.framing = FramingView(size="close_up", lens_mm=85, move="dolly_in")


def finish(scene: SceneBoard, title: str = "Dawn") -> None:
    for number in (1, 2):
        for phase in PHASES:
            add_shot(scene, number, phase, title)
    scene.take(Event("done", {"total": 2}))


def draw(board: Board, *, width: int, height: int = 30) -> list[str]:
    """The lines that a frame of the live view has on such a screen."""
    console = Console(file=io.StringIO(), force_terminal=True, width=width, height=height, record=True)
    console.print(TerminalView(board, console)._frame())
    return console.export_text().splitlines()


@pytest.mark.parametrize("width", [40, 80, 100, 120, 200])
def test_a_terminal_line_never_wraps(width: int) -> None:
    """One line a shot at every width, in every phase, with whatever title."""
    board = a_board(scenes=1)
    board.scenes[0].title = LONG
    for phase in PHASES:
        add_shot(board.scenes[0], 1, phase, LONG)
        add_shot(board.scenes[0], 2, "creating", "")
        lines = draw(board, width=width)
        assert len(lines) == 5, lines
        assert max(cell_len(line) for line in lines) <= width
        assert phase == "ready" or width < 80 or phase in lines[1]
    assert "✓" in draw(board, width=width)[1]


async def test_the_end_leaves_the_whole_board_and_the_cursor() -> None:
    """After the view is closed every scene that began stands once below the other, even one that was interrupted."""
    out = io.StringIO()
    board = a_board(scenes=3)
    async with TerminalView(board, Console(file=out, force_terminal=True, width=80, height=30)) as view:
        finish(board.scenes[0], LONG)
        view.changed()
        add_shot(board.scenes[1], 1, "drafting", "Interrupted")
        await asyncio.sleep(0.15)  # a picture is drawn by the view's own clock
    after = out.getvalue().rsplit("\x1b[?25h", 1)
    assert len(after) == 2
    assert "Interrupted" in after[1]
    assert "Place 1" not in after[1]
    assert "Place 3" not in after[1]


async def test_a_scene_waits_for_the_earlier_ones() -> None:
    """The second scene ends first, and is printed after the first."""
    board, out = a_board(), io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, height=30, color_system=None)
    view = TerminalView(board, console)
    finish(board.scenes[1])
    view.changed()
    assert out.getvalue() == ""
    finish(board.scenes[0])
    view.changed()
    assert out.getvalue().index("Place 1") < out.getvalue().index("Place 2")


@pytest.mark.parametrize("height", [6, 8, 12, 24, 60])
def test_a_small_screen_shows_what_fits(height: int) -> None:
    """Many scenes on few rows: the frame is no taller than the screen, and always shows one scene and the totals."""
    board = a_board(scenes=12)
    for scene in board.scenes:
        add_shot(scene, 1, "drafting")
        add_shot(scene, 2, "drafting")
    lines = draw(board, width=80, height=height)
    assert len(lines) <= height
    assert "Place 1" in lines[0]
    assert "0 of 24 shots" in lines[-1]


def test_a_log_gets_each_line_once_and_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    """Plain lines: a scene's heading, its ready shots, its failure; nothing of a later scene before it may come."""
    board = a_board(scenes=3)
    view = PlainView(board)
    finish(board.scenes[1])
    add_shot(board.scenes[0], 1, "ready", LONG)
    for _ in range(3):
        view.changed()
    board.scenes[0].fail("the lamp broke")
    board.scenes[2].state = "writing"
    board.scenes[2].fail("no credits")
    view.changed()
    view.changed()
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    kinds = [line.split()[0] if line.startswith(("scene", " ", "  failed")) and "mm" not in line else "shot"
             for line in lines]  # fmt: skip
    assert kinds == ["scene", "shot", "failed:", "scene", "shot", "shot", "scene", "failed:"]
    assert "\x1b" not in "".join(lines)
    assert "CU    85 mm  dolly in" in lines[1]


def test_the_view_fits_the_place() -> None:
    """A terminal gets the live view, a pipe plain lines, a script JSON wherever it stands."""
    terminal, pipe = Console(file=io.StringIO(), force_terminal=True), Console(file=io.StringIO())
    assert isinstance(choose_view(a_board(), as_json=False, console=terminal), TerminalView)
    assert isinstance(choose_view(a_board(), as_json=False, console=pipe), PlainView)
    assert isinstance(choose_view(a_board(), as_json=True, console=terminal), JsonView)


def test_framing_in_the_words_of_a_shot_list() -> None:
    """Abbreviated, spelled out, unknown, and absent."""
    assert framing_words(FramingView(size="close_up", lens_mm=85, move="dolly_in")) == ("CU", "85 mm", "dolly in")
    assert framing_words(FramingView(size="extreme_wide", lens_mm=14, move="static"), spelled=True) == (
        "extreme wide",
        "14 mm",
        "static",
    )
    assert framing_words(FramingView(size="worms_eye", lens_mm=24, move="orbit")) == ("WOR", "24 mm", "orbit")
    assert framing_words(None) == ("", "", "")
