"""The stages of `wzrd film` that the API works on: pictures, clips, cut; each followed to its end."""

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from rich.console import Console

from server.cli.board import Board, plural
from server.cli.budget import Budget
from server.cli.film.price import FilmModels
from server.cli.film.refused import RefusedShot
from server.cli.stages import StageView, WorkStage, choose_stage_view
from wzrd.client import Event, UnifiedGenerationService
from wzrd.contracts.breakdown import ReadingPlan
from wzrd.domain.shots import shot_label

LONGEST_ERRORS = 5
CUT_STAGES = {
    "syncing_assets": "reading the timeline",
    "preflighting_assets": "checking what there is",
    "provider_processing": "conforming clips, scoring",
    "downloading_assets": "joining",
    "uploading_final_video": "storing",
}
"""The documented stages of a cut, as a person would say what happens here."""


@dataclass(slots=True)
class Production:
    """A film on its way, and what has come of it. `gated`: clips of approved stills; `awaiting`: how many are not.

    `order`: what its project was imported by; `refused`: what vendors refused by its content, once at least.
    """

    client: UnifiedGenerationService
    project_id: UUID
    order: Mapping[str, Any]
    console: Console
    as_json: bool
    models: FilmModels = field(default_factory=FilmModels)
    gated: bool = False
    awaiting: int = 0
    spent: int = 0
    paid: list[UUID] = field(default_factory=list[UUID])
    board: Board = field(default_factory=lambda: Board([]))
    kept: int = 0
    begun: float = field(default_factory=time.monotonic)
    running: list[UUID] = field(default_factory=list[UUID])
    refused: list[RefusedShot] = field(default_factory=list[RefusedShot])
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sheet_url: str = ""
    scene_numbers: Mapping[str, int] = field(default_factory=dict[str, int])

    async def left(self) -> Budget:
        """Budget that is left: credits that were charged and dollars that vendors may ask are spent."""
        budget, paid, usd = self.models.budget, set(map(str, self.paid)), Decimal(0)
        if budget.max_usd is not None and paid:
            lines = (await self.client.costs(by="run")).lines
            usd = sum((Decimal(str(line.spent_usd)) for line in lines if line.key in paid), usd)
        return budget.left(self.spent, usd)

    async def keep_former_shots(self) -> None:
        """Scenes that read as before, to whoever reads them, keep the shots of the film before."""
        await self.client.import_project(**{**self.order, "keep_shots": True})

    @property
    def seconds(self) -> float:
        """Since it was begun."""
        return time.monotonic() - self.begun


async def read_scenes(production: Production, plan: ReadingPlan) -> None:
    """Have the model read the scenes, and follow it; what it does not read the rules do, and that is told."""
    stage = WorkStage("reading", plan.queued)
    async with choose_stage_view([stage], as_json=production.as_json) as view:
        stage.begin()
        left = await production.left()
        answer = await production.client.read_breakdown(
            production.project_id,
            model=plan.model,
            max_credits=left.credits,
            max_usd=left.max_usd,
            allow_unpriced=left.unpriced if left.max_usd else (),
        )
        production.paid.append(answer.run_id)
        view.changed(stage)
        async for event in follow_run(production, answer.run_id):
            match event.name, event.data:
                case "scene", {"status": "completed"}:
                    stage.done += 1
                case "scene", {"status": "failed", "error": error}:
                    stage.failed += 1
                    stage.errors.append(f"scene {event.data.get('sceneNumber')}: {error}; read by rule")
                case "complete", {"spent": int(spent)}:
                    production.spent += spent
                    stage.detail = f"{event.data.get('mended')} mended by rule"
                    stage.end()
                case _:
                    pass
            view.changed(stage, event)


async def make_media(production: Production, view: StageView, stage: WorkStage, phase: str) -> bool:
    """One phase of auto-generate, followed to its end; whether every shot has what it needs.

    A batch of clips that an approval has begun leaves those that nobody approved: with leave for them, they are next.
    """
    good = await _follow_batch(production, view, stage, phase)
    if good and phase == "videos" and production.awaiting and not production.gated:
        return await _follow_batch(production, view, stage, phase)
    return good


