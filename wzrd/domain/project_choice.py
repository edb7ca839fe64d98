"""The project, and the scene of it, that a person means by what is typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from wzrd.domain.errors import BadRequest, NotFound
from wzrd.domain.ids import parse_uuid

SHORTEST_PREFIX = 4
"""Letters of an id that may stand for all of it."""
MOST_NAMED = 10
MAX_SHOWN = 80
NO_PROJECT = "Project not found or access denied"
T = TypeVar("T")


def project_id_of(text: str | None) -> UUID:
    """The id of a project that a request names.

    Raises:
        NotFound: it is none, and so no project's.
    """
    return found_in_project(parse_uuid(text))


def found_in_project(found: T | None) -> T:
    """Whatever was looked for by a project and its user.

    Raises:
        NotFound: nothing was found: there is no such project, or it is another's.
    """
    if found is None:
        raise NotFound(NO_PROJECT)
    return found


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


@dataclass(frozen=True, slots=True)
class SceneLine:
    """A scene in a project's list, with `id` and `number` of its shots in their order."""

    scene_id: UUID
    number: int
    title: str
    location: str
    shots: Sequence[Mapping[str, Any]]


def choose_scene(scenes: Sequence[SceneLine], typed: str) -> UUID:
    """The one of these scenes that is meant: by its id, its number, its heading or a part of that.

    Raises:
        NotFound: none is.
        BadRequest: several are; their numbers are named.
    """
    wanted = " ".join(typed.split()).casefold()
    number = wanted.removeprefix("scene ").removeprefix("#")
    headings = {scene.scene_id: " ".join(scene.title.split()).casefold() for scene in scenes}
    found = (
        [scene for scene in scenes if scene.scene_id == parse_uuid(typed.strip())]
        or [scene for scene in scenes if number.isdecimal() and scene.number == int(number)]
        or [scene for scene in scenes if headings[scene.scene_id] == wanted]
        or [scene for scene in scenes if wanted and not number.isdecimal() and wanted in headings[scene.scene_id]]
    )
    if not found:
        numbers = [scene.number for scene in scenes]
        known = f"its scenes are {min(numbers)} to {max(numbers)}" if numbers else "it has none"
        raise NotFound(f"the project has no scene with the id, number or heading {typed[:MAX_SHOWN]!r}; {known}")
    if len(found) > 1:
        several = ", ".join(f"{scene.number} ({scene.title[:MAX_SHOWN]})" for scene in found[:MOST_NAMED])
        message = f"{typed[:MAX_SHOWN]!r} may be any of {len(found)} scenes; give a number"
        raise BadRequest(f"{message}: {several}", field="scene_id")
    return found[0].scene_id
