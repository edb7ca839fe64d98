r"""Fountain's emphasis, taken off: `*italic*`, `**bold**`, `***both***`, `_underlined_`, and escapes such as `\*`.

Linear: each marker is looked at once and paired through a stack.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"\\[*_]|\*+|_+")


@dataclass(slots=True)
class _MarkerRun:
    """A run of one marker character; `left` is how much of it is still literal."""

    mark: str
    left: int


def plain(text: str) -> str:
    """The text without emphasis markers. A marker without a partner on its own line is literal."""
    marked = "*" in text or "_" in text  # a pattern's look at a line of a megabyte would hold everybody up
    return "\n".join(_plain_line(line) for line in text.split("\n")) if marked else text


def _plain_line(line: str) -> str:
    pieces: list[str | _MarkerRun] = []
    open_runs: dict[str, list[_MarkerRun]] = {"*": [], "_": []}
    at = 0
    for token in _TOKEN.finditer(line):
        pieces.append(line[at : token.start()])
        at = token.end()
        if token.group()[0] == "\\":
            pieces.append(token.group()[1])
            continue
        run = _MarkerRun(token.group()[0], len(token.group()))
        pieces.append(run)
        before, after = line[token.start() - 1 : token.start()], line[at : at + 1]
        if _closes(run.mark, before, after):
            _pair(run, open_runs[run.mark])
        if run.left and _opens(run.mark, before, after):
            open_runs[run.mark].append(run)
    pieces.append(line[at:])
    return "".join(piece if isinstance(piece, str) else piece.mark * piece.left for piece in pieces)


def _pair(closer: _MarkerRun, openers: list[_MarkerRun]) -> None:
    while closer.left and openers:
        taken = min(closer.left, openers[-1].left)
        closer.left -= taken
        openers[-1].left -= taken
        if not openers[-1].left:
            openers.pop()


def _opens(mark: str, before: str, after: str) -> bool:
    return bool(after) and not after.isspace() and not (mark == "_" and before.isalnum())


def _closes(mark: str, before: str, after: str) -> bool:
    # An underscore within a word (snake_case) is a letter, not a marker.
    return bool(before) and not before.isspace() and not (mark == "_" and after.isalnum())
