"""Files of a folder that processes use meanwhile."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def files_holding(root: Path, text: bytes) -> Iterator[Path]:
    """Files below a folder that hold a text; what is removed meanwhile (a lease that ends) holds nothing."""
    for folder, _, names in os.walk(root):
        for file in (Path(folder, name) for name in names):
            with contextlib.suppress(FileNotFoundError):
                if file.is_file() and text in file.read_bytes():
                    yield file
