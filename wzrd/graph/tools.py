"""The local tools: what each takes, makes, and may be told, by action id. Pure; `execution/local/tools.py` runs them.

The names are those that the studio's nodes save; where they are in milliseconds, or have a plainer name, both are read.
The same table validates, is the JSON schema, and is drawn into docs/local_tools.md.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from wzrd.graph.audio_tools import AUDIO_TOOLS
from wzrd.graph.image_tools import IMAGE_TOOLS
from wzrd.graph.parameters import read_parameter
from wzrd.graph.tool_types import Tool
from wzrd.graph.video_tools import VIDEO_TOOLS

TOOLS: Mapping[str, Tool] = MappingProxyType({**IMAGE_TOOLS, **VIDEO_TOOLS, **AUDIO_TOOLS})
"""Every local tool by its action id."""


def read_values(action_id: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The tool's parameters as they are meant, defaults filled in; what is not the tool's is left out.

    Raises:
        BadParameter: one of them is not allowed.
    """
    return {each.name: read_parameter(each, params, action_id) for each in TOOLS[action_id].parameters}
