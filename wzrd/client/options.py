"""Options of `generate_image` and `auto_generate`; codes of failures and routing's parameters, by route."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, TypeVar, cast
from uuid import UUID

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


class BatchKeywords(TypedDict, total=False):
    """Options of `auto_generate` and of its plan.

    `max_credits` and `max_usd` refuse what may cost more; `allow_unpriced` names models that may run without a known
    price. `only_failed` works on nothing but what was tried and failed, `resubmit_unknown` sends once more what a
    provider may have accepted before. `require_approval`: clips of approved stills alone. `shots`: these alone, with
    one more take where they have one; `note`: what they are to show besides. `sheets`: whose are made before the
    pictures. `voices`: voice ids by character, spoken before the clips; `lips`: models that move lips to them, or
    `auto`; `native_sound`: clips have their own sound. `soften`: a prompt that is refused is sent once more in milder
    words.
    """

    model: str | None
    max_credits: int | None
    max_usd: Dollars | None
    allow_unpriced: Sequence[str]
    only_failed: bool
    resubmit_unknown: bool
    require_approval: bool
    shots: Sequence[UUID]
    note: str
    sheets: Literal["none", "people", "all"]
    voices: Mapping[str, str] | None
    lips: Sequence[str]
    native_sound: bool
    soften: bool
    request_id: str | None


Keywords = TypeVar("Keywords", GenerationKeywords, BatchKeywords)


def check_options(given: Keywords, known: type[Keywords], about: str = "") -> Keywords:
    """The options that say something.

    Raises:
        TypeError: there is no such option: what is meant would be lost, and paid all the same.
    """
    names = known.__annotations__
    if unknown := sorted(given.keys() - names.keys()):
        raise TypeError(f"no option is called {unknown[0]!r}; there are {', '.join(names)}{about}")
    return cast("Keywords", {name: value for name, value in given.items() if value is not None})


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
