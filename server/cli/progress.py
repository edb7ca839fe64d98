"""Display of a start: one live line a part on a terminal, plain lines elsewhere; always on stderr."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from server.stack.supervisor import Notice

TITLES = {
    "postgres": "PostgreSQL",
    "database": "Schema",
    "prefect": "Prefect",
    "deployments": "Deployments",
    "api": "API",
    "worker": "Worker",
}


class StartProgress:
    """A context that shows notices as they come; it is itself the `Report` that the stack calls."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._begun = time.monotonic()
        self._latest: dict[str, Notice] = {}
        self._live = Live(console=self._console, refresh_per_second=8) if self._console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.settle()

    def settle(self) -> None:
        """Stop drawing; later notices are plain lines."""
        if self._live:
            self._live.update(self._table(), refresh=True)
            self._live.stop()
            self._live = None

    def __call__(self, notice: Notice) -> None:
        """Show one notice."""
        self._latest[notice.part] = notice
        if self._live and notice.moment != "note":
            self._live.update(self._table())
        else:
            self._console.print(_line(notice, time.monotonic() - self._begun), markup=False, soft_wrap=True)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for part, notice in self._latest.items():
            mark = {"up": Text("✓", "green"), "down": Text("✗", "red")}.get(notice.moment)
            seconds = f"{notice.seconds:.1f} s" if notice.seconds else ""
            table.add_row(mark or Spinner("dots"), TITLES.get(part, part), Text(notice.detail, "dim"), seconds)
        return table


def _line(notice: Notice, elapsed: float) -> str:
    words = [f"{elapsed:6.1f} s", f"{notice.part:<12}", notice.moment, notice.detail]
    return "  ".join(filter(None, words)).rstrip()
