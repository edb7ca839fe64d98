"""The catalog: complete, unambiguous, and looked up as documented."""

import json
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.catalog import MEDIA_TYPES, Catalog, Model, find_model, load_catalog, parse_catalog, price_of


def _catalog(*rows: dict[str, object]) -> Catalog:
    base = {
        "name": "N",
        "provider": "fal-ai",
        "media_type": "image",
        "workflow_type": "text-to-image",
        "credits": 2,
        "category": "image",
    }
    return parse_catalog("\n".join(json.dumps(base | row) for row in rows).encode())


def test_every_model_is_whole() -> None:
    """312 documented models and Groq's own; each has a price, a known media type, a provider and an endpoint."""
    models = load_catalog().models
    assert len(models) == 313
    assert {model.media_type for model in models.values()} == MEDIA_TYPES
    assert {model.provider for model in models.values()} == {"fal-ai", "gmi-cloud", "lovable-ai", "elevenlabs", "groq"}
    for key, model in models.items():
        assert key == model.id
        assert model.credits >= 1
        assert price_of(model) == model.credits
        assert model.endpoint_id
        assert model.name
        assert model.ui_group in {"generation", "advanced"}
        assert model.transport in {"chat_completion", "request_queue", "fal_queue", "direct_http"}


def test_it_is_read_once() -> None:
    """Every caller sees the one catalog."""
    assert load_catalog() is load_catalog()


def test_nobody_can_change_it() -> None:
    """A caller that merges into a model's defaults by mistake fails at once instead of changing everyone's."""
    model = find_model("elevenlabs-music")
    assert model is not None
    with pytest.raises(TypeError):
        model.defaults["duration"] = 1  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        model.credits = 0  # type: ignore[misc]
    with pytest.raises(TypeError):
        load_catalog().models["x"] = model  # type: ignore[index]
    assert hash(model) == hash(find_model("elevenlabs-music"))


def test_controls_keep_their_labels_and_values() -> None:
    """A control's options are (label, value) pairs, whichever way the file writes them."""
    model = find_model("fal-ai/flux/dev")
    assert model is not None
    ratio = model.controls[0]
    assert (ratio.key, ratio.type, ratio.default) == ("aspect_ratio", "select", "16:9")
    assert ("9:16", "9:16") in ratio.options


@pytest.mark.parametrize("model_id", sorted(load_catalog().models))
def test_an_exact_id_finds_itself(model_id: str) -> None:
    """No alias of another model can hide an id."""
    found = find_model(model_id)
    assert found is not None
    assert found.id == model_id


def test_every_alias_means_its_best_ranked_model() -> None:
    """By isDefault, then defaultRank, sortRank, id - for each alias of each model."""
    models = load_catalog().models
    for alias in {alias for model in models.values() for alias in model.aliases} - set(models):
        owners = [model for model in models.values() if alias in model.aliases]
        best = min(owners, key=lambda m: (not m.is_default, m.default_rank, m.sort_rank, m.id))
        assert find_model(alias) is best


def test_ranks_break_ties_in_their_order() -> None:
    """The flag isDefault beats defaultRank beats sortRank beats id; the exact id beats all."""

    def winner(*rows: dict[str, object]) -> str:
        found = _catalog(*({"aliases": ["x"], **row} for row in rows)).find("x")
        assert found is not None
        return found.id

    assert winner({"id": "a"}, {"id": "b"}) == "a"
    assert winner({"id": "a"}, {"id": "b", "sort_rank": 5}) == "b"
    assert winner({"id": "a", "sort_rank": 5}, {"id": "b", "default_rank": 9}) == "b"
    assert winner({"id": "a", "default_rank": 1, "sort_rank": 1}, {"id": "b", "is_default": True}) == "b"
    assert winner({"id": "a", "is_default": True}, {"id": "x", "aliases": []}) == "x"


def test_groq_has_rows_of_its_own() -> None:
    """The writer's model and anything under groq/ cost one credit; the prefix is ours, not the provider's."""
    llama = find_model("llama-3.3-70b-versatile")
    assert llama is not None
    assert (llama.provider, llama.media_type, price_of(llama)) == ("groq", "text", 1)
    other = find_model("groq/openai/gpt-oss-120b")
    assert other is not None
    assert (other.id, other.endpoint_id, other.provider, price_of(other)) == (
        "groq/openai/gpt-oss-120b",
        "openai/gpt-oss-120b",
        "groq",
        1,
    )


@pytest.mark.parametrize("model_id", ["groq/", "groq/*", "groq/../x y", "groq/\n", "groq", "groq/" + "a" * 200, ""])
def test_a_family_has_only_well_formed_members(model_id: str) -> None:
    """A family is no door for arbitrary text."""
    assert find_model(model_id) is None


@given(st.text())
def test_any_text_may_be_asked_for(text: str) -> None:
    """Lookup answers a model or None, whatever it is given."""
    assert isinstance(find_model(text), Model | None)


@pytest.mark.parametrize(
    ("model_id", "price"),
    [
        ("fal-ai/nano-banana-2", 4),
        ("fal-ai/kling-video/o3/standard/text-to-video", 20),
        ("fal-ai/elevenlabs/tts/turbo-v2.5", 4),
        ("openai/gpt-image-2", 100),
        ("google/gemini-2.5-flash", 1),
        ("elevenlabs-music", 4),
    ],
)
def test_the_price_is_the_catalogs(model_id: str, price: int) -> None:
    """The price shown is the price charged: no other table exists."""
    model = find_model(model_id)
    assert model is not None
    assert price_of(model) == price


def test_a_damaged_file_is_refused() -> None:
    """Two models of one id, an unknown field, a missing one, a line that is no JSON."""
    with pytest.raises(ValueError, match="two models have the id a"):
        _catalog({"id": "a"}, {"id": "a"})
    with pytest.raises(TypeError):
        _catalog({"id": "a", "prise": 3})
    with pytest.raises(TypeError):
        parse_catalog(b'{"id": "a", "media_type": "image"}')
    with pytest.raises(ValueError):  # noqa: PT011 - the parser's own text
        parse_catalog(b"{")
