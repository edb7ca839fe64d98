"""Which project is meant by what a person types: an id, a title, or the beginning of an id."""

from collections.abc import Sequence
from uuid import UUID

from wzrd.domain.errors import BadRequest, NotFound
from wzrd.domain.ids import parse_uuid

SHORTEST_PREFIX = 4
"""Letters of an id that may stand for all of it."""
MOST_NAMED = 10
MAX_SHOWN = 80


def choose_project(projects: Sequence[tuple[UUID, str]], typed: str) -> tuple[UUID, str]:
    """The one of these projects (id and title) that is meant: by its id, its title or the beginning of its id.

    Raises:
        NotFound: none is.
        BadRequest: several are; they are named.
    """
    wanted = typed.strip()
    exact = parse_uuid(wanted)
    by_id = [one for one in projects if one[0] == exact]
    by_title = [one for one in projects if one[1].strip().casefold() == wanted.casefold()]
    starts = wanted.lower()
    by_prefix = [one for one in projects if len(starts) >= SHORTEST_PREFIX and str(one[0]).startswith(starts)]
    found = by_id or by_title or by_prefix
    if not found:
        raise NotFound(f"no project has the id or the title {typed[:MAX_SHOWN]!r}")
    if len(found) > 1:
        several = ", ".join(f"{project_id} ({title[:MAX_SHOWN]})" for project_id, title in found[:MOST_NAMED])
        message = f"{typed[:MAX_SHOWN]!r} may be any of {len(found)} projects; give an id"
        raise BadRequest(f"{message}: {several}", field="project")
    return found[0]
