"""The rule of a shot's model, over the whole catalog."""

import pytest

from wzrd.domain.errors import BadRequest
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_models import choose_shot_image, choose_shot_video, clip_models

LTX = "gmi/ltx-fast-i2v"
KLING = "fal-ai/kling-video/o3/standard/image-to-video"


def anything(_provider: str, _media: str) -> str | None:
    return None


def without_gmi(provider: str, _media: str) -> str | None:
    return f"no_credentials:{provider}" if provider == "gmi-cloud" else None


def nothing(provider: str, _media: str) -> str | None:
    return f"no_credentials:{provider}"


def test_every_model_of_the_catalog_is_decided_by_one_of_the_five_rules() -> None:
    """A model that takes a picture runs itself; for any other the reason says which rule chose what."""
    able = {model.id for model in clip_models("gmi-cloud")}
    for model in routed_catalog().listed:
        if model.provider == "animatic":
            continue
        chosen = choose_shot_video(model.id, anything)
        assert chosen.requested == model.id
        assert chosen.runs in able
        if model.id in able:
            assert (chosen.runs, chosen.reason) == (model.id, None)
        elif model.provider != "gmi-cloud":
            assert (chosen.runs, chosen.reason) == (LTX, f"unsupported_provider:{model.provider}->default:{LTX}")
        else:
            how = "default" if chosen.runs == LTX else "same_family"
            assert chosen.reason == f"incompatible_with_image_input:{model.workflow_type}->{how}:{chosen.runs}"


def test_the_default_is_the_first_of_the_candidates_and_the_others_stand_behind_it_in_order() -> None:
    """Who names nothing gets the default without a reason; a switched-off model gives way in the catalog's order."""
    order = [model.id for model in clip_models("gmi-cloud")]
    assert order[0] == LTX
    chosen = choose_shot_video(None, anything)
    assert (chosen.requested, chosen.runs, chosen.reason, list(chosen.instead)) == (LTX, LTX, None, order[1:])
    second = choose_shot_video(order[1], anything)
    assert list(second.instead) == [LTX, *order[2:]]


def test_an_unknown_clip_model() -> None:
    """The default, and the reason names both."""
    chosen = choose_shot_video("nobody/knows-it", anything)
    assert (chosen.runs, chosen.reason) == (LTX, f"unknown_model:nobody/knows-it->default:{LTX}")


def test_where_only_fal_can_be_asked_the_rule_holds_over_fals_models() -> None:
    """Nobody gets a drawing while a key buys a clip; without any key the original's provider is named."""
    assert choose_shot_video(None, without_gmi).runs == KLING
    assert choose_shot_video(KLING, without_gmi).reason is None
    assert choose_shot_video(LTX, without_gmi).reason == f"unsupported_provider:gmi-cloud->default:{KLING}"
    text_only = "fal-ai/kling-video/o3/standard/text-to-video"
    told = f"incompatible_with_image_input:text-to-video->same_family:{KLING}"
    assert choose_shot_video(text_only, without_gmi).reason == told
    assert choose_shot_video(None, nothing).runs == LTX


@pytest.mark.parametrize("asked", ["animatic", "animatic/video"])
def test_animatic_mode_can_be_asked_for(asked: str) -> None:
    """It runs itself, and nothing stands behind it."""
    chosen = choose_shot_video(asked, anything)
    assert (chosen.runs, chosen.reason, chosen.instead) == ("animatic/video", None, ())


def test_the_picture_models() -> None:
    """The caller's, else the first default that can be asked; a switched-off one of GMI's gives way twice."""
    gemini, flux = "gmi/gemini-3.1-flash-image-preview", "fal-ai/flux/schnell"
    assert choose_shot_image(None, anything).runs == gemini
    assert choose_shot_image("", without_gmi).runs == "fal-ai/nano-banana-2"
    assert choose_shot_image(None, nothing).runs == gemini
    assert choose_shot_image("gmi/seedream-5.0-lite", anything).instead == (gemini, flux)
    assert choose_shot_image(gemini, anything).instead == (flux,)
    assert choose_shot_image(flux, anything).instead == ()


@pytest.mark.parametrize("asked", ["   ", "x" * 201, "a\nb"])
def test_what_is_no_id_is_refused(asked: str) -> None:
    """With the field's name."""
    for choose in (choose_shot_image, choose_shot_video):
        with pytest.raises(BadRequest):
            choose(asked, anything)
