"""Who speaks in a batch of clips: voices, the way of every line, and their prices."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from wzrd.assets.bible_references import Bible
from wzrd.assets.content_cache import cache_key
from wzrd.db.engine import Tx
from wzrd.db.node_outputs import find_outputs, list_paid, list_spoken_takes
from wzrd.db.takes import list_speaking
from wzrd.domain.auto_generate import Batch, BatchShot, has_image, has_video
from wzrd.domain.errors import BadRequest
from wzrd.domain.money import FREE, Cost, add_up
from wzrd.domain.runs import NewItem
from wzrd.domain.shots import Line
from wzrd.domain.speech import LIPS_ITEM, NATIVE, VOICE_ITEM, ShotRoute, lips_key, voice_item_key
from wzrd.domain.storyboard import Storyboard, idea_of
from wzrd.domain.submission import Target
from wzrd.language.people.appearance import names_of
from wzrd.language.shots.briefs import derive_brief
from wzrd.language.shots.set_ups import LineTiming
from wzrd.language.shots.speaker_views import speaking_shot
from wzrd.language.sound.dialogue import Dialogue, dialogue_of
from wzrd.models.body_prices import price_inputs
from wzrd.models.media_choice import MediaChoice
from wzrd.models.price_cards import PriceBook
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_inputs import clip_format, longest_clip
from wzrd.models.sounds import PROVIDER, SPEECH, read_timed
from wzrd.models.speech_routes import SpeechModel, allowed_models, route_shot, speech_cost, speech_models
from wzrd.models.voices import PaidVoices, check_names, check_texts, read_voices, recipe_of
from wzrd.operations.auto_generate.money import has_own_sound
from wzrd.operations.voice_casting import VoiceChoice, line_price, usable_voices
from wzrd.runtime.process import Runtime
from wzrd.threads import in_reading_thread

Inputs = Mapping[str, str]
NO_VOICES = "lips move to paid voices: name them, too (voices)"


@dataclass(frozen=True, slots=True)
class SpeechWork:
    """Voices and lips of a batch. `routes`: by shot; `lines`: what is still to be paid of each shot's lines.

    `found`: how many of them are found for nothing. `lips_only`: shots whose clip is there, and whose lips alone are
    moved. `more`: who may make those shots speak that have no picture yet, or are yet to be written, in how many clips.
    `fallback_reason`: why nobody is paid.
    """

    voices: PaidVoices = field(default_factory=PaidVoices)
    routes: Mapping[UUID, ShotRoute] = field(default_factory=dict[UUID, ShotRoute])
    lines: Mapping[UUID, Sequence[Inputs]] = field(default_factory=dict[UUID, Sequence[Inputs]])
    found: Mapping[UUID, int] = field(default_factory=dict[UUID, int])
    lips_only: tuple[BatchShot, ...] = ()
    more: Sequence[tuple[SpeechModel, int]] = ()
    fallback_reason: str | None = None

    def model_of(self, shot_id: UUID) -> SpeechModel | None:
        """The model that makes a shot's people be seen speaking; None: nobody is."""
        route = self.routes.get(shot_id)
        return speech_models()[route.model] if route and route.model else None

    def parts_of(self, shot_id: UUID) -> int:
        """Of how many consecutive clips a shot's is made."""
        route = self.routes.get(shot_id)
        return route.parts if route else 1

    @property
    def targets(self) -> set[Target]:
        """Who is paid beside the clips' model."""
        models = {one.choice.target for shot_id in self.routes if (one := self.model_of(shot_id))}
        return models | ({Target(PROVIDER, SPEECH)} if any(self.lines.values()) else set())

    def clip_choice(self, shot_id: UUID) -> MediaChoice | None:
        """The model that makes a shot's clip in place of the batch's: of its picture and its voices."""
        model = self.model_of(shot_id)
        return model.choice if model is not None and model.route != "lips" else None

    def credits_of(self, shot_id: UUID) -> int:
        """Most that a shot's voices and lips cost beside its clip, in credits."""
        model = self.model_of(shot_id)
        lips = model.choice.credits * self.parts_of(shot_id) if model is not None and model.route == "lips" else 0
        return lips + self.voices.price * len(self.lines.get(shot_id, ()))

    def cost_of(self, shot_id: UUID, storyboard: Storyboard, book: PriceBook) -> Cost:
        """Price of that at its vendors, with the clip that is made of a picture and voices."""
        said = [price_inputs(PROVIDER, SPEECH, one, book=book) for one in self.lines.get(shot_id, ())]
        model = self.model_of(shot_id)
        resolution, parts = clip_format(storyboard.wanted)["resolution"], self.parts_of(shot_id)
        shown = [speech_cost(model, resolution=resolution, book=book).times(parts)] if model else []
        return add_up([*said, *shown])

    def cost(self, work: Sequence[BatchShot], storyboard: Storyboard, book: PriceBook) -> Cost:
        """Price in money of all that is spoken in these shots."""
        return add_up(self.cost_of(one.shot.shot_id, storyboard, book) for one in work) if self.routes else FREE

    def items(self, one: BatchShot, clip: NewItem | None) -> Iterator[NewItem]:
        """A shot's items in the order of their making, around its clip's."""
        shot_id, model = one.shot.shot_id, self.model_of(one.shot.shot_id)
        if shot_id in self.routes and self.routes[shot_id].route != NATIVE:
            price = self.voices.price * len(self.lines[shot_id])
            yield NewItem(voice_item_key(shot_id), 0, VOICE_ITEM, shot_id, price)
        if clip is not None:
            yield clip
        if model is not None and model.route == "lips":
            price = model.choice.credits * self.parts_of(shot_id)
            yield NewItem(lips_key(shot_id), 0, LIPS_ITEM, shot_id, price)

    def kept(self) -> dict[str, Any]:
        """The work as its run keeps it: what was priced is what is made."""
        if not self.routes:
            return {}
        voices = {"byName": dict(self.voices.by_name), "model": self.voices.model, "price": self.voices.price}
        models = {one.model.id: one.choice.kept() for shot in self.routes if (one := self.model_of(shot))}
        shots = {str(shot_id): route.kept() for shot_id, route in self.routes.items()}
        return {"speech": {"voices": voices, "models": models, "shots": shots}}


