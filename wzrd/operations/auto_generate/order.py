"""Order of a project-auto-generate request for its project as it stands: the shots, their maker, the price."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from wzrd.assets.bible import gather_bible, read_film
from wzrd.assets.bible_references import Bible
from wzrd.assets.breakdowns import ProjectBreakdown
from wzrd.db.engine import Tx
from wzrd.db.provider_jobs import list_unsettled
from wzrd.db.storyboards import read_models, read_storyboard
from wzrd.db.takes import list_approved, list_takes, requires_approval
from wzrd.domain.auto_generate import MEDIA, Batch, BatchPrices, BatchShot, Phase, has_image, plan_batch
from wzrd.domain.bible import Scope, SheetOrder
from wzrd.domain.errors import BadRequest, NotFound
from wzrd.domain.money import AskedPrice, Cost, MoneyBound, add_up
from wzrd.domain.offline import ANIMATIC
from wzrd.domain.project_choice import found_in_project
from wzrd.domain.shots import shot_label
from wzrd.domain.storyboard import Storyboard
from wzrd.generation.references import ReferenceUnreachable, check_references
from wzrd.models.media_choice import MediaChoice, choose_media
from wzrd.models.price_cards import PriceBook, names_of
from wzrd.models.speech_routes import speech_models
from wzrd.models.visual_prompts import PromptChoice, choose_prompt_writer
from wzrd.operations.auto_generate.money import BatchPricing, has_own_sound
from wzrd.operations.auto_generate.sheets import BareShots, SheetWork, check_settled, plan_bare, plan_sheets
from wzrd.operations.auto_generate.speech import SpeechOrder, SpeechWork, plan_speech
from wzrd.runs.start import RunParams
from wzrd.runtime.process import Runtime

KIND = "auto-generate"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoGenerateParams(RunParams):
    """One phase of a project: what is made, and by which model (None: the project's own, else the default).

    `max_credits` refuses what may cost more; `only_failed`: nothing but what was tried and failed;
    `resubmit_unknown`: also what a provider may have accepted before, though nobody knows how that ended.
    `require_approval`: clips of approved stills alone, whatever the project's setting says. `shots`: these alone, and
    once more where they have it; `note`: what they are to show beside what they did. `voices`: voice ids by name, whose
    takes clips are as long as; `lips`: models that may make people be seen speaking, by id or `auto`. `soften`: a
    prompt that is refused is sent once more in milder words.
    """

    phase: Phase
    model: str | None = None
    max_credits: int | None = None
    only_failed: bool = False
    resubmit_unknown: bool = False
    require_approval: bool = False
    shots: tuple[UUID, ...] = ()
    note: str = ""
    sheets: Scope = "none"
    voices: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    voice_model: str | None = None
    lips: tuple[str, ...] = ()
    native_sound: bool = False
    soften: bool = False


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Order of a request for the project as it stands: the shots, their maker, the price.

    `model` is the id that was asked for, or that the project names; None: the default. `bible`: what its shots show,
    with the sheets that there are and that `sheets` makes first.
    """

    storyboard: Storyboard
    phase: Phase
    model: str | None
    batch: Batch
    choice: MediaChoice
    prompts: PromptChoice
    book: PriceBook
    bible: Bible
    sheets: SheetWork
    speech: SpeechWork = field(default_factory=SpeechWork)
    native_sound: bool = False
    bare: BareShots = field(default_factory=BareShots)

    @property
    def work(self) -> tuple[BatchShot, ...]:
        """All shots that something is made of: those that lack what the phase makes, and those that only speak."""
        return (*self.batch.work, *self.speech.lips_only)

    @property
    def prices(self) -> BatchPrices:
        """Prices of one shot by the batch's model, in credits."""
        return BatchPrices(self.choice.credits, self.prompts.credits)

    @property
    def unspoken(self) -> dict[str, tuple[BatchShot, ...]]:
        """The shots whose picture or clip is made of no voices, by the id of who makes it: the batch's model first."""
        made: dict[str, list[BatchShot]] = {self.choice.model_id: []}
        for one in self.batch.work:
            if self.speech.clip_choice(one.shot.shot_id) is None:
                made.setdefault(self.choice_for(one).model_id, []).append(one)
        return {model_id: tuple(found) for model_id, found in made.items()}

    def choice_for(self, one: BatchShot) -> MediaChoice:
        """Who makes a shot's picture or clip."""
        shot_id = one.shot.shot_id
        return self.speech.clip_choice(shot_id) or self.bare.choice(shot_id) or self.choice

    @property
    def credits(self) -> int:
        """Highest price of all of it, in credits."""
        sheets = sum(self.maker_of(one).credits for one in self.sheets.orders)
        return sheets + sum(self.clip_credits(one) + self.speech.credits_of(one.shot.shot_id) for one in self.work)

    def clip_credits(self, one: BatchShot) -> int:
        """Highest price of a shot's picture or clip, in credits; 0 where it is there, and only lips are moved."""
        if one in self.speech.lips_only:
            return 0
        choice, shot_id = self.choice_for(one), one.shot.shot_id
        if self.speech.clip_choice(shot_id) is not None:
            return choice.credits
        more = choice.credits * (self.speech.parts_of(shot_id) - 1)
        return BatchPrices(choice.credits, self.prompts.credits).of(one.shot) + more

    def maker_of(self, order: SheetOrder) -> MediaChoice:
        """The model of a sheet: another look is made by the pictures' own, which takes the first one as reference."""
        return self.choice if order.from_usual or self.sheets.maker is None else self.sheets.maker

    @property
    def pricing(self) -> BatchPricing:
        """Prices in money."""
        parts = {shot_id: route.parts for shot_id, route in self.speech.routes.items()}
        return BatchPricing(self.storyboard, self.book, self.bible, self.native_sound, parts)

    @property
    def cost(self) -> Cost:
        """Price of all of it in money."""
        sheets = [self.pricing.sheet(one, self.maker_of(one)) for one in self.sheets.orders]
        made = [self.pricing.batch(found, MEDIA[self.phase], self.choice_for(found[0]), self.prompts)
                for found in self.unspoken.values() if found]  # fmt: skip
        return add_up([*sheets, *made, self.speech.cost(self.work, self.storyboard, self.book)])

    @property
    def own_sound(self) -> bool | None:
        """True if clips are bought with their own sound; None where there is no choice."""
        if self.phase == "images" or self.choice.drawn:
            return None
        return has_own_sound(self.storyboard, self.choice, self.native_sound)

    def check_price(self, most: int | None, money: MoneyBound | None) -> None:
        """See that it costs no more than `most` credits and the dollars of `money` (None: whatever).

        Raises:
            BadRequest: it may; both numbers are named.
            OverMoney, UnknownPrice: it may in money, or nobody knows how much.
        """
        if money is not None and self.work:
            targets = {self.choice.target, *(self.maker_of(one).target for one in self.sheets.orders)}
            targets |= {*self.speech.targets, *(self.choice_for(one).target for one in self.batch.work)}
            names = [name for one in targets for name in names_of(one.provider, one.model)]
            money.check(AskedPrice(self.cost, tuple(dict.fromkeys(names))))
        if most is not None and self.credits > most:
            message = f"these {len(self.work)} shots may cost {self.credits} credits with {self.choice.model_id}"
            raise BadRequest(
                f"{message}, more than maxCredits {most}: raise it, or name a cheaper model", field="maxCredits"
            )


def choose(runtime: Runtime, phase: Phase, model: str | None) -> MediaChoice:
    """The model that the phase runs on here and now.

    Raises:
        BadRequest, NotConfigured: as `choose_media`.
    """
    return choose_media(model, MEDIA[phase], offline=runtime.settings.offline, obstacle=runtime.providers.obstacle)


async def read_film_of(runtime: Runtime, params: AutoGenerateParams, project_id: UUID) -> ProjectBreakdown | None:
    """The film that the request's sheets are of, for `take_order`: a long one takes a moment, and no lock is held."""
    is_wanted = params.sheets != "none" or bool(params.lips)
    return await read_film(runtime, project_id, user_id=params.user_id, anyway=is_wanted)


async def take_order(
    runtime: Runtime,
    tx: Tx,
    params: AutoGenerateParams,
    project_id: UUID,
    film: ProjectBreakdown | None,
    *,
    joins: bool = False,
) -> BatchRequest:
    """Order of the request. `joins`: its run has begun already.

    Raises:
        NotFound: there is no such project (of the user's).
        BadRequest, NotConfigured: as `choose_media`, `choose_prompt_writer`; or the model can do nothing without a
            picture to be like, and the project has none; or a named shot is not there, or cannot have a clip yet.
        Conflict: a sheet may have been made for a former run, and nobody knows how that ended.
    """
    storyboard = found_in_project(await read_storyboard(tx, project_id, user_id=params.user_id))
    _check_shots(params, storyboard)
    models = await read_models(tx, project_id)
    model = params.model or await _find_maker(tx, params, project_id) or models.get(MEDIA[params.phase])
    choice = choose(runtime, params.phase, ANIMATIC if joins else model)  # a run that has begun has chosen
    if choice.drawn or params.resubmit_unknown:
        unsettled: set[str] = set()
    else:
        unsettled = await list_unsettled(tx, storyboard.user_id, project_id, KIND)
    gated = params.phase == "videos" and (params.require_approval or await requires_approval(tx, project_id))
    approved = await list_approved(tx, project_id) if gated else None
    batch = plan_batch(
        storyboard,
        params.phase,
        only_failed=params.only_failed,
        unsettled=unsettled,
        approved=approved,
        again=params.shots,
    )
    prompts = PromptChoice(None)
    if params.phase == "images" and not choice.drawn and not all(one.shot.visual_prompt for one in batch.work):
        prompts = choose_prompt_writer(
            models.get("prompt"), offline=runtime.settings.offline, obstacle=runtime.providers.obstacle
        )
    bible, sheets = Bible(), SheetWork()
    if not choice.drawn:
        bible = await gather_bible(tx, project_id, film)
        if params.phase == "images" and params.sheets != "none":
            sheets = plan_sheets(runtime, params.sheets, storyboard, bible, batch, choice)
            check_settled(sheets, unsettled)
            bible = replace(bible, coming=frozenset(one.key for one in sheets.orders))
    book = PriceBook(runtime.providers.told_prices)
    asked = SpeechOrder(params.voices, params.voice_model, params.lips, params.native_sound)
    speech = await plan_speech(tx, runtime, asked, storyboard, bible, batch, choice,
        phase=params.phase, unsettled=unsettled, approved=approved,
        clips_too=not (params.shots or params.only_failed))  # fmt: skip
    order = BatchRequest(
        storyboard, params.phase, model, batch, choice, prompts, book, bible, sheets, speech, params.native_sound
    )
    if not choice.drawn and params.phase == "images" and not joins:
        order = replace(order, bare=plan_bare(runtime, params.sheets, order.pricing, batch, choice))
    return order


def _check_shots(params: AutoGenerateParams, storyboard: Storyboard) -> None:
    if params.note and not params.shots:
        raise BadRequest("a note is on shots that are named: give shots, too", field="note")
    for shot_id in params.shots:
        found = storyboard.find(shot_id)
        if found is None:
            raise BadRequest(f"the project has no shot {shot_id}", field="shots")
        if params.phase == "videos" and not has_image(found[1]):
            label = shot_label(found[0].number, found[1].number)
            raise BadRequest(f"{label} has no picture yet: make that first, its clip begins with it", field="shots")


async def _find_maker(tx: Tx, params: AutoGenerateParams, project_id: UUID) -> str | None:
    """The model that made what the first of the named shots has; None where that is not known.

    Of a clip whose lips were moved it is the one of the clip before.
    """
    if not params.shots:
        return None
    media, takes = MEDIA[params.phase], await list_takes(tx, project_id, shot_id=params.shots[0])
    made = [take for take in takes if take.made == media and take.model and take.model not in speech_models()]
    chosen = next((take.model for take in made if take.chosen), None)
    is_moved = any(take.chosen and take.model in speech_models() for take in takes if take.made == media)
    return made[-1].model if chosen is None and is_moved and made else chosen


async def check_pictures(runtime: Runtime, params: AutoGenerateParams, project_id: UUID) -> None:
    """See whether the model can read the files of our store: the first speaks for all, and each is seen to again.

    Raises:
        NotFound, BadRequest, NotConfigured: as `take_order`.
        ReferenceUnreachable: it cannot.
    """
    async with runtime.begin() as tx:
        order = await take_order(runtime, tx, params, project_id, None)
    if order.choice.drawn:
        return
    pictures = (one.shot.image_url for one in order.batch.work)
    ours = next((url for url in pictures if runtime.storage.locate(url) is not None), None)
    try:
        if ours is not None:
            await check_references(runtime, order.choice.target, "video", {"image_url": ours})
    except (BadRequest, NotFound) as error:
        if isinstance(error, ReferenceUnreachable):
            raise  # what else is wrong with one picture is that shot's own failure
