"""A child's program: import the flows named on the command line and print what deployments and block types say.

Prefect takes seconds to import, so this runs beside the servers' start, and the supervisor never imports it.
"""

import gc
import importlib
import json
import sys
from typing import Any, cast

from wzrd.runtime.gc_tuning import no_collections

with no_collections():
    from prefect import Flow
    from prefect.utilities.callables import parameter_schema

    import blocks


def describe(entrypoint: str) -> dict[str, Any]:
    """The flow's name, its docstring, and the JSON schema of its parameters (the Prefect UI draws its form from it)."""
    module, _, name = entrypoint.rpartition(".")
    flow = getattr(importlib.import_module(module), name)
    if not isinstance(flow, Flow):
        raise TypeError(f"{entrypoint} is not a Prefect flow")
    described = cast("Flow[..., Any]", flow)
    return {
        "flow_name": described.name,
        "description": described.description,
        "parameter_openapi_schema": parameter_schema(described).model_dump(exclude_unset=True),
    }


def describe_blocks() -> list[dict[str, Any]]:
    """Our block types and their schemas, as Prefect's REST takes them."""
    return [
        {
            "name": block.get_block_type_name(),
            "slug": block.get_block_type_slug(),
            "documentation_url": str(vars(block)["_documentation_url"]),
            "description": block.get_description(),
            "code_example": block.get_code_example(),
            "fields": block.model_json_schema(),
            "capabilities": sorted(block.get_block_capabilities()),
            "version": block.get_block_schema_version(),
        }
        for block in blocks.TYPES
    ]


if __name__ == "__main__":
    with no_collections():
        described: dict[str, Any] = {entrypoint: describe(entrypoint) for entrypoint in sys.argv[1:]}
        sys.stdout.write(json.dumps({**described, "blocks": describe_blocks()}) + "\n")
        gc.freeze()  # it has said all: nothing is looked through at its end