@dataclass(frozen=True, slots=True)
class SpeechOrder:
    """Part of a request about voices and lips: voice ids by name, a voice model, models that may move lips."""

    voices: Mapping[str, str]
    voice_model: str | None
    lips: Sequence[str]
    native_sound: bool = False

    def read(self, phase: str) -> PaidVoices:
        """The voices that were asked for.

        Raises:
            BadRequest: they are asked for pictures; or lips without voices; or as `read_voices`.
        """
        asked = read_voices(self.voices, self.voice_model, price=line_price())
        if (asked.any or self.lips) and phase == "images":
            raise BadRequest("voices and lips are for phase videos: pictures are silent", field="voices")
        if self.lips and not asked.any:
            raise BadRequest(NO_VOICES, field="voices")
        if NATIVE in self.lips and not self.native_sound:
            raise BadRequest(f"lips: {NATIVE} is a clip's own sound: ask for nativeSound, too", field="nativeSound")
        return asked


async def plan_speech(
    tx: Tx,
    runtime: Runtime,
    order: SpeechOrder,
    storyboard: Storyboard,
    bible: Bible,
    batch: Batch,
    choice: MediaChoice,
    *,
    phase: str,
    unsettled: Collection[str],
    approved: Collection[UUID] | None,
    clips_too: bool,
) -> SpeechWork:
    """The voices and lips that a batch makes, as far as they are asked for and can be had.

    `clips_too`: those of shots whose clip is there, too.

    Raises:
        BadRequest: as `SpeechOrder.read`; a name that nobody has, a model that makes nobody speak, a line too long.
        SoundKeyMissing: no voice can be asked, and nothing may stand in.
    """
    asked = order.read(phase)
    if not asked.any:
        return SpeechWork()
    allowed = allowed_models(order.lips, runtime.providers.obstacle)
    picked: VoiceChoice = usable_voices(runtime, asked)
    dialogue = await in_reading_thread(dialogue_of, storyboard)
    check_names(asked, dialogue.cast)
    if picked.fallback_reason is not None or choice.drawn:
        return SpeechWork(asked, fallback_reason=picked.fallback_reason or "clips are filmed here, from drawings")
    own = await _own_sounds(tx, runtime, storyboard)
    speaking = await list_speaking(tx, storyboard.project_id)
    longest = longest_clip(routed_catalog().models[choice.model_id])
    known = await _timings(tx, storyboard.user_id, asked, dialogue) if allowed else {}
    native = NATIVE in order.lips and bool(has_own_sound(storyboard, choice, wanted=True))
    router = _Router(asked, dialogue, bible, allowed, choice.credits, longest, known, native)
    work = {one.shot.shot_id: one for one in batch.work if one.shot.shot_id not in own}
    routes = {shot_id: route for shot_id, one in work.items() if (route := router.route(one)) is not None}
    there = [
        one
        for one in (_clips_there(storyboard, approved) if clips_too else ())
        if one.shot.shot_id not in {*work, *own, *speaking} and lips_key(one.shot.shot_id) not in unsettled
    ]
    moved = {
        one.shot.shot_id: (one, route) for one in there if (route := router.route(one, has_clip=True)) and route.model
    }
    routes |= {shot_id: route for shot_id, (_, route) in moved.items()}
    wanted = {shot_id: [] if route.route == NATIVE else router.inputs(shot_id) for shot_id, route in routes.items()}
    lines = await _unpaid(tx, storyboard.user_id, wanted)
    found = {shot_id: len(sent) - len(lines[shot_id]) for shot_id, sent in wanted.items()}
    return SpeechWork(asked, routes, lines, found, tuple(one for one, _ in moved.values()), router.more(storyboard))


