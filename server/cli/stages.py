"""Views of a film while it is made: a line a stage, with a bar on terminals, plain, or JSON."""

import time
from dataclasses import dataclass, field
from typing import Self

from rich.console import Console
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from server.cli.board import left_words, seconds_left
from server.cli.live_display import LiveView, WorkDisplay, open_console, print_event
from wzrd.client import Event

BAR = 24
TENTHS = 10


@dataclass(slots=True)
class WorkStage:
    """One stage of the work: `done` of `total` pieces, and what is at hand."""

    name: str
    total: int = 0
    done: int = 0
    failed: int = 0
    reused: int = 0
    detail: str = ""
    state: str = "waiting"
    begun: float = 0.0
    seconds: float = 0.0
    errors: list[str] = field(default_factory=list[str])
    percent: bool = False  # whether its pieces are hundredths of one thing
    seconds_left: int | None = None  # seconds that the run itself says are left

    def begin(self) -> None:
        """It runs now."""
        self.state, self.begun = "running", time.monotonic()

    def end(self, error: str = "") -> None:
        """It has ended: well, unless there is an error to tell."""
        self.state = "failed" if error or self.failed else "done"
        self.seconds, self.detail = time.monotonic() - self.begun, ""
        if error:
            self.errors.append(error)

    @property
    def fraction(self) -> float:
        """Part of the stage that is done, 0 to 1."""
        if self.state == "done":
            return 1.0
        return min(1.0, (self.done + self.failed) / self.total) if self.total else 0.0

    @property
    def left(self) -> int | None:
        """About how many seconds are left: as the run says, else by the pace so far; None while nobody can know."""
        if self.state != "running" or self.seconds_left is not None:
            return self.seconds_left if self.state == "running" else None
        made, passed = self.done + self.failed - self.reused, time.monotonic() - self.begun
        return seconds_left(passed, made, self.total - self.done - self.failed)

    @property
    def summary(self) -> str:
        """Outcome of the stage in a few words."""
        if self.state == "waiting":
            return ""
        if self.percent:
            return f"{self.done} %" if self.state == "running" else ""
        words = [f"{self.done} of {self.total}" if self.state == "running" or self.failed else f"{self.done}"]
        words += [f"{self.failed} failed"] if self.failed else []
        words += [f"{self.reused} as before"] if self.reused else []
        return ", ".join(words)


class StageView(WorkDisplay):
    """View of stages. It is notified after a stage has changed."""

    def changed(self, stage: WorkStage, event: Event | None = None, /) -> None:
        """The stage has changed, by this event if it was one."""


def choose_stage_view(stages: list[WorkStage], *, as_json: bool) -> StageView:
    """The view for where stdout goes."""
    if as_json:
        return JsonStages()
    console = open_console()
    return TerminalStages(stages, console) if console.is_terminal else PlainStages()


class JsonStages(StageView):
    """One event a line, as it comes."""

    def changed(self, stage: WorkStage, event: Event | None = None, /) -> None:
        """Print the event with its stage and run."""
        if event is not None:
            print_event(event, stage=stage.name, runId=str(event.run_id) if event.run_id else None)


class PlainStages(StageView):
    """A line at each tenth of a stage, and one at its end."""

    def __init__(self) -> None:
        self._printed: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        print(flush=True)
        return self

    def changed(self, stage: WorkStage, _event: Event | None = None, /) -> None:
        """Print what is worth a line."""
        step = TENTHS + 1 if stage.state in {"done", "failed"} else int(stage.fraction * TENTHS)
        if stage.state == "waiting" or step <= self._printed.get(stage.name, -1):
            return
        self._printed[stage.name] = step
        seconds = f"{stage.seconds:.1f} s" if stage.seconds else ""
        message = seconds or ", ".join(filter(None, [left_words(stage.left), stage.detail]))
        print(f"{stage.name:<8}  {stage.state:<8}  {stage.summary:<18}  {message}".rstrip(), flush=True)
        if step > TENTHS:
            for error in stage.errors:
                print(f"  {error}", flush=True)


class TerminalStages(LiveView, StageView):
    """All stages, redrawn in place."""

    def __init__(self, stages: list[WorkStage], console: Console) -> None:
        super().__init__(console, transient=False)
        self._stages = stages
        self._spinner = Spinner("dots", style="cyan")

    def _frame(self) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0), expand=False)
        table.add_column(width=3, justify="right")
        table.add_column(width=7, no_wrap=True)
        table.add_column(width=BAR, no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", max_width=max(10, self._console.width - BAR - 44))
        for stage in self._stages:
            table.add_row(*self._row(stage))
            for error in stage.errors:
                table.add_row("", "", Text(error, "red"))
        return table

    def _row(self, stage: WorkStage) -> tuple[Spinner | Text, Text, Text, Text, Text]:
        marks = {"done": Text("✓", "green"), "failed": Text("✗", "red"), "waiting": Text("·", "dim")}
        running = stage.state == "running"
        seconds = time.monotonic() - stage.begun if running else stage.seconds
        clock = f"{seconds:.1f} s" if seconds else ""
        return (
            marks.get(stage.state) or self._spinner,
            Text(stage.name, "bold" if running else "dim" if stage.state == "waiting" else ""),
            _bar(stage.fraction, BAR) if stage.state != "waiting" else Text("─" * BAR, "bright_black"),
            Text(stage.summary, "" if running else "dim"),
            Text(", ".join(filter(None, [clock, left_words(stage.left), stage.detail])), "dim"),
        )


def _bar(fraction: float, width: int) -> Text:
    filled = round(fraction * width)
    return Text("━" * filled, "cyan" if fraction < 1 else "green") + Text("─" * (width - filled), "bright_black")
