"""The catalog: complete, unambiguous, and looked up as documented."""

import difflib
import json
import re
from collections import Counter
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.offline import ANIMATIC
from wzrd.models.catalog import MEDIA_TYPES, Model, ModelCatalog, find_model, load_catalog, parse_catalog, price_of


def _catalog(*rows: dict[str, object]) -> ModelCatalog:
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
    """312 documented models, 13 that films need, Groq's own and animatic mode's four.

    Each has a price, and only animatic mode is free.
    """
    catalog = load_catalog()
    assert len(catalog.models) == 330
    assert {model.media_type for model in catalog.models.values()} == MEDIA_TYPES
    providers = {"fal-ai", "gmi-cloud", "lovable-ai", "elevenlabs", "groq", ANIMATIC}
    assert {model.provider for model in catalog.models.values()} == providers
    for key, model in (*catalog.models.items(), *((f"{prefix}*", model) for prefix, model in catalog.families.items())):
        assert key == model.id
        assert (model.credits == 0) == (model.provider == ANIMATIC)
        assert price_of(model) == model.credits
        assert model.studio_surfaces
    free = [model.id for model in catalog.listed if model.credits == 0]
    assert free == ["animatic/image", "animatic/text", "animatic/video", "animatic/audio"]


def test_the_documents_example_is_a_model() -> None:
    """Whoever copies the line of docs/adding.md has a model that is well formed, under an id that is free."""
    document = (Path(__file__).parents[2] / "docs" / "adding.md").read_text()
    line = document.partition("## A model\n")[2].partition("```json\n")[2].partition("\n```")[0]
    added = parse_catalog(line.encode()).listed
    assert [(model.credits, model.media_type) for model in added] == [(3, "image")]
    assert find_model(added[0].id) is None


def test_lists_have_one_order() -> None:
    """The defaults first, by their rank; then by the rows' rank and name; every model once."""
    listed = load_catalog().listed
    assert {model.id for model in listed} == set(load_catalog().models)
    assert len(listed) == len(load_catalog().models)
    order = [(not model.is_default, model.default_rank, model.sort_rank, model.name) for model in listed]
    assert order == sorted(order)
    assert listed[0].is_default


def test_it_is_read_once() -> None:
    """Every caller sees the one catalog."""
    assert load_catalog() is load_catalog()


def test_nobody_can_change_it() -> None:
    """A caller that merges into a model's defaults by mistake fails at once instead of changing everyone's."""
    model = find_model("elevenlabs-music")
    assert model is not None
    with pytest.raises(TypeError):
        cast("Any", model.defaults)["duration"] = 1
    with pytest.raises(FrozenInstanceError):
        cast("Any", model).credits = 0
    with pytest.raises(TypeError):
        cast("Any", load_catalog().models)["x"] = model
    assert hash(model) == hash(find_model("elevenlabs-music"))


def test_controls_keep_their_labels_and_values() -> None:
    """A control's options are (label, value) pairs, whichever way the file writes them."""
    model = find_model("fal-ai/flux/dev")
    assert model is not None
    ratio = model.controls[0]
    assert (ratio.key, ratio.type, ratio.default) == ("aspect_ratio", "select", "16:9")
    assert ("9:16", "9:16") in ratio.options


def test_an_exact_id_finds_itself() -> None:
    """No alias of another model can hide an id."""
    for model_id in load_catalog().models:
        found = find_model(model_id)
        assert found is not None, model_id
        assert found.id == model_id


def test_every_alias_means_its_best_ranked_model() -> None:
    """By isDefault, then defaultRank, sortRank, id - for each alias of each model."""
    models = load_catalog().models
    for alias in {alias for model in models.values() for alias in model.aliases} - set(models):
        owners = [model for model in models.values() if alias in model.aliases]
        best = min(owners, key=lambda m: (not m.is_default, m.default_rank, m.sort_rank, m.id))
        assert find_model(alias) is best


AMBIGUOUS = {
    ANIMATIC: "animatic/image",  # routing takes the one of the kind that is wanted
    "gmi/seedream-5.0": "gmi/seedream-5.0",  # an id of its own
    "gmi/veo-3-1-lite-generate-001": "gmi/veo-3-1-lite-generate-001",
    "openai/gpt-5": "openai/gpt-5",
    "seedance-2-0-260128": "gmi/seedance-2.0-t2v",
    "seedance-2-0-fast-260128": "gmi/seedance-2.0-fast-t2v",
    "veo-3.1-lite-generate-001": "gmi/veo-3-1-lite-generate-001",
    "wan2.7-i2v": "gmi/wan2.7-i2v",
    "wan2.7-r2v": "gmi/wan2.7-r2v",
    "zai-org/GLM-5-FP8": "gmi/glm-5",
}
"""Every alias that more than one model could claim, and the one that it means: a new one is decided here, not found."""


def test_the_ambiguous_aliases_are_these() -> None:
    """Shared by models, or the id of another one; each means what the rule makes of it."""
    models = load_catalog().models
    claims = Counter(alias for model in models.values() for alias in {*model.aliases, model.id})
    assert {
        alias: found.id for alias, times in claims.items() if times > 1 and (found := find_model(alias))
    } == AMBIGUOUS


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


