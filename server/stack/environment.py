"""The environment of the children: ours, less what would send them elsewhere, plus the stack's addresses."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from server.stack.errors import StackError

ROOT = Path(__file__).resolve().parent.parent.parent
"""The folder that holds the packages (and, in a checkout, prefect.yaml)."""

_AUTH = re.compile(r"[!-9;-~]+:[!-~]+")
"""Auth string that Prefect's server and every client of it read alike: a name, a colon, a password."""

_ELSEWHERE = {
    "PREFECT_API_KEY",
    "PREFECT_API_URL",
    "PREFECT_HOME",
    "PREFECT_PROFILE",
    "PREFECT_PROFILES_PATH",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE",
    "PREFECT_SERVER_API_BASE_PATH",
    "PREFECT_SERVER_API_HOST",
    "PREFECT_SERVER_API_PORT",
    "PREFECT_SERVER_UI_SERVE_BASE",
    "PREFECT_UI_API_URL",
    "PREFECT_UI_SERVE_BASE",
    "PREFECT_UI_URL",
}


ORIGINS = "PREFECT_SERVER_CORS_ALLOWED_ORIGINS"
"""Prefect's variable for the origins whose pages may call its server; its own default is every one."""
ARENAS = "MALLOC_ARENA_MAX"
"""In how many parts the C library keeps what threads have freed: its own default, eight a core, fills the worker."""
LEASES = "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"
FILE_LEASES = "prefect.server.concurrency.lease_storage.filesystem"
"""Where Prefect's server keeps who holds which concurrency slot: its own default is its memory, which loses them."""

FLUSH = "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL"
"""Seconds until Prefect's server has written down an event. Who begins to follow a run is told of what is written and
of what comes: within its own five seconds a run of ours has ended, and `prefect deployment run --watch` never hears."""

LOOPS = {
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "30",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "120",
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": "30",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS": "60",
    "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "15",
    "PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS": "30",
    "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT60S",
}
"""Seconds between the looks of Prefect's server at what is late, expired, canceled or has not happened.

Its own defaults, five to twenty seconds, are a third of what an idle stack costs. Nothing of ours waits for these.
A run that waits for its turn is late after two minutes: calling it so costs another transition, and fifteen seconds
are no news where hundreds are asked for at once.
"""


def _redirects(name: str) -> bool:
    """True if a variable would make Prefect use another server, database or profile than the one we start."""
    return name in _ELSEWHERE or (name.startswith("PREFECT_") and "_DATABASE_" in name)


def _no_proxy(environ: Mapping[str, str]) -> dict[str, str]:
    """A machine's HTTP proxy has no business between the parts."""
    listed = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    direct = ",".join(filter(None, [listed, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": direct, "no_proxy": direct}


def common_environment(environ: Mapping[str, str], home: Path, *, prefect_given: bool) -> dict[str, str]:
    """Environment of every Python child: no user profile of Prefect, no telemetry, modules found without a cwd."""
    kept = {name: value for name, value in environ.items() if prefect_given or not _redirects(name)}
    paths = [str(ROOT), *filter(None, [environ.get("PYTHONPATH")])]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "WZRD_HOME": str(home),
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_PLUGINS_ENABLED": environ.get("PREFECT_PLUGINS_ENABLED", "false"),
        "DO_NOT_TRACK": "1",
        ARENAS: environ.get(ARENAS) or "2",
        **_no_proxy(environ),
    }


def own_origins(api_url: str) -> str:
    """The origins under which a browser on this machine finds a server that listens on 127.0.0.1."""
    origin = api_url.removesuffix("/api")
    return f"{origin},{origin.replace('127.0.0.1', 'localhost')}"


def prefect_auth(environ: Mapping[str, str]) -> str:
    """The auth string that the server demands and its clients send; either variable sets both.

    Raises:
        StackError: it is not `name:password`. The value itself is not shown.
    """
    for variable in ("PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"):
        if auth := environ.get(variable):
            if not _AUTH.fullmatch(auth):
                raise StackError(f"{variable} is not name:password", remedy="use printable ASCII without spaces")
            return auth
    return ""


def prefect_server_environment(
    environ: Mapping[str, str], home: Path, database_url: str, api_url: str, *, auth: str
) -> dict[str, str]:
    """Environment of Prefect's server alone.

    Its UI files go to the home, as an installation may be read-only or shared.
    Pages of other origins may not read its answers, unless the operator names them by Prefect's own variable.
    """
    return {
        "PREFECT_SERVER_API_AUTH_STRING": auth,
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": environ.get(ORIGINS) or own_origins(api_url),
        "PREFECT_API_URL": api_url,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database_url,
        LEASES: environ.get(LEASES) or FILE_LEASES,
        FLUSH: environ.get(FLUSH) or "0.5",
        **{name: environ.get(name) or seconds for name, seconds in LOOPS.items()},
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "true",
        "PREFECT_SERVER_UI_API_URL": api_url,
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "prefect" / "ui"),
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT__SERVER_FINAL": "1",
    }