def _clips_there(storyboard: Storyboard, approved: Collection[UUID] | None) -> Iterator[BatchShot]:
    """Shots that have a clip, and whose lips may be moved: those that a person has locked stay as they are."""
    for scene, shot in storyboard:
        if has_video(shot) and not shot.locked and (approved is None or shot.shot_id in approved):
            yield BatchShot(scene, shot)


@dataclass(frozen=True, slots=True)
class _Router:
    """Routing of the lines of a film's shots."""

    voices: PaidVoices
    dialogue: Dialogue
    bible: Bible
    allowed: Sequence[SpeechModel]
    clip_credits: int
    longest_clip: float
    known: Mapping[Line, LineTiming]
    native: bool

    def lines(self, shot_id: UUID) -> tuple[Line, ...]:
        """Lines of a shot."""
        return self.dialogue.lines.get(shot_id, ())

    def inputs(self, shot_id: UUID) -> list[Inputs]:
        """Inputs that its voices are sent.

        Raises:
            BadRequest: a line is longer than its model takes.
        """
        sent = self.voices.lines_of(self.lines(shot_id))
        check_texts(sent)
        return [one for one in sent if one]

    def route(self, one: BatchShot, *, has_clip: bool = False) -> ShotRoute | None:
        """The way of a shot's lines; None: no paid voice speaks in it."""
        lines = self.lines(one.shot.shot_id)
        paid = [inputs is not None for inputs in self.voices.lines_of(lines)]
        if not any(paid):
            return None
        idea, read = idea_of(one.shot), self.bible.scenes.get(one.scene.scene_id)
        brief = idea.brief or derive_brief(idea, one.scene.brief, read)
        names = names_of("person", self.bible.film)
        known = [self.known.get(line) for line in lines]
        shot = speaking_shot(lines, idea, brief, names, paid=paid, known=known, has_clip=has_clip)
        return route_shot(shot, self.allowed, self.clip_credits, self.longest_clip, native=self.native)

    def more(self, storyboard: Storyboard) -> list[tuple[SpeechModel, int]]:
        """Who may make the shots speak that wait for their picture; of a scene without shots, one a line."""
        waiting = (BatchShot(scene, shot) for scene, shot in storyboard if not has_image(shot))
        routes = (route for one in waiting if (route := self.route(one)) and route.model)
        found = [(speech_models()[route.model], route.parts) for route in routes]
        lips = next((one for one in self.allowed if one.route == "lips"), None)
        unwritten = [line for scene in storyboard.scenes if not scene.shots for line in scene.brief.dialogue]
        return [*found, *((lips, 1) for inputs in self.voices.lines_of(unwritten) if inputs and lips)]


async def _own_sounds(tx: Tx, runtime: Runtime, storyboard: Storyboard) -> set[UUID]:
    """Shots with a sound that somebody gave them: nobody speaks over it. Takes of ours are spoken anew."""
    given = {shot.shot_id: shot.audio_url for _, shot in storyboard if shot.audio_url}
    places = {shot_id: runtime.storage.locate(url) for shot_id, url in given.items()}
    paths = [place[1] for place in places.values() if place]
    ours = await list_spoken_takes(tx, storyboard.user_id, paths) if paths else set[tuple[str, str]]()
    return {shot_id for shot_id, place in places.items() if place not in ours}


async def _timings(tx: Tx, user_id: UUID, voices: PaidVoices, dialogue: Dialogue) -> dict[Line, LineTiming]:
    """Timing of the lines of a film that these voices have spoken."""
    lines = [*dict.fromkeys(line for spoken in dialogue.lines.values() for line in spoken)]
    sent = zip(lines, voices.lines_of(lines), strict=True)
    keys = {line: cache_key(user_id, recipe_of(inputs)) for line, inputs in sent if inputs}
    made = await find_outputs(tx, [*keys.values()]) if keys else {}
    facts = {line: made[key]["facts"] for line, key in keys.items() if key in made}
    return {line: LineTiming(float(one["seconds"]), read_timed(one)) for line, one in facts.items()}


async def _unpaid(tx: Tx, user_id: UUID, wanted: Mapping[UUID, Sequence[Inputs]]) -> dict[UUID, Sequence[Inputs]]:
    """Of each shot's lines those that nobody has paid yet, each once."""
    keyed = {
        shot_id: {cache_key(user_id, recipe_of(inputs)): inputs for inputs in sent} for shot_id, sent in wanted.items()
    }
    paid = await list_paid(tx, [key for own in keyed.values() for key in own])
    return {shot_id: [one for key, one in own.items() if key not in paid] for shot_id, own in keyed.items()}
