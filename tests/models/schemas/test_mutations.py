"""Every field of every model, mutated: refused by name where it would be sent, and by the vendor's fake."""

from dataclasses import replace

import pytest

from tests.models.schemas.samples import mutations, valid_body
from wzrd.domain.errors import BadRequest
from wzrd.models.bodies import make_body, own_sound
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.schemas.input_schemas import InputSchema, find_schema

BARE = [
    (model.id, schema)
    for model in load_catalog().models.values()
    if (schema := find_schema(model.provider, model.endpoint_id))
]


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
