"""Backup of an embedded stack: both databases, the files and the home's secrets in one folder; and its restore."""

import asyncio
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from server.stack import home as homes
from server.stack import postgres
from server.stack.errors import StackError
from server.stack.process import run_to_end
from server.stack.state import AUTH_FILE, SECRET_FILE, StackState, read_state, write_private, write_state
from server.stack.wheel import readable_binaries
from wzrd.folders import make_private, open_to_others
from wzrd.settings import Settings

DATABASES = ("wzrd", "prefect")
MANIFEST = "backup.json"


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup: addresses that its rows name, number and bytes of its files."""

    api_url: str
    prefect_api_url: str
    files: int
    size: int


async def back_up(settings: Settings, folder: Path) -> Backup:
    """Copy a running stack into the folder. Files that are there already are not copied again.

    The databases come first: every file that a row of theirs names is copied after it.

    Raises:
        StackError: nothing runs there, its database is not embedded, others may enter the folder, or a program of
            PostgreSQL has failed.
    """
    home = settings.home.resolve()
    state, cluster = read_state(home), postgres.locate(home)
    if state is None or not state.runs():
        raise StackError(f"nothing runs in {home}", remedy="start it with `wzrd up --detach`")
    if settings.database_url is not None or settings.prefect_api_url not in {None, state.prefect_api_url}:
        raise StackError("a given server is backed up by its own means", remedy="see docs/operating/backup.md")
    make_private(folder)
    if open_to_others(folder):
        raise StackError(f"{folder} is open to other users", remedy=f"name a new folder, or chmod 700 {folder}")
    (folder / MANIFEST).unlink(missing_ok=True)  # it is whole when the manifest is there again
    for name in DATABASES:
        draft = folder / f".{name}.dump"
        await _run("pg_dump", "--format=custom", f"--file={draft}", cluster.url(name))
        draft.replace(folder / f"{name}.dump")
    for name in (SECRET_FILE, AUTH_FILE):
        if (home / name).exists():
            write_private(folder / name, (home / name).read_text())
    files, size = 0, 0
    if settings.storage == "local":
        files, size = await asyncio.to_thread(copy_tree, settings.media_folder, folder / "media")
    made = Backup(state.api_url, state.prefect_api_url, files, size)
    write_private(folder / MANIFEST, json.dumps(asdict(made), indent=1))
    return made


async def restore(settings: Settings, folder: Path) -> Backup:
    """Make a home of a backup; nothing is started. The next `wzrd up` takes the ports that rows name, if they are free.

    Our rows come last, all or none: where they are, everything is that they name. What fails leaves no database.

    Raises:
        StackError: the folder is no whole backup, the home has a database already, or a program has failed.
    """
    home = settings.home.resolve()
    try:
        made = Backup(**json.loads((folder / MANIFEST).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise StackError(f"{folder} is no whole backup: it has no {MANIFEST}") from error
    if postgres.find_data(home) is not None:
        raise StackError(f"{home} has a database already", remedy="set WZRD_HOME to a new folder")
    homes.prepare(home)
    with homes.locked(home):
        cluster = postgres.locate(home)
        for name in (SECRET_FILE, AUTH_FILE):
            if (folder / name).exists():
                write_private(home / name, (folder / name).read_text())
        if (folder / "media").exists():
            await asyncio.to_thread(copy_tree, folder / "media", settings.media_folder)
        write_state(home, StackState(None, made.api_url, cluster.url("wzrd"), made.prefect_api_url, ""))
        try:
            await _restore_databases(cluster, home / "logs" / "postgres.log", folder)
        except BaseException:
            shutil.rmtree(cluster.data, ignore_errors=True)  # else half of it would be taken for the whole
            raise
    return made


async def _restore_databases(cluster: postgres.Cluster, log: Path, folder: Path) -> None:
    server = await postgres.start(cluster, log)
    try:
        await postgres.wait(cluster)
        for name in reversed(DATABASES):
            await postgres.ensure_database(cluster, name)
            whole = ("--no-owner", "--exit-on-error", "--single-transaction")
            await _run("pg_restore", *whole, f"--dbname={cluster.url(name)}", str(folder / f"{name}.dump"))
    finally:
        await postgres.stop(server)


def copy_tree(source: Path, target: Path) -> tuple[int, int]:
    """Copy all files that the target lacks, or has of another size or time; number and bytes of those in the source.

    A file that vanishes meanwhile (a temporary one) is passed over.
    """
    count = size = 0
    for folder, _, names in os.walk(source):
        here = target / Path(folder).relative_to(source)
        here.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in names:
            one, there = Path(folder) / name, here / name
            try:
                found = one.stat()
                if not there.exists() or _version(there.stat()) != _version(found):
                    draft = there.with_name(f".{name}.part")
                    shutil.copy2(one, draft)
                    draft.replace(there)
            except FileNotFoundError:
                continue
            count, size = count + 1, size + found.st_size
    return count, size


def _version(found: os.stat_result) -> tuple[int, float]:
    return found.st_size, found.st_mtime


async def _run(program: str, *arguments: str) -> None:
    """Run a client program of the wheel's; no PG* variable of ours may send it elsewhere."""
    environment: Mapping[str, str] = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    code, _, said = await run_to_end([str(readable_binaries() / program), *arguments], env=environment)
    if code:
        raise StackError(f"{program} has failed: {said.decode(errors='replace').strip()[-500:]}")
