"""Descriptions of our flows and block types, as Prefect's REST takes them."""

import importlib
from collections.abc import Sequence
from typing import Any, cast

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


def describe_all(entrypoints: Sequence[str]) -> dict[str, Any]:
    """Each entrypoint's flow as `describe` has it, and our block types as `blocks`."""
    return {**{one: describe(one) for one in entrypoints}, "blocks": describe_blocks()}
