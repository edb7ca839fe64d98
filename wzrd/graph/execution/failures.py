"""The failure of a node, under the code that clients know it by."""

from wzrd.domain.errors import InsufficientCredits, OverBudget, WzrdError, error_code


class NodeFailed(WzrdError):
    """The node could not be made."""

    code = "node_failed"


class ElementsFailed(NodeFailed):
    """Some elements of a batch could not be made; `cause` is the code of the first one's error."""

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


def code_of(error: Exception) -> str:
    """The code of an error, as clients know it."""
    if isinstance(error, ElementsFailed):
        return error.cause
    if isinstance(error, OverBudget):  # of a node in mid-run it is documented as the same
        return InsufficientCredits.code
    return error_code(error)
