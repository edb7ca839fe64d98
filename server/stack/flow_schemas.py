"""A child's program: import the flows named on the command line and print what a deployment must say about each.

Prefect takes seconds to import, so this runs beside the servers' start, and the supervisor never imports it.
"""

import importlib
import json
import sys
from typing import Any, cast


def describe(entrypoint: str) -> dict[str, Any]:
    """The flow's name, its docstring, and the JSON schema of its parameters (the Prefect UI draws its form from it)."""
    from prefect import Flow  # noqa: PLC0415 - seconds: only this program pays them
    from prefect.utilities.callables import parameter_schema  # noqa: PLC0415

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


if __name__ == "__main__":
    print(json.dumps({entrypoint: describe(entrypoint) for entrypoint in sys.argv[1:]}))  # noqa: T201 - our product
