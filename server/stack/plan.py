"""Plan of what `wzrd up` will run, decided before anything starts: what is given, what is embedded, and where."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from server.stack import environment, postgres
from server.stack.errors import StackError
from server.stack.listener import BoundSocket, listen
from server.stack.state import SECRET_FILE, StackState, ensure_auth, ensure_private, without_own_prefect
from server.token_secret import check_secret
from wzrd.settings import Settings


@dataclass(frozen=True, slots=True)
class StackPlan:
    """The whole stack. `cluster` and `prefect` are None where both servers, or Prefect's, were given."""

    home: Path
    settings: Settings
    cluster: postgres.Cluster | None
    prefect: BoundSocket | None
    api: BoundSocket
    database_url: str
    prefect_api_url: str
    prefect_auth: str
    environment: Mapping[str, str]
    prefect_file: Path
    reset_deployments: bool = False

    @property
    def embedded_database(self) -> bool:
        """True if our own rows lie in the PostgreSQL that we start."""
        return self.settings.database_url is None

    @property
    def prefect_ui_url(self) -> str:
        """Where a browser finds Prefect: its server serves both."""
        return self.prefect_api_url.removesuffix("/").removesuffix("/api")

    def log(self, part: str) -> Path:
        """The part's log file."""
        return self.home / "logs" / f"{part}.log"


def _ensure_secret(home: Path, settings: Settings) -> str | None:
    """The secret that signs our tokens; a home makes its own unless the environment says whom to trust."""
    if settings.jwt_secret is not None or settings.jwks_url is not None:
        return None
    secret = ensure_private(home / SECRET_FILE, lambda: secrets.token_urlsafe(48))
    check_secret(SecretStr(secret))
    return secret


def _port_of(url: str) -> int | None:
    """The port in an address of a state file, which may be anything."""
    try:
        return urlsplit(url).port
    except ValueError:
        return None


def _listen_api(settings: Settings, port: int | None, before: StackState | None) -> BoundSocket:
    """The API's port: a named one exactly, else that of last time or the next free one from the default.

    Rows keep the addresses of files: a browser finds them as long as the port stays.
    """
    if port is not None or "port" in settings.model_fields_set:
        return listen(settings.host, settings.port if port is None else port, exactly=True)
    last = _port_of(before.api_url) if before else None
    return listen(settings.host, last or settings.port, exactly=False)


def _listen_prefect(before: StackState | None) -> BoundSocket:
    """A free port on loopback; the one of last time when it is free, so that bookmarks of the UI stay good."""
    part = before.parts.get("prefect") if before else None
    last = _port_of(part.address) if part and part.log else None  # a given server has no log here
    return listen("127.0.0.1", last or 0, exactly=False)


def _locate_cluster(home: Path, settings: Settings, system_user: str | None) -> postgres.Cluster | None:
    """The PostgreSQL that is started here; None where both servers that would use it are given."""
    if not (settings.database_url and settings.prefect_api_url):
        return postgres.locate(home, system_user=system_user)
    if system_user:
        raise StackError(f"--system-user {system_user}: both servers are given, no PostgreSQL is started")
    return None


def _ensure_media(folder: Path) -> None:
    """Make the folder of stored files where it is missing.

    Raises:
        StackError: it cannot be made, or not be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        is_ours = os.access(folder, os.W_OK | os.X_OK)
    except OSError as error:
        raise StackError(f"files cannot lie in {folder}: {error.strerror}", remedy="set WZRD_MEDIA_DIR") from error
    if not is_ours:
        raise StackError(f"the folder {folder} cannot be written", remedy="set WZRD_MEDIA_DIR")


def make_plan(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    port: int | None = None,
    system_user: str | None = None,
    reset_deployments: bool = False,
    before: StackState | None = None,
) -> StackPlan:
    """Decide, and take the ports. `before` is the home's last state, `system_user` who is to run PostgreSQL.

    Raises:
        StackError: a named port is taken, files cannot lie where they are to, or the auth string that the environment
            gives is none.
        NotConfigured: the secret that signs tokens is too short.
        RuntimeError: PostgreSQL cannot run as that user.
    """
    home = settings.home.resolve()
    settings = without_own_prefect(settings, home, stopped=True)
    check_secret(settings.jwt_secret)
    if settings.storage == "local":
        _ensure_media(settings.media_folder)
    given = settings.prefect_api_url
    cluster = _locate_cluster(home, settings, system_user)
    api = _listen_api(settings, port, before)
    prefect = None if given else _listen_prefect(before)
    prefect_api_url = given.rstrip("/") if given else f"{prefect.url}/api" if prefect else ""
    own = cluster.url("wzrd") if cluster else ""
    database_url = settings.database_url.get_secret_value() if settings.database_url else own
    auth = environment.prefect_auth(environ) or ("" if given else ensure_auth(home))
    secret = _ensure_secret(home, settings)
    children = {
        **environment.common_environment(environ, home, prefect_given=bool(given)),
        "WZRD_DATABASE_URL": database_url,
        "WZRD_PORT": str(api.port),
        "WZRD_API_URL": api.url,
        "WZRD_MEDIA_DIR": str(settings.media_folder.resolve()),
        "PREFECT_API_URL": prefect_api_url,
        **({"PREFECT_API_AUTH_STRING": auth} if auth else {}),
        **({"SUPABASE_JWT_SECRET": secret} if secret else {}),
    }
    return StackPlan(
        home,
        settings,
        cluster,
        prefect,
        api,
        database_url,
        prefect_api_url,
        auth,
        children,
        environment.ROOT / "prefect.yaml",
        reset_deployments,
    )
