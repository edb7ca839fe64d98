"""`wzrd up`: start everything, here or detached."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from server.cli import DONE, FAILED, INTERRUPTED
from server.cli.context import home_of, read_settings
from server.cli.progress import StartProgress
from server.cli.ui import how_to_log_in
from server.stack.detach import start_detached
from server.stack.state import StackState, read_state
from server.stack.status import inspect


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
    home = home_of(settings)
    if detach and (running := await _already_up(home)) is not None:
        if reset_deployments:
            print("already running: `wzrd down` first, then reset the deployments", file=sys.stderr)
            return FAILED
        print("already running", file=sys.stderr)
        _announce(running)
        return DONE
    with StartProgress() as progress:
        if detach:
            await start_detached(
                home, os.environ, progress, port=port, system_user=system_user, reset_deployments=reset_deployments
            )
            progress.settle()
            state = read_state(home)
            if state is None:
                return FAILED
            _announce(state)
            return DONE

        from server.stack.run import run  # a detaching command does not supervise

        def ready(state: StackState) -> None:
            progress.settle()
            _announce(state)
            print("Ctrl-C stops everything.", file=sys.stderr)

        interrupted = await run(
            settings,
            os.environ,
            progress,
            ready,
            port=port,
            system_user=system_user,
            reset_deployments=reset_deployments,
        )
    return INTERRUPTED if interrupted else DONE
