"""`wzrd worker`: one more worker process, here."""

import os

from server.cli import DONE
from server.cli.context import home_of, read_settings
from server.stack.environment import common_environment, prefect_auth
from server.stack.state import client_settings


def worker() -> int:
    """Run a worker until Ctrl-C: for the stack in WZRD_HOME, or for WZRD_DATABASE_URL and PREFECT_API_URL."""
    settings = read_settings()
    home = home_of(settings)
    if not (settings.database_url and settings.prefect_api_url):
        found = client_settings(home, settings)
        os.environ.setdefault("WZRD_DATABASE_URL", found.database_url)
        os.environ.setdefault("PREFECT_API_URL", found.prefect_api_url)
        os.environ.setdefault("WZRD_PUBLIC_URL", found.api_url)
    os.environ.update(common_environment(os.environ, home, prefect_given=True))
    if auth := prefect_auth(os.environ):
        os.environ.setdefault("PREFECT_API_AUTH_STRING", auth)
    from server.worker import main  # noqa: PLC0415 - Prefect reads its environment when it is imported

    main()
    return DONE
