"""Addresses on an operator's pages: our own store's are shown and linked, any other is only a text.

A user chooses the others; a page that embedded them would have the operator's browser call whom he likes.
"""

import re
from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import urlsplit

from wzrd.domain.shown import shown, shown_line
from wzrd.storage.protocol import Storage

OwnAddress: TypeAlias = Callable[[str], str | None]
"""The address in our own store that a URL means, spelled by the store; None: it is somebody else's."""

_TICKS = re.compile("`+")


def own_addresses(storage: Storage) -> OwnAddress:
    """The addresses of `storage`. The host of the URL counts for nothing: a user may have written it."""

    def own(url: str) -> str | None:
        location = storage.locate(url)
        return None if location is None else storage.public_url(*location)

    return own


def origins_of(storage: Storage) -> str:
    """Where the store's public files come from, as a page's policy names it."""
    parts = urlsplit(storage.public_url("workflow-media", "x"))
    return f"{parts.scheme}://{parts.netloc}"


def linked(url: str, own: OwnAddress, words: str = "open") -> str:
    """The address as Markdown: a link if it is our own, else code, which no reader of Markdown makes a link of."""
    ours = own(url)
    return as_code(url) if ours is None else f"[{words}]({ours})"


def as_code(text: str) -> str:
    """A short text as Markdown in which nothing is markup."""
    return f"`{shown_line(text).replace('`', '%60')}`" if text else ""


def as_block(text: str) -> str:
    """A long text as Markdown, line by line as it is: a model may have been told to write pictures and links."""
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))
    return f"{fence}text\n{shown(text)}\n{fence}"
