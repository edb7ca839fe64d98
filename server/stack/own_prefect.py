"""PREFECT_API_URL as a shell exports it for Prefect's command line: the home's own server is no given one."""

from pathlib import Path
from urllib.parse import urlsplit

from server.stack.state import StackState, read_auth, read_state
from wzrd.settings import Settings

_HERE = {"127.0.0.1", "localhost"}


def without_own_prefect(settings: Settings, home: Path, *, stopped: bool = False) -> Settings:
    """The settings as if they named no Prefect server, where they name the home's own, which may be `stopped`.

    Before a start any address here that comes with the home's own auth string is a former one of that server: none of
    ours answers anywhere. While it runs, such an address may be that of a proxy in front of it.
    """
    port = _own_port(settings.prefect_api_url or "")
    if port is None or not (_is_recorded(port, read_state(home)) or (stopped and _has_own_string(settings, home))):
        return settings
    return settings.model_copy(update={"prefect_api_url": None, "prefect_auth_string": None})


def _is_recorded(port: int, state: StackState | None) -> bool:
    """True if the home's last server was its own, and listened there."""
    part = state.parts.get("prefect") if state else None
    return state is not None and (part is None or part.phase != "given") and port == _own_port(state.prefect_api_url)


def _has_own_string(settings: Settings, home: Path) -> bool:
    own = settings.prefect_auth_string
    return own is not None and own.get_secret_value() == read_auth(home)


def _own_port(url: str) -> int | None:
    """The port of an address that a home's own server can have."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    is_here = parts.scheme == "http" and parts.hostname in _HERE and parts.path.rstrip("/") == "/api"
    return port if is_here else None
