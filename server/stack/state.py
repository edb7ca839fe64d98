"""WZRD_HOME/state.json: what runs where. Written by the supervisor alone, read by every other command."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from server.stack.errors import StackError
from server.stack.process import Identity, is_alive
from wzrd.models.checked_settings import load
from wzrd.settings import Settings

Phase = Literal["starting", "up", "down", "stopped", "given"]

STATE_FILE = "state.json"
SECRET_FILE = "jwt-secret"  # noqa: S105 - a file's name
AUTH_FILE = "prefect-auth"
NOT_RUNNING = "start it with `wzrd up --detach`; WZRD_URL and WZRD_TOKEN name one elsewhere"


@dataclass(frozen=True, slots=True)
class PartState:
    """One part: `address` is what a client uses, `since` a unix time, `process` None for a given server."""

    address: str
    phase: Phase
    process: Identity | None = None
    since: float = 0.0
    restarts: int = 0
    log: str = ""


@dataclass(frozen=True, slots=True)
class StackState:
    """The whole stack of one home. `prefect_auth` is what Prefect's server demands, "" where nothing is known."""

    supervisor: Identity | None
    api_url: str
    database_url: str
    prefect_api_url: str
    prefect_ui_url: str
    since: float = 0.0
    ready: bool = False
    prefect_auth: str = field(default="", repr=False)
    parts: Mapping[str, PartState] = field(default_factory=dict[str, PartState])

    def with_part(self, name: str, part: PartState) -> "StackState":
        """This state with one part replaced."""
        return replace(self, parts={**self.parts, name: part})

    def runs(self) -> bool:
        """True if its supervisor still lives."""
        return self.supervisor is not None and is_alive(self.supervisor)


_STATE = TypeAdapter(StackState)


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Settings of a command that talks to the stack; `jwt_secret` None: only foreign tokens are accepted.

    `prefect_auth` is `name:password`, and belongs to the server at `prefect_api_url` alone.
    """

    api_url: str
    database_url: str
    prefect_api_url: str
    prefect_ui_url: str
    jwt_secret: str | None = field(repr=False)
    prefect_auth: str = field(default="", repr=False)


def write_private(path: Path, content: str) -> None:
    """Replace the file at `path` in one step; only its owner can read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(content)
    draft.replace(path)


def write_state(home: Path, state: StackState) -> None:
    """Store the state atomically, mode 0600: it holds the password of a given database, and of Prefect's server."""
    write_private(home / STATE_FILE, _STATE.dump_json(state, indent=1).decode())


def read_state(home: Path) -> StackState | None:
    """The recorded state, whether its processes live or not; None without a (readable) record."""
    try:
        return _STATE.validate_json((home / STATE_FILE).read_bytes())
    except (OSError, ValueError):  # absent, another version's, or torn
        return None


def read_private(path: Path) -> str | None:
    """The word that a home keeps in a file; None where none was kept yet."""
    try:
        return path.read_text().strip() or None
    except OSError:
        return None


def ensure_private(path: Path, make: Callable[[], str]) -> str:
    """The word that a home keeps in a file, made once."""
    kept = read_private(path)
    if kept is None:
        kept = make()
        write_private(path, kept)
    return kept


def ensure_auth(home: Path) -> str:
    """The auth string of the home's Prefect server, made once: whoever has it may start flows and read keys."""
    return ensure_private(home / AUTH_FILE, lambda: f"wzrd:{secrets.token_urlsafe(32)}")


def client_settings(home: Path, settings: Settings | None = None) -> ClientSettings:
    """Where the running stack of `home` is; without one, the servers of one's own that the settings name.

    Raises:
        StackError: nothing runs there, and WZRD_DATABASE_URL names no database.
    """
    state, settings = read_state(home), settings or load()
    if (state is None or not state.runs()) and settings.database_url is not None:
        return _own_servers(settings)
    if state is None or not state.runs():
        raise StackError(f"nothing runs in {home}", remedy=NOT_RUNNING)
    if not state.ready:
        raise StackError(f"the stack in {home} is still starting", remedy="look at it with `wzrd status`")
    secret = settings.jwt_secret.get_secret_value() if settings.jwt_secret else read_private(home / SECRET_FILE)
    return ClientSettings(
        state.api_url, state.database_url, state.prefect_api_url, state.prefect_ui_url, secret, state.prefect_auth
    )


def _own_servers(settings: Settings) -> ClientSettings:
    """The servers that a container's environment names; the API is the public one, or this machine's."""
    secret, auth = settings.jwt_secret, settings.prefect_auth_string
    prefect = (settings.prefect_api_url or "").rstrip("/")
    return ClientSettings(
        settings.address,
        settings.require_database_url(),
        prefect,
        prefect.removesuffix("/api"),
        secret.get_secret_value() if secret else None,
        auth.get_secret_value() if auth else "",
    )


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
    return own is not None and own.get_secret_value() == read_private(home / AUTH_FILE)


def _own_port(url: str) -> int | None:
    """The port of an address that a home's own server can have."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    is_here = parts.scheme == "http" and parts.hostname in _HERE and parts.path.rstrip("/") == "/api"
    return port if is_here else None
