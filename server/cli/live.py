"""Views of shots while they are written: a live view on a terminal, plain lines elsewhere, or JSON.

The first two keep the order of scenes; JSON comes as it comes.
"""

import textwrap
import time
from collections import deque
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from server.cli.board import Board, BoardShot, SceneBoard, left_words, plural, seconds_left
from server.cli.live_display import LiveView, WorkDisplay, open_console, print_event
from wzrd.client import Event
from wzrd.contracts.runs import FramingView

ROOMY = 110  # columns from which sizes are spelled out and ideas shown
PLAIN_WIDTH = 118
SIZES = {
    "extreme_wide": ("EWS", "extreme wide"),
    "wide": ("WS", "wide"),
    "full": ("FS", "full"),
    "medium": ("MS", "medium"),
    "medium_close_up": ("MCU", "medium close-up"),
    "close_up": ("CU", "close-up"),
    "extreme_close_up": ("ECU", "extreme close-up"),
    "insert": ("INS", "insert"),
}
COLOURS = {"creating": "bright_black", "drafting": "yellow", "enriching": "cyan", "ready": "green"}


class BoardView(WorkDisplay):
    """View of a board. It is notified after the board has changed."""

    def event(self, scene: SceneBoard, event: Event, /) -> None:
        """One event has been merged into its scene."""

    def changed(self) -> None:
        """A scene began or ended."""


def choose_view(board: Board, *, as_json: bool, console: Console | None = None) -> BoardView:
    """The view for where stdout goes."""
    console = open_console(console)
    if as_json:
        return JsonView()
    return TerminalView(board, console) if console.is_terminal else PlainView(board)


class JsonView(BoardView):
    """One event a line, as it comes."""

    def event(self, scene: SceneBoard, event: Event, /) -> None:
        """Print the event with its scene and run."""
        print_event(event, scene=scene.number, runId=str(scene.run_id) if scene.run_id else None)


class PlainView(BoardView):
    """A line when a scene begins, one for each shot that is ready, one when a scene fails."""

    def __init__(self, board: Board) -> None:
        self._rest = deque(board.scenes)
        self._begun = time.monotonic()
        self._headed = False
        self._printed: set[str] = set()

    async def __aexit__(self, *_: object) -> None:
        self.changed()

    def event(self, _scene: SceneBoard, _event: Event, /) -> None:
        """Something may be printable now."""
        self.changed()

    def changed(self) -> None:
        """Print what is new, up to and into the first scene that has not ended."""
        while self._rest and self._rest[0].state != "waiting":
            scene = self._rest[0]
            if not self._headed:
                print(f"\nscene {scene.number}  {scene.title}", flush=True)
                self._headed = True
            for shot in scene.ordered:
                if shot.phase == "ready" and shot.shot_id not in self._printed:
                    self._printed.add(shot.shot_id)
                    print(plain_shot(time.monotonic() - self._begun, shot), flush=True)
            if not scene.ended:
                return
            if scene.error:
                print(f"  failed: {scene.error}", flush=True)
            self._rest.popleft()
            self._headed = False


def plain_shot(seconds: float, shot: BoardShot) -> str:
    """A ready shot as one line of a log."""
    size, lens, move = framing_words(shot.framing)
    head = f"{seconds:6.1f} s  {shot.number:>3}  {size:<3}  {lens:>6}  {move:<11}  {shot.title}"
    room = PLAIN_WIDTH - len(head) - 2
    idea = textwrap.shorten(shot.idea, room, placeholder=" …") if room > 20 else ""
    return f"{head}: {idea}" if idea else head


def framing_words(framing: FramingView | None, *, spelled: bool = False) -> tuple[str, str, str]:
    """Size, lens and move as they are written on a shot list."""
    if framing is None:
        return "", "", ""
    short, long = SIZES.get(framing.size, (framing.size[:3].upper(), framing.size.replace("_", " ")))
    return long if spelled else short, f"{framing.lens_mm} mm", framing.move.replace("_", " ")


