"""Price in money of a batch of shots, before any is made: by the bodies that their models would get."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from wzrd.assets.bible_references import STYLE, Bible, Dressed
from wzrd.domain.auto_generate import BatchShot
from wzrd.domain.bible import SheetOrder
from wzrd.domain.errors import BadRequest
from wzrd.domain.money import FREE, UNKNOWN, Cost, add_up
from wzrd.domain.storyboard import Storyboard, idea_of
from wzrd.language.shots.following import goes_on_in
from wzrd.models.bodies import own_sound
from wzrd.models.body_prices import price_inputs
from wzrd.models.catalog import Model
from wzrd.models.media_choice import MediaChoice
from wzrd.models.placeholders import PROMPT, STILL
from wzrd.models.price_cards import PriceBook
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_inputs import (
    NONE,
    SECONDS,
    clip_format,
    image_body,
    motion_prompt,
    needs_reference,
    shot_prompt,
    video_body,
)
from wzrd.models.visual_prompts import PromptChoice, prompt_inputs

LONGEST = 60.0
"""Seconds that no line of a shot exceeds: a model that makes less makes its longest clip."""
UNSPOKEN = "its lines have not been spoken yet, and a clip is as long as they are"


def has_own_sound(storyboard: Storyboard, choice: MediaChoice, wanted: bool) -> bool | None:
    """True if a shot's clip is bought with its own sound; None where its model lets nobody choose."""
    model = routed_catalog().models[choice.model_id]
    try:
        return own_sound(model, _clip_inputs(storyboard, PROMPT, model, SECONDS, sound=wanted))
    except BadRequest:
        return None


@dataclass(frozen=True, slots=True)
class BatchPricing:
    """The price of a project's shots, by a price book. `parts`: of how many consecutive clips a shot's is made."""

    storyboard: Storyboard
    book: PriceBook
    bible: Bible = field(default_factory=Bible)
    native_sound: bool = False
    parts: Mapping[UUID, int] = field(default_factory=dict[UUID, int])

    def batch(self, work: tuple[BatchShot, ...], media: str, choice: MediaChoice, prompts: PromptChoice) -> Cost:
        """Price of these shots' pictures (`media` is `image`) or clips (`video`), and of the words that they lack."""
        if choice.drawn:
            return FREE
        model = routed_catalog().models[choice.model_id]
        words = [self._words(one, prompts) for one in work if not one.shot.visual_prompt.strip()]
        return add_up([*words, *(self._shot(one, media, model) for one in work)])

    def usual(self, media: str, choice: MediaChoice) -> Cost:
        """Price of a shot's picture or clip of which nothing is known yet but its model."""
        if choice.drawn:
            return FREE
        model = routed_catalog().models[choice.model_id]
        try:
            return self._image(PROMPT, model) if media == "image" else self._seconds(PROMPT, model, LONGEST)
        except BadRequest:
            return UNKNOWN

    def _shot(self, one: BatchShot, media: str, model: Model) -> Cost:
        try:
            dressed = self.dress(one, media, model)
            if media == "image":
                return self._image(dressed.prompt, model, dressed.fields)
            longest = LONGEST if one.scene.brief.dialogue else SECONDS
            ends = STILL if goes_on_in(one.scene, one.shot) else ""
            clip = self._seconds(dressed.prompt, model, longest, dressed.fields, ends)
            return clip.times(self.parts.get(one.shot.shot_id, 1))
        except BadRequest:
            return FREE  # that shot fails before anything is sent

    def dress(self, one: BatchShot, media: str, model: Model) -> Dressed:
        """The shot as its model would be told it; addresses stand for those that sheets have, or will have."""
        style, still = self.storyboard.style_url if media == "image" else "", STILL if media == "video" else ""
        keys = [str(key) for key in self.bible.references(one.scene, one.shot)]
        addresses = {key: f"https://example.com/{at}.jpg" for at, key in enumerate(keys)}
        prompt = shot_prompt(one.shot) if media == "image" else motion_prompt(one.shot)
        addresses |= {STYLE: style} if style else {}
        return self.bible.dress(model, one.scene, one.shot, prompt, addresses, style=bool(style), still=still)

    def sheet(self, order: SheetOrder, choice: MediaChoice) -> Cost:
        """Price of a sheet."""
        model, usual = routed_catalog().models[choice.model_id], STILL if order.from_usual else None
        ratio = order.aspect_ratio or self.storyboard.aspect_ratio
        body = image_body(model, prompt=order.prompt, aspect_ratio=ratio, reference=usual)
        return price_inputs(model.provider, model.endpoint_id, body.inputs, book=self.book)

    def _words(self, one: BatchShot, prompts: PromptChoice) -> Cost:
        if prompts.target is None:
            return FREE
        inputs = prompt_inputs(one.scene.brief, idea_of(one.shot), None)
        return price_inputs(prompts.target.provider, prompts.target.model, inputs, book=self.book)

    def _image(self, prompt: str, model: Model, references: Mapping[str, Any] = NONE) -> Cost:
        ratio, reference = self.storyboard.aspect_ratio, self.storyboard.style_url or None
        reference = reference or (STILL if prompt == PROMPT and needs_reference(model) else None)
        body = image_body(model, prompt=prompt, aspect_ratio=ratio, reference=reference, references=references)
        return price_inputs(model.provider, model.endpoint_id, body.inputs, book=self.book)

    def _seconds(
        self, prompt: str, model: Model, longest: float, references: Mapping[str, Any] = NONE, ends: str = ""
    ) -> Cost:
        bodies = [
            _clip_inputs(self.storyboard, prompt, model, seconds, references, sound=self.native_sound, ends=ends)
            for seconds in (SECONDS, longest)
        ]
        usual, most = (price_inputs(model.provider, model.endpoint_id, one, book=self.book) for one in bodies)
        if usual.most is None or most.most is None or most.most <= usual.most:
            return most
        return Cost(usual.least, most.most, usual.reason or UNSPOKEN)


def _clip_inputs(
    storyboard: Storyboard,
    prompt: str,
    model: Model,
    seconds: float,
    references: Mapping[str, Any] = NONE,
    *,
    sound: bool = False,
    ends: str = "",
) -> dict[str, Any]:
    return video_body(
        model,
        prompt=prompt,
        image_url=STILL,
        aspect_ratio=storyboard.aspect_ratio,
        seconds=seconds,
        references=references,
        sound=sound,
        last_url=ends,
        **clip_format(storyboard.wanted),
    ).inputs
