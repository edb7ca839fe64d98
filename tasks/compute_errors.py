"""What is told of a node's failure: ours in its own words, a foreign one without its details."""

from tasks.auto_generate import error_message as error_message
from wzrd.domain.errors import WzrdError


class NodeFailed(WzrdError):
    """The node could not be made."""

    code = "node_failed"


def code_of(error: Exception) -> str:
    """The code of an error, as clients know it."""
    return error.code if isinstance(error, WzrdError) else WzrdError.code
