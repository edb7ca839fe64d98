"""`wzrd bible`: the sheets of a project's people, places and props, and what is remade when one is replaced."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from cyclopts import Parameter

from server.cli import DONE, UsageError
from server.cli.board import plural
from server.cli.budget import NO_BUDGET, Budget, BudgetOption, UnpricedOption
from server.cli.caller import CommandFailed, JsonOption, ProjectName, UserOption, calling, identify
from server.cli.remaking import describe_price, tell_clips
from server.cli.shots import find_project
from server.cli.takes import make_again
from wzrd.client import UnifiedGenerationService
from wzrd.contracts.auto_generate import AutoGeneratePlan
from wzrd.contracts.bible import SheetView
from wzrd.contracts.wire import dumps
from wzrd.domain.money import FREE, add_up, read_cost

Kind = Literal["person", "place", "prop"]
_EXAMPLE = "for example `wzrd bible PROJECT replace person MIKE photo.jpg`"


@dataclass(frozen=True, slots=True)
class _Remake:
    """Wishes for shots that are made again: clips too, by which model, for how much."""

    clips: bool
    model: str | None
    budget: Budget
    plan_only: bool
    as_json: bool


async def bible(
    project: ProjectName,
    action: Literal["list", "add", "replace", "delete", "remake"] = "list",
    kind: Kind | None = None,
    name: str = "",
    file: Path | None = None,
    *,
    look: str = "",
    clips: Annotated[bool, Parameter(negative=())] = False,
    plan: Annotated[bool, Parameter(negative=())] = False,
    model: str | None = None,
    budget: BudgetOption = NO_BUDGET,
    unpriced: UnpricedOption = (),
    user: UserOption = None,
    json_output: JsonOption = False,
) -> int:
    """List the sheets of a project's people, places and props; give, replace or delete one.

    `add` only keeps the picture. `replace` tells the price, keeps it, and makes exactly those shots again that show
    what is on it; `remake` does that for shots whose pictures were made of a former sheet.

    Args:
        action: list, add, replace, delete or remake.
        kind: person, place or prop.
        name: As the screenplay has it: MIKE.
        file: A picture, for add and replace.
        look: Of a person: the number of the scene from which on they wear that. Of a place: night.
        clips: Make the clips of these shots again, too.
        plan: Only tell what would be made again, and its price.
        model: By which model; without it the one that made what the first of these shots has.
    """
    _check(action, kind, name, file)
    how = _Remake(clips, model, Budget(budget.credits, budget.usd, unpriced), plan, json_output)
    async with calling(await identify(user)) as client:
        project_id, _ = await find_project(client, project)
        match action, kind, file:
            case "add", str(), Path():
                _print(await client.give_sheet(project_id, kind, name, file, look=look), as_json=json_output)
            case "replace", str(), Path():
                return await _replace(client, project_id, (kind, name, look), file, how)
            case "delete", str(), _:
                await _delete(client, project_id, (kind, name, look))
            case "remake", _, _:
                stale = {one for sheet in (await client.bible(project_id)).sheets for one in sheet.stale}
                return await _remake(client, project_id, await _price(client, project_id, stale, None, how), how)
            case _:
                await _list(client, project_id, as_json=json_output)
    return DONE


async def _delete(client: UnifiedGenerationService, project_id: UUID, named: tuple[Kind, str, str]) -> None:
    kind, name, look = named
    gone = await client.delete_sheet(project_id, kind, name, look=look)
    words = (("image", "picture"), ("video", "clip"))
    made = [plural(sum(one.media == media for one in gone.made_from), word) for media, word in words]
    print(f"{gone.key} is deleted; made from it, and still there: {' and '.join(made)}")


async def _list(client: UnifiedGenerationService, project_id: UUID, *, as_json: bool) -> None:
    answer = await client.bible(project_id)
    for sheet in answer.sheets:
        _print(sheet, as_json=as_json)
    if answer.missing and not as_json:
        print(f"without a sheet: {', '.join(answer.missing)}", file=sys.stderr)


def _check(action: str, kind: Kind | None, name: str, file: Path | None) -> None:
    """See that an action has all that it needs.

    Raises:
        UsageError: it has not.
    """
    if action in {"add", "replace", "delete"} and (kind is None or not name):
        raise UsageError(f"{action} whose sheet?", remedy=_EXAMPLE)
    if action in {"add", "replace"} and (file is None or not file.is_file()):
        raise UsageError(f"{file} is no file" if file else f"{action} which picture?", remedy=_EXAMPLE)


def _print(sheet: SheetView, *, as_json: bool) -> None:
    if as_json:
        print(dumps(sheet.wire()).decode(), flush=True)
        return
    words = [f"{sheet.key:<28}{sheet.origin:<7}", sheet.model, f"in {plural(len(sheet.shots), 'shot')}"]
    words += [f"{len(sheet.stale)} of a former sheet"] if sheet.stale else []
    print("  ".join(filter(None, [*words, sheet.url])), flush=True)


async def _replace(
    client: UnifiedGenerationService, project_id: UUID, named: tuple[Kind, str, str], file: Path, how: _Remake
) -> int:
    """Tell the price, keep the picture, and make exactly the shots again that show what is on it."""
    kind, name, look = named
    former = next(iter((await client.bible(project_id, kind, name, look=look)).sheets), None)
    plans = await _price(client, project_id, former.shots if former else (), former, how)
    if how.plan_only:
        return DONE
    _print(await client.give_sheet(project_id, kind, name, file, look=look), as_json=how.as_json)
    return await _remake(client, project_id, plans, how)


async def _price(
    client: UnifiedGenerationService,
    project_id: UUID,
    shots: Sequence[UUID] | set[UUID],
    sheet: SheetView | None,
    how: _Remake,
) -> list[AutoGeneratePlan]:
    """The plans of what is made again: pictures that are sent this sheet (None: whatever they are sent), and clips.

    Raises:
        CommandFailed: it may be more than the budget; nothing has been changed.
    """
    takes = [one for one in await client.takes(project_id) if one.chosen and one.shot_id in set(shots)]
    pictures = [one.shot_id for one in takes if one.media == "image"]
    plans: list[AutoGeneratePlan] = []
    if pictures:
        plan = await client.plan_auto_generate(project_id, "images", model=how.model, shots=pictures)
        shown = [one.shot_id for one in plan.items if sheet is None or sheet.key in one.sheets]
        if shown:
            plans.append(await client.plan_auto_generate(project_id, "images", model=plan.model, shots=shown))
        filmed = [one.shot_id for one in takes if one.media == "video" and one.shot_id in shown]
        if filmed and how.clips:
            plans.append(await client.plan_auto_generate(project_id, "videos", shots=filmed))
        elif filmed:
            await tell_clips(client, project_id, filmed, "--clips")
    total, costs = sum(one.estimated_credits for one in plans), [read_cost(one.estimated_cost) or FREE for one in plans]
    print(describe_price(plans, " to be made again"), file=sys.stderr)
    if how.budget.credits is not None and total > how.budget.credits:
        raise CommandFailed(f"that may cost {total} credits, more than the budget of {how.budget.credits}")
    how.budget.check_money(add_up(c for c in costs if c.most is not None), "", "that")
    for one in plans:
        how.budget.check_money(read_cost(one.estimated_cost) or FREE, one.model, "these shots")
    return plans


async def _remake(
    client: UnifiedGenerationService, project_id: UUID, plans: Sequence[AutoGeneratePlan], how: _Remake
) -> int:
    """Make what was priced, pictures before clips; the exit code."""
    code = DONE
    for plan in () if how.plan_only else plans:
        most = plan.estimated_credits if how.budget.credits is not None else None
        shots, order = [one.shot_id for one in plan.items], {"model": plan.model, "max_credits": most, "soften": True}
        made = make_again(client, project_id, plan.phase, shots, how.budget, as_json=how.as_json, **order)
        code = max(code, await made)
    return code
