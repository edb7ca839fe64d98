"""The example graphs: each is as the schema says, reads, is in order, and names only what there is."""

import json
from pathlib import Path
from uuid import UUID

import jsonschema_rs
import pytest

from server.cli.graph import read_source
from wzrd.graph.actions import action_of, model_named, work_of
from wzrd.graph.file_format import graph_file_schema
from wzrd.graph.prices import choose_model
from wzrd.graph.topological_order import sort_nodes
from wzrd.models.catalog import find_model

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples" / "graphs").glob("*.json"))
SCHEMA = jsonschema_rs.validator_for(graph_file_schema())


def no_obstacle(_provider: str, _media_type: str) -> str | None:
    return None


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_reads(path: Path) -> None:
    """It has an order; every action and model is one; what its tools are told they take; and it costs nothing."""
    graph = read_source(path).graph(UUID(int=1))
    assert len(sort_nodes(graph)) == len(graph.nodes)
    for node in graph.nodes.values():
        action_of(node)
        model = model_named(node)
        assert model is None or find_model(model) is not None
        if not path.stem.startswith("comfyui"):
            work = work_of(node)
            assert work.executor != "unsupported"
            assert not work.generates or choose_model(node, work, offline="never", obstacle=no_obstacle).credits == 0


@pytest.mark.parametrize(
    "path", [one for one in EXAMPLES if not one.stem.startswith("comfyui")], ids=lambda path: path.stem
)
def test_an_example_is_as_the_schema_says(path: Path) -> None:
    """The schema takes it, and takes no slip in it."""
    told = json.loads(path.read_bytes())
    SCHEMA.validate(told)
    assert (path.parent / told["$schema"]).exists()
    told["nodes"][0]["parms"] = {}
    assert not SCHEMA.is_valid(told)


def test_the_foreign_example_tells_what_is_left_out() -> None:
    """A checkpoint, and a control picture that no model takes here."""
    [path] = [one for one in EXAMPLES if one.stem.startswith("comfyui")]
    assert [one.node_id for one in read_source(path).not_understood] == ["4", "13", "14"]
