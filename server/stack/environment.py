"""The environment of the children: ours, less what would send them elsewhere, plus the stack's addresses."""

import os
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
"""The folder that holds the packages (and, in a checkout, prefect.yaml)."""

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


def _redirects(name: str) -> bool:
    """Whether a variable would make Prefect use another server, database or profile than the one we start."""
    return name in _ELSEWHERE or (name.startswith("PREFECT_") and "_DATABASE_" in name)


def _no_proxy(environ: Mapping[str, str]) -> dict[str, str]:
    """A machine's HTTP proxy has no business between the parts."""
    listed = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    direct = ",".join(filter(None, [listed, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": direct, "no_proxy": direct}


def common_environment(environ: Mapping[str, str], home: Path, *, prefect_given: bool) -> dict[str, str]:
    """What every Python child gets: no user profile of Prefect, no telemetry, modules found without a cwd."""
    kept = {name: value for name, value in environ.items() if prefect_given or not _redirects(name)}
    paths = [str(ROOT), *filter(None, [environ.get("PYTHONPATH")])]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "WZRD_HOME": str(home),
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "DO_NOT_TRACK": "1",
        **_no_proxy(environ),
    }


def prefect_auth(environ: Mapping[str, str]) -> str:
    """The auth string that the server demands and its clients send; either variable sets both."""
    return environ.get("PREFECT_API_AUTH_STRING") or environ.get("PREFECT_SERVER_API_AUTH_STRING") or ""


def prefect_server_environment(home: Path, database_url: str, api_url: str) -> dict[str, str]:
    """What only Prefect's server gets. Its UI files go to the home, as an installation may be read-only or shared."""
    return {
        "PREFECT_API_URL": api_url,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database_url,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "true",
        "PREFECT_SERVER_UI_API_URL": api_url,
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "prefect" / "ui"),
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT__SERVER_FINAL": "1",
    }
