"""Which model makes a picture or a clip, what that costs, and what stands in for it."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.domain.offline import ANIMATIC, Offline, name_obstacle
from wzrd.domain.submission import Target
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.media_choice import DEFAULT_MODELS, MediaChoice, choose_media, sheet_model

FREE = Target(ANIMATIC, ANIMATIC)
FLUX = "fal-ai/flux/schnell"
OFFLINE: tuple[Offline, ...] = ("auto", "always", "never")


def choose(model: str | None, media: str = "image", *, offline: Offline = "auto", usable: bool = False) -> MediaChoice:
    """A choice where every provider can be asked, or none for want of its key."""

    def obstacle(provider: str, _media: str) -> str | None:
        return None if usable else name_obstacle(provider, has_key=False)

    return choose_media(model, media, offline=offline, obstacle=obstacle)


@given(st.sampled_from([model for model in load_catalog().models.values() if model.media_type in {"image", "video"}]))
def test_a_model_of_the_catalog_runs_itself_at_its_price(listed: Model) -> None:
    """Where its provider can be called: the target is that model by its name there, its price is the one shown."""
    choice = choose(listed.id, listed.media_type, usable=True)
    runs = [
        model
        for model in load_catalog().models.values()
        if (model.provider, model.endpoint_id, model.media_type, model.credits)
        == (choice.target.provider, choice.target.model, listed.media_type, choice.credits)
    ]
    assert runs
    assert choice.fallback_reason or listed in runs, "another model runs, and nobody is told"


def test_a_target_is_the_models_name_at_its_provider() -> None:
    """An id is ours; what is sent is what its provider knows."""
    assert choose("gmi/seedream-5.0-lite", usable=True).target == Target("gmi-cloud", "seedream-5-0-lite")
    assert choose("gmi/seedance-2.0-i2v", "video", usable=True).target == Target("gmi-cloud", "seedance-2-0-260128")


@pytest.mark.parametrize("media", ["image", "video"])
def test_without_a_wish_the_default_runs(media: str) -> None:
    """No id and an empty id mean the task's default; a clip's default starts from a picture."""
    for model in (None, ""):
        choice = choose(model, media, usable=True)
        assert (choice.target.model, choice.fallback_reason) == (DEFAULT_MODELS[media], None)
    assert load_catalog().models[DEFAULT_MODELS["video"]].workflow_type == "image-to-video"


@pytest.mark.parametrize(("offline", "media"), list(product(OFFLINE, ("image", "video"))))
def test_animatic_is_animatic_for_nothing(offline: Offline, media: str) -> None:
    """Who asks for it gets it, whatever WZRD_OFFLINE says, and nothing fell back."""
    assert choose(ANIMATIC, media, offline=offline) == MediaChoice(FREE, 0)


def test_what_cannot_be_called_falls_back_for_nothing_and_says_why() -> None:
    """The reason names the provider; `always` says so, even where there is a key."""
    assert choose(FLUX) == MediaChoice(FREE, 0, "no_credentials:fal-ai")
    assert choose(None, "video") == MediaChoice(FREE, 0, "no_credentials:fal-ai")
    for usable in (True, False):
        assert choose(FLUX, offline="always", usable=usable) == MediaChoice(FREE, 0, "offline_always")


def test_never_means_never() -> None:
    """Nothing free is made behind the user's back: the error names model and provider and says what to do."""
    with pytest.raises(NotConfigured, match=r"fal-ai.*animatic.*WZRD_OFFLINE") as refused:
        choose(FLUX, offline="never")
    assert refused.value.details == {"provider": "fal-ai"}
    assert choose(FLUX, offline="never", usable=True).credits == load_catalog().models[FLUX].credits


def test_an_unknown_model_is_refused() -> None:
    """A whole project is not made with a model that nobody named: 400 with the nearest ids, key or no key."""
    for media, usable in product(("image", "video"), (True, False)):
        with pytest.raises(BadRequest, match=r"no model is called 'fal-ai/flux/shnell': the nearest are fal-ai/"):
            choose("fal-ai/flux/shnell", media, usable=usable)
    with pytest.raises(BadRequest, match="`wzrd catalog` lists"):
        choose("nobody/knows-this")


def test_a_retired_name_is_no_unknown_one() -> None:
    """It runs what it means today, and says so."""
    assert choose("flux-schnell", usable=True).fallback_reason == "alias:flux-schnell"


@pytest.mark.parametrize("offline", OFFLINE)
def test_a_model_of_another_kind_is_refused(offline: Offline) -> None:
    """A video model makes no picture, a text model neither; the message says what it makes."""
    for media, model, makes in (("image", DEFAULT_MODELS["video"], "video"), ("video", FLUX, "image")):
        with pytest.raises(BadRequest, match=f"makes {makes}, not {media}") as refused:
            choose(model, media, offline=offline, usable=True)
        assert refused.value.details["field"] == f"{media}_model"


@pytest.mark.parametrize("junk", [" ", "x" * 201, "a\0b", "\n"])
def test_what_is_no_id_is_refused(junk: str) -> None:
    """400, not a search through the catalog."""
    with pytest.raises(BadRequest):
        choose(junk, usable=True)


@pytest.mark.parametrize(
    ("model", "maker"),
    [
        ("fal-ai/flux-2-pro", "fal-ai/flux-2-pro"),
        ("fal-ai/flux-2-pro/edit", "fal-ai/flux-2-pro"),
        ("fal-ai/seedream/v4.5/edit", "fal-ai/bytedance/seedream/v4.5/text-to-image"),
        ("fal-ai/qwen-image-2/pro/edit", "fal-ai/qwen-image-2/pro/text-to-image"),
        ("fal-ai/flux/dev/image-to-image", "fal-ai/flux/dev"),
        ("fal-ai/iclight-v2", "fal-ai/nano-banana-2"),
    ],
)
def test_sheets_are_made_by_the_model_or_its_sibling(model: str, maker: str) -> None:
    """By its vendor's name of the endpoint; the default model where none makes pictures of words."""
    assert sheet_model(model) == maker


@pytest.mark.parametrize(
    ("asked", "runs"),
    [
        ("fal-ai/veo3.1", "fal-ai/veo3.1/image-to-video"),
        ("fal-ai/kling-video/o3/pro/text-to-video", "fal-ai/kling-video/o3/pro/image-to-video"),
        ("gmi/seedance-2.0-t2v", "gmi/seedance-2.0-i2v"),
        ("fal-ai/hunyuan-video", DEFAULT_MODELS["video"]),
    ],
)
def test_a_film_of_a_model_that_needs_no_picture_is_made_by_its_sibling_that_takes_one(asked: str, runs: str) -> None:
    """Who names Veo for a film gets Veo, not the default model, where Veo makes clips of pictures too; it is told."""
    choice = choose(asked, "video", usable=True)
    how = "default" if runs == DEFAULT_MODELS["video"] else "same_family"
    assert choice.model_id == runs
    assert choice.fallback_reason == f"incompatible_with_reference_input:text-to-video->{how}:{runs}"