class TerminalView(LiveView, BoardView):
    """Finished scenes scroll by; below them those that are being written, redrawn in place, and a line of totals."""

    def __init__(self, board: Board, console: Console) -> None:
        super().__init__(console, transient=True)
        self._board = board
        self._begun = time.monotonic()
        self._printed = 0
        self._spinner = Spinner("dots", style="cyan")

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        for scene in self._board.scenes[self._printed :]:
            if scene.state != "waiting":
                self._console.print(self._scene(scene))

    def changed(self) -> None:
        """Let the scenes that have ended scroll by, in order."""
        scenes = self._board.scenes
        while self._printed < len(scenes) and scenes[self._printed].ended:
            self._console.print(self._scene(scenes[self._printed]))
            self._printed += 1

    def _frame(self) -> RenderableType:
        """As many unfinished scenes as the screen has room for, and the totals."""
        room = self._console.size.height - 3
        shown = list[RenderableType]()
        for scene in self._board.scenes[self._printed :]:
            room -= 2 + len(scene.shots)
            if shown and (room < 0 or scene.state == "waiting"):
                break
            shown.append(self._scene(scene))
        return Group(*shown, self._totals())

    def _totals(self) -> RenderableType:
        board = self._board
        ended = sum(scene.ended for scene in board.scenes)
        shots = plural(board.wanted, "shot")
        words = [f"{board.ready} of {shots}", f"{ended} of {plural(len(board.scenes), 'scene')}"]
        passed = time.monotonic() - self._begun
        words += [plural(board.charged, "credit"), f"{passed:.1f} s"]
        words += filter(None, [left_words(seconds_left(passed, board.ready, board.wanted - board.ready))])
        line = Table.grid(padding=(0, 1))
        line.add_row(self._spinner, Text(" · ".join(words), "dim", no_wrap=True, overflow="ellipsis"))
        return line

    def _scene(self, scene: SceneBoard) -> RenderableType:
        return Group(*self._scene_lines(scene))

    def _scene_lines(self, scene: SceneBoard) -> Iterator[RenderableType]:
        heading = Text(f"{scene.number:>2}  ", "bold cyan", no_wrap=True, overflow="ellipsis")
        heading.append(scene.title, "bold")
        if scene.note:
            heading.append(f"  {scene.note}", "yellow")
        if scene.run_id:
            heading.append(f"  run {str(scene.run_id)[:8]}", "dim")
        yield heading
        if scene.shots:
            yield self._shots(scene.ordered)
        if scene.error:
            yield Text(f"    ✗ {scene.error}", "red")
        yield Text()

    def _shots(self, shots: list[BoardShot]) -> Table:
        roomy = self._console.width >= ROOMY
        table = Table.grid(padding=(0, 2, 0, 0), expand=True)
        table.add_column(width=5, justify="right", no_wrap=True)  # mark
        table.add_column(width=2, justify="right", no_wrap=True)  # number
        table.add_column(width=16 if roomy else 3, no_wrap=True)  # size
        table.add_column(width=6, justify="right", no_wrap=True)  # lens
        table.add_column(width=11, no_wrap=True)  # move
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")  # title and idea
        table.add_column(width=9 if any(shot.phase != "ready" for shot in shots) else 0, no_wrap=True)  # phase
        for shot in shots:
            size, lens, move = framing_words(shot.framing, spelled=roomy)
            colour = COLOURS.get(shot.phase, "")
            ready = shot.phase == "ready"
            words = Text(shot.title or "…", "" if ready else "dim", no_wrap=True, overflow="ellipsis")
            if roomy and shot.idea:
                words.append(f"  {shot.idea}", "dim")
            mark: RenderableType = Text("✓", "green") if ready else Text("·", colour)
            phase = Text("" if ready else shot.phase, colour)
            table.add_row(mark, f"{shot.number}", Text(size, "magenta"), Text(lens, "blue"), move, words, phase)
        return table
