"""A clip's own sound is bought only where somebody asks for it, and their asking passes."""

from typing import Any

import pytest

from wzrd.domain.errors import BadRequest
from wzrd.models.bodies import make_body, own_sound
from wzrd.models.body_prices import price_inputs
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.shot_inputs import video_body

HERE = "https://1.1.1.1/{}.png"
ROLES: dict[str, Any] = {"prompt": "a lamp with a voice_id", "first_frame": HERE.format("a"), "seconds": 6,
                         "last_frame": HERE.format("b"), "image": HERE.format("c")}  # fmt: skip
VEO = load_catalog().models["fal-ai/veo3.1"]


def _clips() -> list[Model]:
    """The models of clips that can be asked with words and pictures."""
    return [one for one in load_catalog().models.values() if one.media_type == "video" and one.provider != "animatic"]


def test_nobody_buys_a_sound_unasked() -> None:
    """Whatever a model's default is: its body says no, by any of its words for that."""
    silent = 0
    for model in _clips():
        try:
            body = make_body(model, {}, roles=ROLES).inputs
        except BadRequest:
            continue  # it needs what these roles have not
        assert own_sound(model, body) is not True, model.id
        silent += own_sound(model, body) is False
    assert silent >= 40


@pytest.mark.parametrize("said", [True, "true", False])
def test_what_somebody_says_passes(said: object) -> None:
    """The documented client's `generate_audio` is sent as it is, and a body says whether it will be heard."""
    body = make_body(VEO, {"prompt": "a", "generate_audio": said}).inputs
    assert body["generate_audio"] is (said is not False)
    assert own_sound(VEO, body) is (said is not False)


def test_a_voice_is_asked_for_to_be_heard() -> None:
    """A voice that is named, also inside an element, leaves the sound to the model's default."""
    kling = load_catalog().models["fal-ai/kling-video/v3/pro/image-to-video"]
    elements = [{"voice_id": "v", "frontal_image_url": HERE.format("d")}]
    assert make_body(kling, {"elements": elements}, roles=ROLES).inputs["generate_audio"] is True
    bare = [{"frontal_image_url": HERE.format("d")}]
    assert make_body(kling, {"elements": bare}, roles=ROLES).inputs["generate_audio"] is False


def test_a_films_clip_costs_the_silent_price() -> None:
    """Veo with sound is twice as dear; a shot's clip is bought without, unless it is wished for."""
    model = load_catalog().models["fal-ai/veo3.1/image-to-video"]
    wished: dict[str, Any] = {"prompt": "a", "image_url": HERE.format("a"), "aspect_ratio": "16:9", "seconds": 6.0}
    silent, heard = (video_body(model, **wished, sound=sound).inputs for sound in (False, True))
    assert video_body(model, **wished).inputs == silent
    costs = [price_inputs(model.provider, model.endpoint_id, one).most for one in (silent, heard)]
    assert None not in costs
    assert costs[1] == 2 * (costs[0] or 0)
