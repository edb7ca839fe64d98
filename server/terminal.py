"""The streams that a person reads: whatever is printed there, by us or by a library, turns no line round."""

import sys
from collections.abc import Iterable
from typing import Any, TextIO, cast

from wzrd.domain.shown import unturned


class ReadableStream:
    """A text stream; what is written to it loses the marks that change a line's direction."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what may be shown of the text; all of it counts as written."""
        self._stream.write(unturned(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def guard_streams() -> None:
    """Let nothing else reach this process's terminal; its colors and cursor are its own."""
    sys.stdout, sys.stderr = (cast("TextIO", ReadableStream(stream)) for stream in (sys.stdout, sys.stderr))
