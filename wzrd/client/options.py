"""Options of `generate_image` and its kin, besides a prompt; codes of failures and routing's parameters, by route."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

from wzrd.client.errors import ErrorCode
from wzrd.contracts.generate import OutputConfig, ReferenceAsset
from wzrd.contracts.generation_service import GenerationMetadata
from wzrd.contracts.money import Dollars
from wzrd.contracts.wire import dumps


class GenerationKeywords(TypedDict, total=False):
    """Options of `generate_image` and its kin, besides a prompt.

    `auto_store` (default true) decides over the one of `output_config`. `wait`, `request_id`, `max_credits`,
    `max_usd` and `allow_unpriced` as of `generate`.
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
    max_usd: Dollars
    allow_unpriced: Sequence[str]


def check_options(given: GenerationKeywords) -> GenerationKeywords:
    """The options that say something.

    Raises:
        TypeError: there is no such option: what is meant for the model would be lost, and the model be paid.
    """
    known = GenerationKeywords.__annotations__
    if unknown := sorted(given.keys() - known.keys()):
        message = f"no option is called {unknown[0]!r}; there are {', '.join(known)}"
        raise TypeError(f"{message}; a model's own settings are named in parameters")
    return cast("GenerationKeywords", {name: value for name, value in given.items() if value is not None})


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """See that they can be sent.

    Raises:
        TypeError: one holds what JSON has no word for; the message names it.
    """
    try:
        dumps(parameters)
    except TypeError as error:
        named = next((name for name, value in parameters.items() if not _is_json(value)), "")
        message = f"parameters[{named!r}] cannot be sent as JSON ({error})"
        raise TypeError(f"{message}: of a file give its address, or its path among reference_assets") from None


def _is_json(value: object) -> bool:
    try:
        dumps(value)
    except TypeError:
        return False
    return True


ERROR_CODES: Mapping[str, ErrorCode] = {
    "fal-stream": "stream_error",
    "gmi-cloud": "gmi_error",
    "gemini-text": "text_error",
    "groq-text": "groq_error",
    "elevenlabs-tts": "audio_error",
    "elevenlabs-sfx": "audio_error",
    "elevenlabs-music": "audio_error",
    "edge-function": "edge_function_error",
}
"""The code of a failure, by the documented route."""


def route_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as routing needs them: of a file in a text, that it is one is enough."""

    def brief(value: Any) -> Any:
        if isinstance(value, list):
            return [brief(inner) for inner in cast("list[Any]", value)]
        return "data:," if isinstance(value, str) and value[:5].lower() == "data:" else value

    return {name: brief(value) for name, value in parameters.items()}
