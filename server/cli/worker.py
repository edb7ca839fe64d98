"""`wzrd worker`: one more worker process, here."""

import os

from server.cli import DONE
from server.cli.context import home_of, read_settings
from server.stack.environment import common_environment, prefect_auth
from server.stack.own_prefect import without_own_prefect
from server.stack.state import ClientSettings, client_settings
from wzrd.settings import Settings


def stack_environment(settings: Settings, stack: ClientSettings) -> dict[str, str]:
    """Variables that the environment leaves open. Prefect's auth string goes to the stack's server only."""
    found = {} if settings.database_url else {"WZRD_DATABASE_URL": stack.database_url}
    if not settings.prefect_api_url:
        found["PREFECT_API_URL"] = stack.prefect_api_url
        if stack.prefect_auth:
            found["PREFECT_API_AUTH_STRING"] = stack.prefect_auth
    return found if settings.api_url else {**found, "WZRD_API_URL": stack.api_url}


def worker(*, reconcile_only: bool = False) -> int:
    """Run a worker until Ctrl-C: for the stack in WZRD_HOME, or for WZRD_DATABASE_URL and PREFECT_API_URL.

    Args:
        reconcile_only: Take no run; look after the runs of a work pool that Prefect's own workers serve.
    """
    settings = read_settings()
    home = home_of(settings)
    settings = without_own_prefect(settings, home)
    if not (settings.database_url and settings.prefect_api_url):
        os.environ.update(stack_environment(settings, client_settings(home, settings)))
    os.environ.update(common_environment(os.environ, home, prefect_given=True))
    if auth := prefect_auth(os.environ):
        os.environ["PREFECT_API_AUTH_STRING"] = auth
    from server.worker.serve import main  # Prefect reads its environment when it is imported

    main(reconcile_only=reconcile_only)
    return DONE
