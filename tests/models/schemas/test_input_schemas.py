"""The vendors' schemas as data, and the check of a body by them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.models.catalog import Model, load_catalog
from wzrd.models.schemas.input_schemas import CHAT, InputSchema, chat_schema, find_schema, is_verified

FAL = [model for model in load_catalog().models.values() if model.provider == "fal-ai"]
GMI = [one for one in load_catalog().models.values() if one.provider == "gmi-cloud" and one.media_type != "text"]
SCHEMAS = {
    model.endpoint_id: schema
    for model in load_catalog().models.values()
    if (schema := find_schema(model.provider, model.endpoint_id))
} | {f"{CHAT} of {provider}": chat_schema(provider) for provider in ("groq", "openai")}
KEYWORDS = frozenset({
    "type", "enum", "default", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "pattern", "minItems", "maxItems", "items", "properties", "required", "anyOf",
    "additionalProperties", "deprecated",
})  # fmt: skip
_PROVIDERS = Path(__file__).parents[3] / "docs" / "operating" / "providers.md"
LISTED = _PROVIDERS.read_text().partition("### Inputs that nobody has told")[2].partition("\n## ")[0]


def parts_of(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The schema and every schema within it."""
    yield schema
    for inner in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        yield from parts_of(inner)
    if "items" in schema:
        yield from parts_of(schema["items"])


@pytest.mark.parametrize(("models", "least", "kinds"), [(FAL, 0.9, {"image", "video"}), (GMI, 0.75, {"video"})])
def test_most_models_have_the_vendors_schema(models: list[Model], least: float, kinds: set[str]) -> None:
    """Nine of ten pictures and clips of fal's; those that have none are listed for operators, and no other."""
    shown = [model for model in models if model.media_type in kinds]
    assert sum(map(is_verified, shown)) >= least * len(shown)
    row = next(line for line in LISTED.splitlines() if line.startswith(f"| `{models[0].provider}` |"))
    listed = row.split(" | ")[1].replace("`", "").split(", ")
    assert sorted(listed) == sorted(model.endpoint_id for model in models if not is_verified(model))


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_schema_is_facts_with_source_and_date(schema: InputSchema) -> None:
    """Who said it and when; closed objects; few words of JSON Schema, and none of the vendor's sentences."""
    assert schema.sources
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d( [\d.]+)?", date) for date in schema.sources.values())
    assert set(schema.required) <= set(schema.properties)
    for part in parts_of(schema.schema):
        assert set(part) <= KEYWORDS
        assert ("properties" in part) == ("additionalProperties" in part)
        assert " " not in str(part.get("default", ""))
    jsonschema.Draft202012Validator.check_schema(schema.schema)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_every_default_is_valid(schema: InputSchema) -> None:
    """A vendor's own values pass its schema."""
    defaults = {name: one["default"] for name, one in schema.properties.items() if "default" in one}
    assert [one for one in schema.problems(defaults) if one["type"] != "missing"] == []


def test_what_the_field_reports_of_single_models() -> None:
    """Lengths as texts, as numbers, with a unit; the first frame by its own name; whole sizes."""
    assert SCHEMAS["fal-ai/kling-video/v3/pro/image-to-video"].required == ("start_image_url",)
    assert SCHEMAS["fal-ai/sora-2/text-to-video"].properties["duration"]["enum"] == [4, 8, 12, 16, 20]
    assert SCHEMAS["fal-ai/kling-video/v2.6/pro/text-to-video"].properties["duration"]["enum"] == ["5", "10"]
    assert SCHEMAS["fal-ai/veo3.1"].properties["duration"]["enum"] == ["4s", "6s", "8s"]
    assert "1536x1024" in SCHEMAS["fal-ai/gpt-image-1.5"].properties["image_size"]["enum"]
    assert set(SCHEMAS["fal-ai/sadtalker"].required) == {"source_image_url", "driven_audio_url"}


def test_problems_are_told_as_fal_tells_them() -> None:
    """Place, words and kind of each."""
    schema = SCHEMAS["fal-ai/kling-video/v2.6/pro/text-to-video"]
    told = {one["loc"]: one["type"] for one in schema.problems({"duration": 5, "fps": 24})}
    assert told == {("prompt",): "missing", ("duration",): "literal_error", ("fps",): "extra_forbidden"}
    assert schema.problems({"prompt": "rain", "duration": "5"}) == []


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 200)
    | st.sampled_from([0.5, 7.25])
    | st.sampled_from(["", "5", "auto", "16:9"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["width", "height", "prompt"]), inner),
    max_leaves=4,
)


@given(st.data())
def test_two_validators_agree(data: st.DataObject) -> None:
    """A body is valid here exactly where jsonschema finds it so (which calls 5.0 a whole number, and we do not)."""
    schema = SCHEMAS[data.draw(st.sampled_from(sorted(SCHEMAS)))]
    names = data.draw(st.lists(st.sampled_from([*schema.properties, "unknown"]), max_size=6, unique=True))
    valid = {name: st.sampled_from(one["enum"]) for name, one in schema.properties.items() if "enum" in one}
    body = {name: data.draw(valid.get(name, VALUES) | VALUES) for name in names}
    validator: Any = jsonschema.Draft202012Validator(schema.schema)
    found = [*validator.iter_errors(body)]
    assert bool(schema.problems(body)) == bool(found), (body, found)
