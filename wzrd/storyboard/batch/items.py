"""The items of a batch with their shots, as found and as they stand now; and how one is claimed."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from typing_extensions import Unpack

from wzrd.contracts.auto_generate import SpeechFacts, shot, speech
from wzrd.db.engine import mirrored
from wzrd.db.items import Item, find_item, list_items
from wzrd.db.provider_jobs import list_item_jobs
from wzrd.db.runs import RunRow, find_run
from wzrd.db.shot_work import look_before_work
from wzrd.db.shots import mark_generating
from wzrd.db.storyboards import find_shot, read_storyboard
from wzrd.domain.auto_generate import MEDIA, BatchShot, Phase, pinned_maker, read_phase
from wzrd.domain.bible import SHEET_ITEM
from wzrd.domain.errors import Conflict, NotConfigured, NotFound, ProviderError, ProviderUnknown
from wzrd.domain.offline import stand_in_reason
from wzrd.domain.shots import Line
from wzrd.domain.speech import KeptRoute, read_route
from wzrd.domain.storyboard import StoryboardScene, StoryboardShot
from wzrd.domain.submission import plan_submission
from wzrd.generation.approval import still_gate
from wzrd.generation.submissions import spent_error
from wzrd.generation.values import Gate
from wzrd.models.media_choice import MediaChoice, choose_media, read_choice, stand_in_choice
from wzrd.providers.base import is_queue
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime
from wzrd.storyboard.films import StoryboardSnapshot, open_film

RIVAL_SECONDS = 1.0
"""Seconds between two checks by a batch that another run's work on its shot has ended."""


@dataclass(frozen=True, slots=True)
class ItemContext:
    """An item with all that it is about: the shot as it stands now, in its film as the run found it."""

    run: RunRow
    item: Item
    phase: Phase
    film: StoryboardSnapshot
    scene: StoryboardScene
    shot: StoryboardShot
    choice: MediaChoice

    @property
    def route(self) -> KeptRoute | None:
        """The way of the shot's lines, as it was priced; None: nobody is paid to speak."""
        return read_route(self.run.params, self.shot.shot_id)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Lines of the shot."""
        return self.film.dialogue.lines.get(self.shot.shot_id, ())

    @property
    def label(self) -> str:
        """Label that a person knows the shot by."""
        return BatchShot(self.scene, self.shot).label

    @property
    def made(self) -> str:
        """Medium that is made: image or video."""
        return MEDIA[self.phase]

    @property
    def again(self) -> bool:
        """True if the shot gets one more take, whatever it has."""
        return "shots" in self.run.params

    @property
    def gate(self) -> Gate | None:
        """Gate that a clip has to pass before it is made; None: a picture has none."""
        if self.phase == "images":
            return None
        asked = bool(self.run.params.get("requireApproval"))
        return still_gate(self.film.storyboard.project_id, self.shot.shot_id, self.shot.image_url, asked=asked)

    def speech_event(self, step: str, status: str, **more: Unpack[SpeechFacts]) -> dict[str, Any]:
        """The event of the shot's voice or lips."""
        return speech(shot_id=self.shot.shot_id, step=step, status=status, **more)

    def event(self, status: str, **more: Any) -> dict[str, Any]:
        """The shot's event."""
        return shot(
            shot_id=self.shot.shot_id,
            scene_id=self.scene.scene_id,
            shot_number=self.shot.number,
            phase=self.phase,
            status=status,
            **more,
        )


async def list_chains(runtime: Runtime, run_id: UUID) -> list[list[tuple[str, str]]]:
    """The shots that are still to be made, in order: of each its open items, which are made one after another.

    An item is its key, and what a person calls its shot.
    """
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
        storyboard = await read_storyboard(tx, run.project_id) if run is not None and run.project_id else None
    film = StoryboardSnapshot(storyboard) if storyboard is not None else None
    chains: dict[UUID | None, list[tuple[str, str]]] = {}
    for item in items:
        if item.status in {"pending", "running"} and item.entity_type != SHEET_ITEM:
            chains.setdefault(item.entity_id, []).append((item.key, label_of(film, item)))
    return list(chains.values())


def label_of(film: StoryboardSnapshot | None, item: Item) -> str:
    """Label that a person knows the item's shot, or its sheet, by."""
    if item.entity_type == SHEET_ITEM:
        return item.key.replace("/", " of ", 1)
    found = film.find(item.entity_id) if film and item.entity_id else None
    return BatchShot(*found).label if found else "a deleted shot"


