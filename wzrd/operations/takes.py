"""Takes of a project's shots: listed, chosen, approved; what an approval lets begin, begins."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from wzrd.contracts.takes import ApprovalAnswer, TakeView
from wzrd.db.engine import Tx
from wzrd.db.projects import find_own_projects, lock_project
from wzrd.db.storyboards import read_storyboard
from wzrd.db.takes import (
    ShotTake,
    Verdict,
    choose_take,
    find_take_of,
    judge_stills,
    list_approved,
    list_takes,
    lock_shots,
)
from wzrd.domain.auto_generate import has_image
from wzrd.domain.errors import BadRequest, NotFound, RunStopped, WzrdError
from wzrd.domain.ids import parse_uuid
from wzrd.domain.project_choice import found_in_project, project_id_of
from wzrd.operations.auto_generate.kind import Started, start_approved
from wzrd.runtime.process import Runtime


@dataclass(frozen=True, slots=True)
class Judgement:
    """A user's verdict on the chosen stills of these shots (None: all); `lock` as `ApprovalRequest` has it."""

    user_id: UUID
    project_id: str
    verdict: Verdict
    shots: Sequence[UUID] | None
    lock: bool | None = None


async def show_takes(runtime: Runtime, user_id: UUID, project_id: str, shot_id: UUID | None) -> list[TakeView]:
    """The takes of a project of the user's, or of one of its shots.

    Raises:
        NotFound: no such project of the user's.
    """
    async with runtime.begin() as tx:
        own = await _find_project(tx, user_id, project_id)
        return [view_of(take) for take in await list_takes(tx, own, shot_id=shot_id)]


async def choose(runtime: Runtime, user_id: UUID, project_id: str, take_id: str) -> TakeView:
    """Make the take the shot's own: its row shows it. A still that is changed so is to be approved anew.

    Raises:
        NotFound: no such project or take of the user's.
    """
    wanted = parse_uuid(take_id)
    async with runtime.begin() as tx:
        own = await _find_project(tx, user_id, project_id)
        take = await find_take_of(tx, own, wanted) if wanted is not None else None
        if take is None:
            raise NotFound("Take not found")
        await choose_take(tx, take)
        chosen = await find_take_of(tx, own, take.take_id)
    assert chosen is not None, "its shot's row is held"
    return view_of(chosen)


async def judge(runtime: Runtime, judgement: Judgement) -> tuple[ApprovalAnswer, Started | None]:
    """Approve or reject stills, and start the clips that may start now. The verdict stands whatever becomes of these.

    Raises:
        NotFound: no such project of the user's.
        BadRequest: a shot that is named has no still.
    """
    async with runtime.begin() as tx:
        project_id = await _find_project(tx, judgement.user_id, judgement.project_id)
        await lock_project(tx, project_id, user_id=judgement.user_id)
        judged = await judge_stills(tx, project_id, judgement.shots, judgement.verdict, user_id=judgement.user_id)
        if missing := [shot_id for shot_id in judgement.shots or () if shot_id not in judged]:
            raise BadRequest(f"shot {missing[0]} of this project has no picture to judge", field="shots")
        if judgement.lock is not None:
            await lock_shots(tx, judged, locked=judgement.lock)
        approved, storyboard = await list_approved(tx, project_id), await read_storyboard(tx, project_id)
    stills = [shot.shot_id for _, shot in storyboard or () if has_image(shot)]
    started, refusal = await _start(runtime, judgement, project_id)
    answer = ApprovalAnswer(
        shots=sorted(judged),
        approved=sum(shot_id in approved for shot_id in stills),
        awaiting=sum(shot_id not in approved for shot_id in stills),
        run_id=started.run_id if started else None,
        not_started=refusal,
    )
    return answer, started


async def _start(runtime: Runtime, judgement: Judgement, project_id: UUID) -> tuple[Started | None, str | None]:
    """The batch of clips that may start now, or why it may not."""
    if judgement.verdict != "approved":
        return None, None
    try:
        return await start_approved(runtime, judgement.user_id, project_id), None
    except RunStopped:
        raise
    except WzrdError as error:
        return None, error.message


async def _find_project(tx: Tx, user_id: UUID, project_id: str) -> UUID:
    wanted = project_id_of(project_id)
    return found_in_project(next(iter(await find_own_projects(tx, user_id, [wanted])), None))


def view_of(take: ShotTake) -> TakeView:
    """The take as the wire has it."""
    columns = asdict(take)
    return TakeView(id=columns.pop("take_id"), media=columns.pop("made"), **columns)
