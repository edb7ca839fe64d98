"""Price in money of a batch of shots, before any is made: by the bodies that their models would get."""

from dataclasses import dataclass
from typing import Any

from wzrd.domain.auto_generate import BatchShot
from wzrd.domain.errors import BadRequest
from wzrd.domain.money import FREE, UNKNOWN, Cost, add_up
from wzrd.domain.storyboard import Storyboard, idea_of
from wzrd.models.bodies import own_sound
from wzrd.models.body_prices import price_inputs
from wzrd.models.catalog import Model
from wzrd.models.media_choice import MediaChoice
from wzrd.models.price_cards import PriceBook
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_inputs import SECONDS, clip_format, image_body, motion_prompt, shot_prompt, video_body
from wzrd.models.visual_prompts import PromptChoice, prompt_inputs

LONGEST = 60.0
"""Seconds that no line of a shot exceeds: a model that makes less makes its longest clip."""
STILL = "https://example.com/still.png"
"""In the place of a picture that a clip begins with: no price hangs on which."""
UNSPOKEN = "its lines have not been spoken yet, and a clip is as long as they are"


def has_own_sound(storyboard: Storyboard, choice: MediaChoice) -> bool | None:
    """True if a shot's clip is bought with its own sound; None where its model lets nobody choose."""
    model = routed_catalog().models[choice.model_id]
    try:
        return own_sound(model, _clip_inputs(storyboard, "-", model, SECONDS))
    except BadRequest:
        return None


@dataclass(frozen=True, slots=True)
class BatchPricing:
    """The price of a project's shots, by a price book."""

    storyboard: Storyboard
    book: PriceBook

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
            return self._image("-", model) if media == "image" else self._seconds("-", model, LONGEST)
        except BadRequest:
            return UNKNOWN

    def _shot(self, one: BatchShot, media: str, model: Model) -> Cost:
        try:
            if media == "image":
                return self._image(shot_prompt(one.shot), model)
            return self._seconds(motion_prompt(one.shot), model, LONGEST if one.scene.brief.dialogue else SECONDS)
        except BadRequest:
            return FREE  # that shot fails before anything is sent

    def _words(self, one: BatchShot, prompts: PromptChoice) -> Cost:
        if prompts.target is None:
            return FREE
        inputs = prompt_inputs(one.scene.brief, idea_of(one.shot), None)
        return price_inputs(prompts.target.provider, prompts.target.model, inputs, book=self.book)

    def _image(self, prompt: str, model: Model) -> Cost:
        ratio, reference = self.storyboard.aspect_ratio, self.storyboard.style_url or None
        body = image_body(model, prompt=prompt, aspect_ratio=ratio, reference=reference)
        return price_inputs(model.provider, model.endpoint_id, body.inputs, book=self.book)

    def _seconds(self, prompt: str, model: Model, longest: float) -> Cost:
        bodies = [_clip_inputs(self.storyboard, prompt, model, seconds) for seconds in (SECONDS, longest)]
        usual, most = (price_inputs(model.provider, model.endpoint_id, one, book=self.book) for one in bodies)
        if usual.most is None or most.most is None or most.most <= usual.most:
            return most
        return Cost(usual.least, most.most, usual.reason or UNSPOKEN)


def _clip_inputs(storyboard: Storyboard, prompt: str, model: Model, seconds: float) -> dict[str, Any]:
    ratio, of_clip = storyboard.aspect_ratio, clip_format(storyboard.wanted)
    return video_body(model, prompt=prompt, image_url=STILL, aspect_ratio=ratio, seconds=seconds, **of_clip).inputs
