"""A file is either whole under its name or not there: written beside, then renamed."""

import contextlib
import os
import tempfile
from collections.abc import Generator
from pathlib import Path


@contextlib.contextmanager
def folder_beside(out: Path) -> Generator[Path]:
    """A folder in `out`'s for what it is made of, gone afterwards; what a killed process leaves goes with `out`'s."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".parts-", dir=out.parent, ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextlib.contextmanager
def written_beside(out: Path) -> Generator[Path]:
    """A path in `out`'s folder to write to; it becomes `out` when the block ends well and is gone when it does not.

    The folder is made. What a killed process leaves behind is named `.NAME.….part`.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{out.name[:80]}.", suffix=".part", dir=out.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o644)  # mkstemp makes private files, and a film is to be served
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
