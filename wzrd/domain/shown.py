"""Others' texts as people are shown them: nothing turns a line round or commands a terminal. Pure."""

import re

_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def unturned(text: str) -> str:
    """The text without the marks that change the direction of what follows (U+202A to 202E, U+2066 to 2069)."""
    return _TURNS.sub("", text)


def shown(text: str) -> str:
    """Text as `unturned`, with a space for each control character but tab and line feed: for names, tables, pages."""
    return _COMMANDS.sub(" ", unturned(text))


def shown_line(text: str) -> str:
    """Text as `shown`, on one line."""
    return " ".join(shown(text).split())
