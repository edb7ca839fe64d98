"""Screenplays in a PDF: their text, read in a process of its own with bounds on time and memory.

A file may be made to cost minutes, or to attack its reader: that one (wzrd/media/pdf_text.py) knows no key of ours.
"""

import os
import subprocess
import sys

from wzrd.domain.errors import ScreenplayError

MOST_BYTES = 16 * 1024 * 1024
_COMMAND = [sys.executable, "-m", "wzrd.media.pdf_text"]
_SECONDS = 60.0
_KEPT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "TMPDIR", "SYSTEMROOT")
_ELSE = "; export the screenplay as Fountain"


def is_pdf(data: bytes) -> bool:
    """True if a file begins as PDFs do."""
    return data[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF")


def laid_out(data: bytes) -> bytes:
    """The text of a PDF in UTF-8, its columns kept by spaces and its gaps by empty lines. Blocks: for a thread.

    Raises:
        ScreenplayError: it is broken, too large, under a password, or has no text that can be read.
    """
    if len(data) > MOST_BYTES:
        raise ScreenplayError(f"a PDF of more than {MOST_BYTES:,} bytes{_ELSE}", line=1)
    try:
        ended = subprocess.run(
            _COMMAND, input=data, capture_output=True, timeout=_SECONDS, check=False, env=_environment()
        )
    except subprocess.TimeoutExpired:
        raise ScreenplayError(f"a PDF that takes longer than {_SECONDS:g} s to read{_ELSE}", line=1) from None
    if ended.returncode == 0:
        return ended.stdout
    told = "".join(ended.stderr.decode(errors="replace").splitlines()[-1:]) if ended.returncode == 1 else ""
    why = told if told.startswith("a PDF") else "a PDF that is broken, or made to be too costly to read"
    raise ScreenplayError(why + _ELSE, line=1)


def _environment() -> dict[str, str]:
    """Variables that make the child a Python: no key of ours is where a stranger's file is read."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ}
