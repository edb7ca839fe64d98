"""`wzrd breakdown`: people, places, props and beats of a screenplay's file, or of a project, which it may edit."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from cyclopts import Parameter

from server.cli import DONE, UsageError
from server.cli.board import plural
from server.cli.caller import UserOption, calling, identify, told_by_name
from server.cli.remaking import describe_price
from server.cli.screenplay import read_screenplay
from server.cli.shots import find_project
from wzrd.client import UnifiedGenerationService
from wzrd.contracts.auto_generate import AutoGeneratePlan
from wzrd.contracts.breakdown import Breakdown, BreakdownAnswer
from wzrd.domain.credits import gen_shots_price, split_shots

if TYPE_CHECKING:
    from wzrd.screenplay.model import Screenplay


async def breakdown(
    source: str,
    *,
    out: Path | None = None,
    put: Path | None = None,
    version: int | None = None,
    plan: Annotated[bool, Parameter(negative=())] = False,
    user: UserOption = None,
) -> int:
    """Break a screenplay down: its people, places, props, and what happens in each scene, beat by beat, as JSON.

    Of a file nothing is stored, and nobody is asked: the rules read it. The format is described in docs/breakdown.md.

    Args:
        source: A screenplay's file (PDF, Fountain, Final Draft …), or a project: an id, its beginning, or a title.
        out: The file to write; without it the breakdown is printed.
        put: A breakdown that is to be the project's from now on. What it leaves out is as it is read.
        version: The version that it was edited from; one that somebody has edited since is then refused.
        plan: Only tell which scenes `--put` would change, and what their shots cost made anew.
    """
    if not _is_file(source):
        return await _of_project(source, out, put, version, user, plan_only=plan)
    if put is not None or version is not None or plan:
        raise UsageError("--put and --version are for a project", remedy="bring the file in with `wzrd import FILE`")
    from wzrd.language.breakdown.by_rule import read_breakdown
    from wzrd.screenplay.model import briefs_of

    screenplay, _ = read_screenplay(Path(source))
    _write(read_breakdown(briefs_of(screenplay)), out)
    return DONE


_SUFFIXES = frozenset(
    {".fountain", ".spmd", ".fdx", ".json", ".txt", ".fadein", ".osf", ".highland", ".celtx", ".docx", ".rtf", ".pdf"}
)


def _is_file(source: str) -> bool:
    """True if a file is meant, be it there or not: projects have titles without an extension or a folder."""
    path = Path(source)
    return path.is_file() or path.suffix.lower() in _SUFFIXES or "/" in source


async def _of_project(
    source: str, out: Path | None, put: Path | None, version: int | None, user: str | None, *, plan_only: bool
) -> int:
    async with calling(await identify(user)) as client:
        project_id, title = await find_project(client, source)
        if put is None:
            found = await client.breakdown(project_id)
        else:
            brought, now = _read_brought(put), await client.breakdown(project_id)
            await _tell_price(client, project_id, brought, now.breakdown)
            if plan_only:
                return DONE
            known = version if version is not None else now.version
            found = await client.edit_breakdown(project_id, brought, version=known)
    if put is None or out is not None:
        _write(found.breakdown, out)
    print(f"{title}: {_describe_version(found)}", file=sys.stderr)
    return DONE


async def _tell_price(client: UnifiedGenerationService, project_id: UUID, brought: Breakdown, now: Breakdown) -> None:
    """Say which scenes are changed, and what it costs to have their shots, pictures and clips made anew.

    An edit itself costs nothing: what has been made stays until somebody has it made again.
    """
    changed = {scene.number for scene in brought.scenes if scene != now.scene(scene.number)}
    scenes = [scene for scene in (await client.scenes(project_id)).scenes if scene.number in changed and scene.shots]
    if not scenes:
        return
    takes = [one for one in await client.takes(project_id) if one.chosen and one.scene_number in changed]
    written = sum(gen_shots_price(part) for scene in scenes for part in split_shots(len(scene.shots)))
    plans: list[AutoGeneratePlan] = []
    for phase, media in (("images", "image"), ("videos", "video")):
        if made := [one.shot_id for one in takes if one.media == media]:
            plans.append(await client.plan_auto_generate(project_id, phase, shots=made))
    named = ", ".join(str(scene.number) for scene in scenes)
    shots = plural(sum(len(scene.shots) for scene in scenes), "shot")
    print(
        f"scene {named}: {shots} stay as they are; written anew {plural(written, 'credit')}, {describe_price(plans)}",
        file=sys.stderr,
    )


def _describe_version(found: BreakdownAnswer) -> str:
    edited = ", ".join(map(str, found.edited_scenes))
    return f"version {found.version}" + (f", edited: {edited}" if edited else "")


def _write(found: Breakdown, out: Path | None) -> None:
    """The breakdown as a file, and what is in it; or printed."""
    text = found.model_dump_json(indent=1) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    with told_by_name(out, "name another file with --out"):
        out.write_text(text, encoding="utf-8")
    beats = [beat for scene in found.scenes for beat in scene.beats]
    decisive = sum(beat.weight == "decisive" for beat in beats)
    print(
        f"{out}: {len(found.people)} people, {len(found.props)} props, {len(beats)} beats, {decisive} of them decisive"
    )


def _read_brought(file: Path) -> Breakdown:
    from wzrd.language.breakdown.checks import parse_breakdown

    with told_by_name(file):
        return parse_breakdown(file.read_bytes())


def read_brought(file: Path, screenplay: "Screenplay") -> Breakdown:
    """The breakdown in a file, checked against the screenplay.

    Raises:
        CommandFailed: it cannot be read.
        BadRequest: it is not in the format, or does not fit the text; the field is named.
    """
    from wzrd.language.breakdown.checks import check_breakdown
    from wzrd.screenplay.model import briefs_of

    return check_breakdown(_read_brought(file), briefs_of(screenplay))