BROKEN_ROWS: dict[str, dict[str, object]] = {
    "prise: Unexpected keyword argument, not 3": {"prise": 3},
    "name: Input should be a valid string, not None": {"name": None},
    "name: must be a text without spaces around it, not ' N'": {"name": " N"},
    "id: must be a text without": {"id": "a\nb"},
    "media_type: Input should be 'text', 'image', 'video', 'audio', 'json' or '3d', not 'film'": {"media_type": "film"},
    "transport: Input should be 'chat_completion', ": {"transport": "pigeon"},
    "ui_group: Input should be 'generation' or 'advanced', not 'hidden'": {"ui_group": "hidden"},
    "credits must be at least 1": {"credits": 0},
    "credits must be at least 1, and 0 for animatic alone, not 5": {"provider": ANIMATIC, "credits": 5},
    "credits: Input should be greater than or equal to 0, not -1": {"credits": -1},
    "credits: Input should be a valid integer, not 1.5": {"credits": 1.5},
    "credits: Input should be a valid integer, not True": {"credits": True},
    "aliases: must be different texts, not ['x', 'x']": {"aliases": ["x", "x"]},
    "supports: Input should be a valid array": {"supports": "prompt"},
    "requires_assets names no kind of media: smell": {"requires_assets": ["image", "smell"]},
    "is_default: Input should be a valid boolean, not 1": {"is_default": 1},
    "defaults.a.str: Input should be a valid string, not None": {"defaults": {"a": None}},
    "defaults: Input should be an object": {"defaults": []},
    "controls: Input should be a valid array": {"controls": {}},
    "controls.0: Input should be an object": {"controls": ["speed"]},
    "controls.0.label: Field required": {"controls": [{"key": "a", "type": "boolean"}]},
    "controls.0.type: Input should be 'select', 'number' or 'boolean', not 'dial'": {
        "controls": [{"key": "a", "label": "A", "type": "dial"}]
    },
    "controls.0.hint: Unexpected keyword argument": {
        "controls": [{"key": "a", "label": "A", "type": "boolean", "hint": ""}]
    },
    "controls.0: a select has options": {"controls": [{"key": "a", "label": "A", "type": "select"}]},
    "controls.0: a select has options, and nothing else": {
        "controls": [{"key": "b", "label": "B", "type": "boolean", "options": ["x"]}]
    },
    "controls.0: default 'z' is none of its values": {
        "controls": [{"key": "a", "label": "A", "type": "select", "options": ["x", ["Y", "y"]], "default": "z"}]
    },
    "controls.0.options.0: an option is a value or": {
        "controls": [{"key": "a", "label": "A", "type": "select", "options": [["x", "y", "z"]]}]
    },
    "controls.0: default 9 is none of its values": {
        "controls": [{"key": "a", "label": "A", "type": "number", "default": 9, "max": 8}]
    },
    "controls.0: default 'x' is none of its values": {
        "controls": [{"key": "a", "label": "A", "type": "number", "default": "x"}]
    },
    "controls.0: no number lies from 3 to 2": {
        "controls": [{"key": "a", "label": "A", "type": "number", "min": 3, "max": 2}]
    },
    "controls.0: no number lies from None to None in steps of 0": {
        "controls": [{"key": "a", "label": "A", "type": "number", "step": 0}]
    },
    "controls.0: default 1 is none of its values": {
        "controls": [{"key": "a", "label": "A", "type": "boolean", "default": 1}]
    },
    "two controls have one key: a, a": {"controls": [{"key": "a", "label": "A", "type": "boolean"}] * 2},
    "two models have the id good": {"id": "good"},
}


@pytest.mark.parametrize("told", BROKEN_ROWS)
def test_a_broken_row_is_refused_by_its_line(told: str) -> None:
    """Every field, control and default is checked when the file is read; the message names line, field and value."""
    with pytest.raises(ValueError, match=re.escape(f"the model catalog, line 2: {told}")):
        _catalog({"id": "good"}, {"id": "bad", **BROKEN_ROWS[told]})


@pytest.mark.parametrize("line", [b"{", b"[]", b"7", b"\n", b'{"id": "a", "media_type": "image"}', b'{"credits": NaN}'])
def test_a_line_that_is_no_model_is_refused(line: bytes) -> None:
    """No JSON, no object, or not all that a model has."""
    with pytest.raises(ValueError, match="the model catalog, line 1: "):
        parse_catalog(line)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_fields = st.sampled_from([one.name for one in fields(Model)])


@given(st.dictionaries(_fields, _json, max_size=4))
def test_a_row_is_a_model_or_an_error(changed: dict[str, object]) -> None:
    """Whatever stands in a row, it is read as a whole model, or refused as ValueError with its line."""
    try:
        catalog = _catalog({"id": "a", **changed})
    except ValueError as error:
        assert str(error).startswith("the model catalog, line 1: ")  # noqa: PT017 - either way is right
        return
    model = next(iter((*catalog.models.values(), *catalog.families.values())))
    assert (model.credits == 0) == (model.provider == ANIMATIC)
    assert hash(model) == hash(model)


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("fal-ai/flux/shnell", "fal-ai/flux/schnell"),
        ("GPT-5", "openai/gpt-5"),
        ("nano bananna", "fal-ai/nano-banana-2"),
        ("llama-3.3", "llama-3.3-70b-versatile"),
    ],
)
def test_the_nearest_ids(asked: str, near: str) -> None:
    """A slip of the pen finds its model, by id, name or alias; at most three are told, and all can be asked for."""
    found = load_catalog().nearest(asked)
    assert found[0] == near
    assert len(found) <= 3
    assert set(found) <= set(load_catalog().models)
    assert load_catalog().nearest("~" * 100_000) == ()


def test_the_nearest_ids_are_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked for: two texts are compared letter by letter only where they share some, and a few at most."""
    compared = list[int]()
    ratio = difflib.SequenceMatcher[str].quick_ratio

    def count(matcher: difflib.SequenceMatcher[str]) -> float:
        compared.append(1)
        return ratio(matcher)

    monkeypatch.setattr(difflib.SequenceMatcher, "quick_ratio", count)
    load_catalog().nearest("fal-ai/image-to-image-to-image-to-image-to-video")
    assert 0 < len(compared) <= 30
