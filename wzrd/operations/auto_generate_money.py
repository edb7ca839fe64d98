"""Price in money of a batch of shots, before any is made: by the bodies that their models would get."""

from wzrd.domain.auto_generate import BatchShot
from wzrd.domain.errors import BadRequest
from wzrd.domain.money import FREE, UNKNOWN, Cost, add_up
from wzrd.domain.storyboard import Storyboard, idea_of
from wzrd.models.bodies import own_sound
from wzrd.models.catalog import Model
from wzrd.models.media_choice import MediaChoice
from wzrd.models.price_cards import price_inputs
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_inputs import SECONDS, clip_format, image_body, motion_prompt, shot_prompt, video_body
from wzrd.models.visual_prompts import PromptChoice, prompt_inputs

LONGEST = 60.0
"""Seconds that no line of a shot exceeds: a model that makes less makes its longest clip."""
STILL = "https://example.com/still.png"
"""In the place of a picture that a clip begins with: no price hangs on which."""
UNSPOKEN = "its lines have not been spoken yet, and a clip is as long as they are"


def price_batch(
    storyboard: Storyboard, work: tuple[BatchShot, ...], media: str, choice: MediaChoice, prompts: PromptChoice
) -> Cost:
    """Price of all these shots' pictures (`media` is `image`) or clips (`video`), and of the words that they lack."""
    if choice.drawn:
        return FREE
    model = routed_catalog().models[choice.model_id]
    words = [_price_words(one, prompts) for one in work if not one.shot.visual_prompt.strip()]
    return add_up([*words, *(_price_shot(storyboard, one, media, model) for one in work)])


def _price_shot(storyboard: Storyboard, one: BatchShot, media: str, model: Model) -> Cost:
    try:
        return (_price_picture if media == "image" else _price_clip)(storyboard, one, model)
    except BadRequest:
        return FREE  # that shot fails before anything is sent


def _price_words(one: BatchShot, prompts: PromptChoice) -> Cost:
    if prompts.target is None:
        return FREE
    inputs = prompt_inputs(one.scene.brief, idea_of(one.shot), None)
    return price_inputs(prompts.target.provider, prompts.target.model, inputs)


def price_usual(storyboard: Storyboard, media: str, choice: MediaChoice) -> Cost:
    """Price of a shot's picture or clip of which nothing is known yet but its model."""
    if choice.drawn:
        return FREE
    model = routed_catalog().models[choice.model_id]
    try:
        return (
            _price_image(storyboard, "-", model)
            if media == "image"
            else _price_seconds(storyboard, "-", model, LONGEST)
        )
    except BadRequest:
        return UNKNOWN


def has_own_sound(storyboard: Storyboard, choice: MediaChoice) -> bool | None:
    """True if a shot's clip is bought with its own sound; None where its model lets nobody choose."""
    model = routed_catalog().models[choice.model_id]
    try:
        return own_sound(model, _clip_inputs(storyboard, "-", model, SECONDS))
    except BadRequest:
        return None


def _price_picture(storyboard: Storyboard, one: BatchShot, model: Model) -> Cost:
    return _price_image(storyboard, shot_prompt(one.shot), model)


def _price_image(storyboard: Storyboard, prompt: str, model: Model) -> Cost:
    reference = storyboard.style_url or None
    body = image_body(model, prompt=prompt, aspect_ratio=storyboard.aspect_ratio, reference=reference)
    return price_inputs(model.provider, model.endpoint_id, body.inputs)


def _price_clip(storyboard: Storyboard, one: BatchShot, model: Model) -> Cost:
    longest = LONGEST if one.scene.brief.dialogue else SECONDS
    return _price_seconds(storyboard, motion_prompt(one.shot), model, longest)


def _price_seconds(storyboard: Storyboard, prompt: str, model: Model, longest: float) -> Cost:
    usual, most = (
        price_inputs(model.provider, model.endpoint_id, _clip_inputs(storyboard, prompt, model, seconds))
        for seconds in (SECONDS, longest)
    )
    if usual.most is None or most.most is None or most.most <= usual.most:
        return most
    return Cost(usual.least, most.most, usual.reason or UNSPOKEN)


def _clip_inputs(storyboard: Storyboard, prompt: str, model: Model, seconds: float) -> dict[str, object]:
    ratio, of_clip = storyboard.aspect_ratio, clip_format(storyboard.wanted)
    return video_body(model, prompt=prompt, image_url=STILL, aspect_ratio=ratio, seconds=seconds, **of_clip).inputs
