"""Every field of every model, mutated: refused by name where it would be sent, and by the vendor's fake."""

from dataclasses import replace

import pytest

from tests.models.schemas.samples import mutations, valid_body
from wzrd.domain.errors import BadRequest
from wzrd.models.bodies import check_chat, make_body, own_sound, schema_of
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.schemas.input_schemas import InputSchema, chat_schema, find_schema
from wzrd.models.sounds import KINDS, translate

BARE = [(one.id, schema_of(one)) for one in load_catalog().models.values() if schema_of(one).sources]
SOUNDS = {model: schema for model in KINDS if (schema := find_schema("elevenlabs", model))}
CHATS = {provider: chat_schema(provider) for provider in ("groq", "openai")}


def without_defaults(model_id: str) -> Model:
    """The model; what the catalog would fill in hides nothing."""
    return replace(load_catalog().models[model_id], defaults={})


@pytest.mark.parametrize(("model_id", "schema"), BARE, ids=[model_id for model_id, _ in BARE])
def test_a_mutated_field_is_refused(model_id: str, schema: InputSchema) -> None:
    """Any wrong value of any field, and any required one left out; the unchanged body passes, without a sound."""
    model = without_defaults(model_id)
    made, given = make_body(model, valid_body(schema)).inputs, valid_body(schema)
    silenced = {name: made[name] for name in made.keys() - given.keys()}
    assert made == silenced | given
    assert own_sound(model, silenced) is (False if silenced else None)
    seen: set[str] = set()
    for name, body in mutations(schema):
        with pytest.raises(BadRequest) as refused:
            make_body(model, body)
        assert str(refused.value.details["field"]).partition(".")[0] == name
        seen.add(name)
    assert seen == set(schema.properties)


WORDS = frozenset({"text", "prompt"})
OWN = frozenset({"duration_seconds", "music_length_ms"})
"""Fields of sounds that are made of others, which have bounds of their own."""


@pytest.mark.parametrize(("model", "schema"), SOUNDS.items(), ids=SOUNDS)
def test_a_mutated_field_of_a_sound_is_refused(model: str, schema: InputSchema) -> None:
    """Any wrong value of any field that is sent as it is; and what music takes instead of words is never sent."""
    words = next(name for name in ("text", "prompt") if name in schema.properties)
    valid = {words: "rain on a quay"}
    assert schema.problems(translate(model, valid).body) == []
    seen: set[str] = set()
    for name, body in mutations(schema):
        if name in WORDS | OWN:
            continue
        if model == "elevenlabs-music" and name in {"composition_plan", "respect_sections_durations", "seed"}:
            assert name not in translate(model, {**body, **valid}).body
            continue
        with pytest.raises(BadRequest) as refused:
            translate(model, {**body, **valid})
        assert str(refused.value.details["field"]).partition(".")[0] in {name, "modelId"}
        seen.add(name)
    assert seen >= set(schema.properties) - WORDS - OWN - {"composition_plan", "respect_sections_durations", "seed"}


@pytest.mark.parametrize(("provider", "schema"), CHATS.items(), ids=CHATS)
def test_a_mutated_field_of_a_chat_is_refused(provider: str, schema: InputSchema) -> None:
    """Any wrong value of any field that a chat may be given, before anything is held."""
    messages = [{"role": "user", "content": "rain on a quay"}]
    assert check_chat(provider, {"messages": messages, "temperature": "0.5"})["temperature"] == 0.5
    for name, body in mutations(schema):
        if name == "model" or (name == "messages" and "messages" not in body):
            continue
        with pytest.raises(BadRequest) as refused:
            check_chat(provider, {"messages": messages, **body})
        assert str(refused.value.details["field"]).partition(".")[0] == name
