"""What `generate_image` and its kin take besides a prompt."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

from wzrd.contracts.generate import OutputConfig, ReferenceAsset
from wzrd.contracts.generation_service import GenerationMetadata


class GenerationOptions(TypedDict, total=False):
    """What `generate_image` and its kin take besides a prompt.

    `auto_store` (default true) decides over the one of `output_config`. `wait`, `request_id` and `max_credits` as of
    `generate`.
    """

    model: str
    parameters: Mapping[str, Any]
    project_id: str
    auto_store: bool
    reference_assets: Sequence[ReferenceAsset]
    output_config: OutputConfig
    metadata: GenerationMetadata
    wait: bool
    request_id: str
    max_credits: int


def check_options(given: GenerationOptions) -> GenerationOptions:
    """The options that say something.

    Raises:
        TypeError: there is no such option: what is meant for the model would be lost, and the model be paid.
    """
    known = GenerationOptions.__annotations__
    if unknown := sorted(given.keys() - known.keys()):
        told = f"no option is called {unknown[0]!r}; there are {', '.join(known)}"
        raise TypeError(f"{told}; a model's own settings are named in parameters")
    return cast("GenerationOptions", {name: value for name, value in given.items() if value is not None})
