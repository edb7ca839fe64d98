"""Price of a film and of its voices (`--voice`), told before anything is made, and refused beyond its budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from rich.text import Text

from server.cli.board import SceneBoard, plural
from server.cli.budget import NO_BUDGET, Budget
from server.cli.caller import CommandFailed
from server.cli.film.speech import consecutive_clips, lips_credits, price_voices, speech_remarks, speech_texts
from server.cli.film.spending import Spending, plan_lines
from wzrd.client import UnifiedGenerationService
from wzrd.contracts.auto_generate import AutoGeneratePlan
from wzrd.contracts.breakdown import ReadingPlan
from wzrd.contracts.director_cut import VoicesPlan
from wzrd.domain.credits import gen_shots_price, split_shots
from wzrd.domain.money import FREE, Cost, add_up, read_cost
from wzrd.domain.offline import ANIMATIC
from wzrd.models.media_choice import reference_model
from wzrd.models.routing import ALIAS_OF, routed_catalog
from wzrd.models.shot_inputs import takes_reference
from wzrd.models.sounds import SPEECH


@dataclass(frozen=True, slots=True)
class FilmModels:
    """Who makes a film's pictures and clips, who speaks, whose sheets are made, and what all of it may cost."""

    image: str = ANIMATIC
    video: str = ANIMATIC
    budget: Budget = NO_BUDGET
    voices: Mapping[str, str] = field(default_factory=dict[str, str])
    sheets: Literal["people", "all", "none"] = "people"
    lips: tuple[str, ...] = ()
    native_sound: bool = False
    soften: bool = True

    def speech_for(self, phase: str) -> dict[str, Any]:
        """Who speaks in a phase: before clips that are paid, since a clip is as long as its voices; and its sound."""
        if phase != "videos" or self.video == ANIMATIC:
            return {}
        said = {"voices": self.voices, "lips": self.lips} if self.voices else {}
        return {**said, **({"native_sound": True} if self.native_sound else {})}

    def sheets_for(self, phase: str) -> Literal["people", "all", "none"]:
        """Whose sheets a phase makes: before pictures that are paid."""
        return "none" if phase != "images" or self.image == ANIMATIC else self.sheets

    @property
    def free(self) -> bool:
        """True if there is nothing to tell beforehand: shots have their documented price."""
        return self.image == self.video == ANIMATIC and self.budget.is_open and not self.voices

    def of(self, phase: str) -> str:
        """The model of a phase."""
        return self.image if phase == "images" else self.video


@dataclass(frozen=True, slots=True)
class FilmPrice:
    """Parts that are still to be made, and what each costs at most: shots to be written, pictures, clips, lines.

    `costs`: what the vendors may ask in money, by model; `spending`: all of it by scene.
    """

    pictures: int
    clips: int
    shots_credits: int
    images: AutoGeneratePlan
    videos: AutoGeneratePlan
    written: int
    reading: ReadingPlan | None = None
    voices: VoicesPlan = field(default_factory=VoicesPlan)
    costs: Mapping[str, Cost] = field(default_factory=dict[str, Cost])
    spending: Spending = field(default_factory=lambda: Spending(()))

    @property
    def pictures_credits(self) -> int:
        """Shots that are yet to be written come with their words; sheets are made before them."""
        more = self.written * self.images.credits + self.images.more_sheets * self.images.sheet_credits
        return self.images.estimated_credits + more

    @property
    def sheets(self) -> int:
        """Sheets that are made, at most."""
        return len(self.images.sheets) + self.images.more_sheets

    @property
    def clips_credits(self) -> int:
        """Every clip costs the same; lines that outlast one take several."""
        return (self.clips + consecutive_clips(self.videos)) * self.videos.credits

    @property
    def lips_credits(self) -> int:
        """Lips, and pictures that speak in place of a clip: what they cost beside the clips, at most."""
        return lips_credits(self.videos)

    @property
    def total(self) -> int:
        """All of it."""
        read = self.reading.estimated_credits if self.reading else 0
        made = self.shots_credits + self.pictures_credits + self.clips_credits + self.lips_credits
        return read + made + self.voices.total

    def text(self) -> Text:
        """The price for people: its parts, their sum, what there is to spend, and who stands in for whom."""
        reading, clips = self.reading, self.clips + consecutive_clips(self.videos)
        parts = [
            f"{plural(reading.queued, 'scene')} to read by {reading.model}: {reading.estimated_credits}"
            if reading
            else "",
            f"{plural(self.written, 'shot')} to write: {self.shots_credits}" if self.written else "",
            f"{plural(self.pictures, 'picture')}{self._with_sheets()} by {self._image_names()}: {self.pictures_credits}"
            if self.pictures
            else "",
            f"{plural(clips, 'clip')} by {self.videos.model}: {self.clips_credits}" if clips else "",
            *speech_texts(self.videos),
            f"{plural(self.voices.lines, 'line')} by {SPEECH}: {self.voices.total}" if self.voices.lines else "",
        ]
        line = Text("; ".join(filter(None, parts)) or "nothing is missing")
        line.append(f"\nat most {plural(self.total, 'credit')} of {self.images.available_credits:,}", "bold")
        if (asked := add_up(self.costs.values())).most != 0:
            line.append(f"\nat its vendors: {asked.text()}" + (f" ({asked.reason})" if asked.reason else ""))
        if self.clips and self.videos.own_sound is not None:
            line.append(f"\nclips are bought with{'' if self.videos.own_sound else 'out'} a sound of their own", "dim")
        for plan in (self.images, self.videos):
            if _stands_in(plan):
                line.append(f"\n{plan.phase}: {plan.model} stands in ({plan.fallback_reason})", "yellow")
        if words := self._unlike():
            line.append(f"\n{words}", "yellow")
        for words, style in speech_remarks(self.videos, self.voices):
            line.append(f"\n{words}", style)
        return line

    def _with_sheets(self) -> str:
        return f" and {plural(self.sheets, 'sheet')}" if self.sheets else ""

    def _image_names(self) -> str:
        bare = [one.model for one in self.images.items if one.model]
        return f"{self.images.model} ({len(bare)} of words, by {bare[0]})" if bare else self.images.model

    def _unlike(self) -> str:
        """A warning where paid pictures are made without references, and which model would take them."""
        model = routed_catalog().models.get(self.images.model)
        if not self.pictures or model is None or model.provider == ANIMATIC or takes_reference(model):
            return ""
        other = reference_model(model)
        told = f"people may look different from shot to shot: {model.id} takes no reference pictures"
        return f"{told}; {other} does" if other else told

    def facts(self) -> dict[str, object]:
        """The price for programs: credits of each part, in total and available; and the models."""
        return {
            "reading": self.reading.estimated_credits if self.reading else 0,
            "shots": self.shots_credits,
            "images": self.pictures_credits,
            "sheets": self.sheets,
            "videos": self.clips_credits,
            "lips": self.lips_credits,
            "speech": [one.wire() for one in self.videos.speech],
            "cast": [one.wire() for one in self.voices.cast],
            "voices": self.voices.total,
            "total": self.total,
            "available": self.images.available_credits,
            "cost": add_up(self.costs.values()).wire(),
            "lines": [one.wire() for one in self.spending.lines],
            "models": {plan.phase: plan.model for plan in (self.images, self.videos)},
        }

    def check(self, budget: Budget) -> None:
        """See that it stays within the budget.

        Raises:
            CommandFailed: it may not, or nobody knows what one of its models may cost; nothing has been made.
        """
        if budget.credits is not None and self.total > budget.credits:
            raise CommandFailed(
                f"this film may cost {self.total} credits, more than its budget of {budget.credits}",
                remedy="raise --budget, name cheaper models or fewer voices, or write fewer shots with --shots",
            )
        for model, cost in self.costs.items():
            if cost.most is None:
                budget.check_money(cost, model, f"what {model} makes")
        known = add_up(cost if cost.most is not None else FREE for cost in self.costs.values())
        budget.check_money(known, "", "this film")


