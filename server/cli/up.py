"""`wzrd up`, `down` and `worker`: start everything, here or detached; stop it; one more worker process, here."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Self

from cyclopts import Parameter
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from server.cli import DONE, FAILED, INTERRUPTED, UsageError
from server.cli.context import home_of, read_settings
from server.cli.status import how_to_log_in
from server.stack.detach import start_detached, stop
from server.stack.environment import common_environment, prefect_auth
from server.stack.state import ClientSettings, StackState, client_settings, read_state, without_own_prefect
from server.stack.status import inspect
from server.stack.supervisor import Notice
from wzrd.settings import Settings


async def bring_up() -> None:
    """Start the stack in WZRD_HOME unless it is up, or WZRD_URL names another.

    Raises:
        StackError: it did not come up.
    """
    settings = read_settings()
    if settings.url:
        return
    home = home_of(settings)
    state = read_state(home)
    if state is not None and state.runs() and state.ready:
        print("the stack is up already", file=sys.stderr)
        return
    with StartProgress() as progress:
        await start_detached(home, os.environ, progress)


def _announce(state: StackState) -> None:
    print(f"API      {state.api_url}")
    print(f"Prefect  {state.prefect_ui_url}", flush=True)
    if login := how_to_log_in(state.prefect_auth):
        print(f"Prefect's UI: {login}", file=sys.stderr)


async def _already_up(home: Path) -> StackState | None:
    """The stack that runs here and is well, if there is one."""
    state = read_state(home)
    if state is None or not (state.runs() and state.ready):
        return None
    return state if all(one.healthy for one in await inspect(state)) else None


async def up(
    *,
    port: int | None = None,
    detach: Annotated[bool, Parameter(negative="")] = False,
    system_user: str | None = None,
    reset_deployments: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Start PostgreSQL, Prefect's server, the API and a worker, and keep them running.

    Servers given by WZRD_DATABASE_URL and PREFECT_API_URL are used instead of started. State lies in WZRD_HOME.

    Args:
        port: The API's port. Without it: WZRD_PORT, else 8787 or the next free one.
        detach: Return when everything answers; `wzrd down` ends it.
        system_user: As root: the user that PostgreSQL runs as and that its data belong to, made where it is missing.
        reset_deployments: Put the deployments back as prefect.yaml has them; without it, what was set in Prefect stays.
    """
    settings = read_settings()
    options: dict[str, Any] = {"port": port, "system_user": system_user, "reset_deployments": reset_deployments}
    if detach:
        return await _detach(home_of(settings), options)
    from server.stack.run import run  # a detaching command does not supervise

    def ready(state: StackState) -> None:
        progress.settle()
        _announce(state)
        print("Ctrl-C stops everything.", file=sys.stderr)

    with StartProgress() as progress:
        interrupted = await run(settings, os.environ, progress, ready, **options)
    return INTERRUPTED if interrupted else DONE


async def _detach(home: Path, options: dict[str, Any]) -> int:
    """Start the stack in the background, unless it runs and is well."""
    if (running := await _already_up(home)) is not None:
        if options["reset_deployments"]:
            print("already running: `wzrd down` first, then reset the deployments", file=sys.stderr)
            return FAILED
        print("already running", file=sys.stderr)
    else:
        with StartProgress() as progress:
            await start_detached(home, os.environ, progress, **options)
        running = read_state(home)
    if running is None:
        return FAILED
    _announce(running)
    return DONE


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

    def __exit__(self, *_: object) -> None:
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


async def down() -> int:
    """Stop everything that `wzrd up` started in WZRD_HOME. Given servers go on; data stays."""
    home = home_of(read_settings())
    stopped = await stop(home)
    print("stopped" if stopped else f"nothing runs in {home}", file=sys.stderr)
    return DONE


def stack_environment(settings: Settings, stack: ClientSettings) -> dict[str, str]:
    """Variables that the environment leaves open. Prefect's auth string goes to the stack's server only."""
    found = {} if settings.database_url else {"WZRD_DATABASE_URL": stack.database_url}
    if not settings.prefect_api_url:
        found["PREFECT_API_URL"] = stack.prefect_api_url
        if stack.prefect_auth:
            found["PREFECT_API_AUTH_STRING"] = stack.prefect_auth
    return found if settings.api_url else {**found, "WZRD_API_URL": stack.api_url}


def _adopt_servers(settings: Settings, home: Path) -> None:
    """Make the environment what a part of ours needs: the given servers, else those of the stack in WZRD_HOME."""
    settings = without_own_prefect(settings, home)
    if not (settings.database_url and settings.prefect_api_url):
        os.environ.update(stack_environment(settings, client_settings(home, settings)))
    os.environ.update(common_environment(os.environ, home, prefect_given=True))
    if auth := prefect_auth(os.environ):
        os.environ["PREFECT_API_AUTH_STRING"] = auth


def worker(*, reconcile_only: bool = False) -> int:
    """Run a worker until Ctrl-C: for the stack in WZRD_HOME, or for WZRD_DATABASE_URL and PREFECT_API_URL.

    Args:
        reconcile_only: Take no run; look after the runs of a work pool that Prefect's own workers serve.
    """
    settings = read_settings()
    _adopt_servers(settings, home_of(settings))
    from server.worker.serve import main  # Prefect reads its environment when it is imported

    main(reconcile_only=reconcile_only)
    return DONE


def api() -> int:
    """Serve the API until Ctrl-C, at WZRD_HOST and WZRD_PORT, for WZRD_DATABASE_URL and PREFECT_API_URL.

    `wzrd up` starts one by itself; this is for a container or a machine that runs the API alone.
    """
    settings = read_settings()
    _adopt_servers(settings, home_of(settings))
    from server.api.serve import main  # Prefect reads its environment when it is imported

    main()
    return DONE


async def prepare(*, reset_deployments: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Put our schema into WZRD_DATABASE_URL, and work pool, deployments and blocks into PREFECT_API_URL; then end.

    To be called before API and workers of a new version start; twice does no harm.

    Args:
        reset_deployments: Put the deployments back as prefect.yaml has them; without it, what was set in Prefect stays.
    """
    settings = read_settings()
    if not (settings.database_url and settings.prefect_api_url):
        raise UsageError("WZRD_DATABASE_URL and PREFECT_API_URL name the servers to prepare; `wzrd up` starts its own")
    from server.stack.run import prepare_servers

    with StartProgress() as progress:
        await prepare_servers(settings, os.environ, progress, reset_deployments=reset_deployments)
    return DONE
