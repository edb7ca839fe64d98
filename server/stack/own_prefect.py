"""PREFECT_API_URL as a shell exports it for Prefect's command line: the home's own server is no given one."""

from pathlib import Path
from urllib.parse import urlsplit

from server.stack.state import State, read_auth, read_state
from wzrd.settings import Settings

_HERE = {"127.0.0.1", "localhost"}


def without_own_prefect(settings: Settings, home: Path) -> Settings:
    """The settings as if they named no Prefect server, where they name the home's own, by a former address too."""
    url = settings.prefect_api_url
    if not url or not is_own_prefect(url, settings, home, read_state(home)):
        return settings
    return settings.model_copy(update={"prefect_api_url": None, "prefect_auth_string": None})


def is_own_prefect(url: str, settings: Settings, home: Path, state: State | None) -> bool:
    """Whether the address is what the home's last server had, or comes with the string that only the home's own has."""
    port = _own_port(url)
    if port is None:
        return False
    part = state.parts.get("prefect") if state else None
    if state and (part is None or part.phase != "given") and port == _own_port(state.prefect_api_url):
        return True
    told = settings.prefect_auth_string
    return told is not None and told.get_secret_value() == read_auth(home)


def _own_port(url: str) -> int | None:
    """The port of an address that a home's own server can have."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    is_here = parts.scheme == "http" and parts.hostname in _HERE and parts.path.rstrip("/") == "/api"
    return port if is_here else None