def _stands_in(plan: AutoGeneratePlan) -> bool:
    """True if another model than the one that was asked for makes it; its vendor's name of it is its own."""
    model = routed_catalog().models.get(plan.model)
    return bool(plan.fallback_reason) and (model is None or plan.fallback_reason != f"{ALIAS_OF}{model.endpoint_id}")


async def price_film(
    client: UnifiedGenerationService,
    project_id: UUID,
    models: FilmModels,
    unwritten: Sequence[SceneBoard],
    reading: ReadingPlan | None = None,
) -> FilmPrice:
    """The price of all that is missing; `unwritten`: the scenes whose shots are yet to be written.

    Those of scenes that a model is yet to read (`reading`) are counted as the rules read them.

    Raises:
        GenerationError: one of the models is refused.
        CommandFailed: the voices are, as by `price_voices`.
    """
    voices = await price_voices(client, project_id, models.voices)
    images = await client.plan_auto_generate(
        project_id, "images", model=models.image, sheets=models.sheets_for("images")
    )
    videos = await client.plan_auto_generate(project_id, "videos", model=models.video, **models.speech_for("videos"))
    written = sum(scene.count for scene in unwritten)
    return FilmPrice(
        pictures=images.queued + written,
        clips=videos.queued + videos.waiting + written,
        shots_credits=sum(gen_shots_price(part) for scene in unwritten for part in split_shots(scene.count)),
        images=images,
        videos=videos,
        written=written,
        reading=reading,
        voices=voices,
        costs=_read_costs(images, videos, written, voices, reading),
        spending=Spending(plan_lines(images, videos, unwritten, voices, reading)),
    )


def _read_costs(
    images: AutoGeneratePlan, videos: AutoGeneratePlan, written: int, voices: VoicesPlan, reading: ReadingPlan | None
) -> dict[str, Cost]:
    """Dollars by model: of what is planned shot by shot, and of what is yet to be written or filmed like the others."""
    costs: dict[str, Cost] = {}
    for plan, more in ((images, written), (videos, videos.waiting + written)):
        cost = (read_cost(plan.estimated_cost) or FREE).plus(read_cost(plan.more_lips_cost) or FREE)
        if said := next((read_cost(one.estimated_cost) for one in plan.speech if one.route == "voice"), None):
            cost = Cost(cost.least - said.least, cost.most and cost.most - (said.most or 0), cost.reason)
        usual = read_cost(plan.usual_cost) or FREE
        costs[plan.model] = costs.get(plan.model, FREE).plus(cost).plus(usual.times(more))
        sheets = (read_cost(plan.sheet_cost) if plan.sheet_cost else None) or FREE
        costs[plan.model] = costs[plan.model].plus(sheets.times(plan.more_sheets))
    if reading is not None:
        costs[reading.model] = costs.get(reading.model, FREE).plus(read_cost(reading.estimated_cost) or FREE)
    if voices.lines:
        costs[SPEECH] = read_cost(voices.estimated_cost) or FREE
    return costs
