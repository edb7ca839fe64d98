"""Price of a film, told before anything is made, and refused where it is more than its budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from rich.text import Text

from server.cli.board import SceneBoard, plural
from server.cli.caller import Begin, CommandFailed
from server.cli.film.voices import VoicesPrice, price_voices
from wzrd.client import UnifiedGenerationService
from wzrd.contracts.auto_generate import AutoGeneratePlan
from wzrd.domain.credits import gen_shots_price
from wzrd.models.sounds import SPEECH

ANIMATIC = "animatic"


@dataclass(frozen=True, slots=True)
class FilmModels:
    """Who makes a film's pictures and clips, who speaks, and what all of it may cost (None: whatever it does)."""

    image: str = ANIMATIC
    video: str = ANIMATIC
    budget: int | None = None
    voices: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def free(self) -> bool:
        """True if there is nothing to tell beforehand: shots have their documented price."""
        return self.image == self.video == ANIMATIC and self.budget is None and not self.voices

    def of(self, phase: str) -> str:
        """The model of a phase."""
        return self.image if phase == "images" else self.video


@dataclass(frozen=True, slots=True)
class FilmPrice:
    """Parts that are still to be made, and what each costs at most: shots to be written, pictures, clips, lines."""

    shots: int
    pictures: int
    clips: int
    shots_credits: int
    images: AutoGeneratePlan
    videos: AutoGeneratePlan
    written: int
    voices: VoicesPrice = field(default_factory=VoicesPrice)

    @property
    def pictures_credits(self) -> int:
        """Shots that are yet to be written come with their words."""
        return self.images.estimated_credits + self.written * self.images.credits

    @property
    def clips_credits(self) -> int:
        """Every clip costs the same."""
        return self.clips * self.videos.credits

    @property
    def total(self) -> int:
        """All of it."""
        return self.shots_credits + self.pictures_credits + self.clips_credits + self.voices.total

    def text(self) -> Text:
        """The price for people: its parts, their sum, what there is to spend, and who stands in for whom."""
        parts = [
            f"{plural(self.written, 'shot')} to write: {self.shots_credits}" if self.written else "",
            f"{plural(self.pictures, 'picture')} by {self.images.model}: {self.pictures_credits}"
            if self.pictures
            else "",
            f"{plural(self.clips, 'clip')} by {self.videos.model}: {self.clips_credits}" if self.clips else "",
            f"{plural(self.voices.lines, 'line')} by {SPEECH}: {self.voices.total}" if self.voices.lines else "",
        ]
        line = Text("; ".join(filter(None, parts)) or "nothing is missing")
        line.append(f"\nat most {plural(self.total, 'credit')} of {self.images.available_credits:,}", "bold")
        for plan in (self.images, self.videos):
            if plan.fallback_reason:
                line.append(f"\n{plan.phase}: {plan.model} stands in ({plan.fallback_reason})", "yellow")
        if self.voices.fallback_reason:
            line.append(f"\nvoices: scratch voices stand in ({self.voices.fallback_reason})", "yellow")
        return line

    def facts(self) -> dict[str, object]:
        """The price for programs: credits of each part, in total and available; and the models."""
        return {
            "shots": self.shots_credits,
            "images": self.pictures_credits,
            "videos": self.clips_credits,
            "voices": self.voices.total,
            "total": self.total,
            "available": self.images.available_credits,
            "models": {plan.phase: plan.model for plan in (self.images, self.videos)},
        }

    def check(self, budget: int | None) -> None:
        """See that it stays within the budget.

        Raises:
            CommandFailed: it may not; nothing has been made.
        """
        if budget is not None and self.total > budget:
            raise CommandFailed(
                f"this film may cost {self.total} credits, more than its budget of {budget}",
                remedy="raise --budget, name cheaper models or fewer voices, or write fewer shots with --shots",
            )


async def price_film(
    client: UnifiedGenerationService,
    begin: Begin,
    project_id: UUID,
    user_id: UUID,
    models: FilmModels,
    unwritten: Sequence[SceneBoard],
) -> FilmPrice:
    """The price of all that is missing; `unwritten`: the scenes whose shots are yet to be written.

    Raises:
        GenerationError: one of the models is refused.
        BadRequest, CommandFailed: the voices are, as by `price_voices`.
    """
    voices = await price_voices(client, begin, project_id, user_id, models.voices)
    images = await client.plan_auto_generate(project_id, "images", model=models.image)
    videos = await client.plan_auto_generate(project_id, "videos", model=models.video)
    written = sum(scene.count for scene in unwritten)
    return FilmPrice(
        shots=images.total + written,
        pictures=images.queued + written,
        clips=videos.queued + videos.waiting + written,
        shots_credits=sum(gen_shots_price(scene.count) for scene in unwritten),
        images=images,
        videos=videos,
        written=written,
        voices=voices,
    )
