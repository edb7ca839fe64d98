"""Keys of a project's artifacts in Prefect, made of lowercase letters, digits and dashes only. Pure."""

import re
import unicodedata
from uuid import UUID

from wzrd.domain.shown import shown_line

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