async def _follow_batch(production: Production, view: StageView, stage: WorkStage, phase: str) -> bool:
    stage.begin()
    left = await production.left()
    answer = await production.client.auto_generate(
        production.project_id,
        phase,
        model=production.models.of(phase),
        max_credits=left.credits,
        max_usd=left.max_usd,
        allow_unpriced=left.unpriced,
        require_approval=production.gated and phase == "videos",
        sheets=production.models.sheets_for(phase),
        soften=production.models.soften,
        **production.models.speech_for(phase),
    )
    production.paid.append(answer.run_id)
    stage.total, kept = answer.total, answer.skipped - (answer.awaiting_approval or 0)
    stage.done = stage.reused = kept
    view.changed(stage)
    async for event in follow_run(production, answer.run_id):
        if (refused := RefusedShot.of(event)) is not None:
            production.refused.append(refused)
        if event.name == "speech":
            _take_speech(stage, event)
        else:
            _take(production, stage, event, kept)
        if event.name == "complete":
            production.sheet_url = str(event.data.get("sheetUrl") or "") or production.sheet_url
            stage.reused = kept + int(event.data.get("reused") or 0)
            production.spent += int(event.data.get("spent") or 0)
            production.awaiting = int(event.data.get("awaitingApproval") or 0)
            stage.end(str(event.data.get("error") or "") if event.data.get("status") == "canceled" else "")
        elif event.name == "error":
            stage.end(str(event.data.get("error") or "failed"))
        view.changed(stage, event)
    return stage.state == "done"


def _take_speech(stage: WorkStage, event: Event) -> None:
    """A voice or lips, on their way or ended."""
    step, error = str(event.data.get("step")), event.data.get("error")
    stage.detail = f"{step} {event.data.get('status')}"
    if error and len(stage.errors) < LONGEST_ERRORS:
        stage.errors.append(f"{step}: {error}")


def _take(production: Production, stage: WorkStage, event: Event, kept: int) -> None:
    label = shot_label(production.scene_numbers.get(str(event.data.get("sceneId"))), event.data.get("shotNumber"))
    match event.name, event.data:
        case "progress", {"completed": int(completed), "failed": int(failed), "total": int(total)}:
            stage.done, stage.failed, stage.total = kept + completed, failed, max(stage.total, kept + total)
            if (seconds := event.data.get("secondsLeft")) and isinstance(seconds, int):
                stage.seconds_left = seconds
        case "sheet", {"name": name, "status": status}:
            stage.detail = f"sheet of {name} {status}"
            if error := event.data.get("error"):
                stage.errors.append(f"sheet of {name}: {error}")
        case "shot", {"queuePosition": int(place)}:
            stage.detail = f"{label} waits, {plural(place, 'place')} from the front"
        case "shot", {"message": message}:
            stage.detail = f"{label}: {message}"
        case "shot", {"status": "failed", "error": error}:
            if len(stage.errors) < LONGEST_ERRORS:
                stage.errors.append(f"{label}: {error}")
        case "shot", {"status": status}:
            stage.detail = f"{label} {status}"
        case _:
            pass


async def make_cut(production: Production, view: StageView, stage: WorkStage) -> bool:
    """Director's Cut, followed to its end; whether there is a film."""
    stage.begin()
    view.changed(stage)
    settings = await _cut_settings(production)
    job = await production.client.director_cut("create", projectId=str(production.project_id), settings=settings)
    production.paid.append(UUID(str(job["jobId"])))
    async for event in follow_run(production, UUID(str(job["jobId"]))):
        stage.done = int(event.data.get("progress") or stage.done)
        stage.detail = CUT_STAGES.get(str(event.data.get("stage")), stage.detail)
        if settings and str(event.data.get("item")).startswith("voice/"):
            stage.detail = f"{event.data.get('name')} recorded"
        if event.name == "complete":
            production.result = event.data
            production.spent += int(event.data.get("credits") or 0)
            stage.end("" if event.data.get("outputUrl") else str(event.data.get("error") or event.data.get("status")))
        elif event.name == "error":
            stage.end(str(event.data.get("error") or "failed"))
        view.changed(stage, event)
    return stage.state == "done"


async def _cut_settings(production: Production) -> dict[str, Any]:
    """Nothing but the voices, and what is left for them."""
    models, left = production.models, await production.left()
    if not models.voices:
        return {}
    limits: dict[str, Any] = {"maxCredits": left.credits, "maxUsd": left.max_usd}
    limits["allowUnpriced"] = list(left.unpriced) if left.max_usd else None
    return {"voices": dict(models.voices), **{name: value for name, value in limits.items() if value is not None}}


async def follow_run(production: Production, run_id: UUID) -> AsyncGenerator[Event]:
    """The run's events; while they come, the run counts as under way."""
    production.running.append(run_id)
    async with aclosing(production.client.follow(run_id)) as events:
        async for event in events:
            yield event
    production.running.remove(run_id)
