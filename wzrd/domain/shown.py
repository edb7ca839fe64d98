"""Others' texts as people are shown them, artifact keys too: nothing turns a line or commands a terminal. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID

_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def unturned(text: str) -> str:
    """The text without the marks that change the direction of what follows (U+202A to 202E, U+2066 to 2069)."""
    return text if text.isascii() else _TURNS.sub("", text)


def shown(text: str) -> str:
    """Text as `unturned`, with a space for each control character but tab and line feed: for names, tables, pages."""
    return _COMMANDS.sub(" ", unturned(text))


def shown_line(text: str) -> str:
    """Text as `shown`, on one line."""
    return " ".join(shown(text).split())


def name_flow_run(kind: str, run_id: UUID, params: Mapping[str, Any]) -> str:
    """A name that a person finds again in Prefect's UI: what it is about, what is done, which run it is."""
    work = f"{kind} {str(run_id)[:8]}"
    label = shown_line(str(params.get("label") or ""))
    return f"{label} · {work}" if label else work


LONGEST = 60
"""Characters of a title in a key."""
_SAFE = str.maketrans({"[": "(", "]": ")", "<": "(", ">": ")", "|": "/", "`": "'", "*": "·", "\\": "/"})


def slug_of(title: str) -> str:
    """The title in lowercase letters, digits and single dashes; empty where nothing of it can be spelled so."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-")


def key_prefix(title: str, project_id: UUID, *, shared: bool) -> str:
    """Prefix of the keys of a project's artifacts. `shared`: an older project has the same title."""
    slug, short = slug_of(title), str(project_id)[:8]
    if not slug:
        return f"project-{short}"
    return f"{slug}-{short}" if shared else slug


def plain(words: object) -> str:
    """Words of users or providers as Prefect's pages may show them: one line, and nothing in them is markup."""
    return shown_line(str(words)).translate(_SAFE)