def choice_of(runtime: Runtime, run: RunRow, phase: Phase, item: Item | None = None) -> MediaChoice:
    """The model of the run: as chosen and priced at its start, unless its provider cannot be asked any more.

    The item of a shot whose people are seen speaking, or of which there is no picture, may have another.

    Raises:
        NotConfigured: it cannot, and nothing may stand in.
    """
    about = (item.entity_id, item.entity_type) if item is not None else (None, None)
    pinned = pinned_maker(run.params, *about)
    if pinned is None:  # a run of an earlier version
        chosen, settings = run.params.get("chosen"), runtime.settings
        return choose_media(chosen, MEDIA[phase], offline=settings.offline, obstacle=runtime.providers.obstacle)
    choice = read_choice(pinned)
    obstacle = None if choice.drawn else runtime.providers.obstacle(choice.target.provider, MEDIA[phase])
    if obstacle is None:
        return choice
    reason = stand_in_reason(obstacle, offline=runtime.settings.offline)
    return stand_in_choice(MEDIA[phase], reason or obstacle)


async def find_shot_item(runtime: Runtime, run_id: UUID, key: str) -> tuple[RunRow, Item]:
    """A run and one of its items, which is about a shot.

    Raises:
        NotFound: there is none.
    """
    async with runtime.begin() as tx:
        run, item = await find_run(tx, run_id), await find_item(tx, run_id, key)
    if run is None or item is None or item.entity_id is None or run.project_id is None:
        raise NotFound(f"run {run_id} has no item {key}")
    return run, item


async def find_context(runtime: Runtime, run: RunRow, item: Item) -> ItemContext | None:
    """The shot as it stands now, in its scene and film; None when it is no longer there."""
    assert item.entity_id is not None, "find_shot_item refused it otherwise"
    assert run.project_id is not None, "find_shot_item refused it otherwise"
    lease, phase = runtime.leases.current(run.run_id), read_phase(run.params["phase"])
    async with runtime.begin() as tx:
        now = await find_shot(tx, run.project_id, item.entity_id)
    if now is None:
        return None
    film = await open_film(runtime, lease, run.project_id)
    if film is not None and not film.describes(now):
        film = await open_film(runtime, lease, run.project_id, instead_of=film)
    found = film.find(now.shot_id) if film is not None else None
    if film is None or found is None:
        return None
    return ItemContext(run, item, phase, film, found[0], now, choice_of(runtime, run, phase, item))


async def find_bar(runtime: Runtime, context: ItemContext) -> ProviderError | None:
    """Why nothing may be sent: a former attempt's submit may have been accepted, or it was made for nothing.

    None where nothing bars it, or its user has allowed another.
    """
    choice = context.choice
    if choice.drawn or context.run.attempt < 2:
        return None
    async with runtime.begin() as tx:
        jobs = await list_item_jobs(tx, context.run.run_id, context.item.key)
    try:
        provider = runtime.providers.find(choice.target.provider, context.made)
    except NotConfigured:
        return None
    records = [job.submission for job in jobs]
    plan = plan_submission(records, choice.target, recovery=provider.recovery, queued=is_queue(provider))
    if plan.act != "refuse":
        return None
    if plan.spent:
        return spent_error(choice.target, plan.spent)
    message = f"{choice.target} may have made this before; a retry with resubmitUnknown sends it once more"
    return ProviderUnknown(message)


async def begin_shot(runtime: Runtime, context: ItemContext) -> str:
    """Begin the item, with its event, or return the address of the shot's image or video that is there by now.

    While another run works on it this one waits: the same thing is not paid twice. What was begun before this process
    was there goes on.

    Raises:
        NotFound: the shot was deleted meanwhile.
        Conflict: it was locked meanwhile.
        AwaitingApproval: its still has to be approved first.
        LeaseLost, CancelRequested: the run may not go on here.
    """
    run_id, item, made, gate = context.run.run_id, context.item, context.made, context.gate
    project_id, shot_id = context.film.storyboard.project_id, context.shot.shot_id
    while True:
        async with step(runtime, runtime.leases.current(run_id)) as current:
            claim = await look_before_work(current.tx, project_id, shot_id, made, run_id=run_id)
            if claim.gone:
                raise NotFound(f"shot {shot_id} was deleted meanwhile")
            if claim.made and not context.again:
                return claim.made
            if claim.locked and not context.again:
                raise Conflict("the shot is locked", code="locked")
            if gate is not None:
                await gate(current.tx)
            if claim.concurrent is None or item.status == "running":
                if await current.move([item.key], from_status=("pending",), to="running", phase="generating"):
                    if not claim.made:  # what it has is shown until there is another take
                        async with mirrored(current.tx):
                            await mark_generating(current.tx, shot_id, made)
                    current.emit("shot", context.event("generating"))
                return ""
        await asyncio.sleep(RIVAL_SECONDS)
