"""The documented code of a generation's failure, by its route, and the parameters that routing needs.

Which function a generation goes to, the server says (`generation-route`): no model is routed here.
"""

from collections.abc import Mapping
from typing import Any, cast

from wzrd.client.errors import ErrorCode

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
