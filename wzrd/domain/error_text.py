"""The text and the code of an error, as the owner of a run reads them."""

from wzrd.domain.errors import InsufficientCredits, OverBudget, WzrdError
from wzrd.domain.settlement import storable


def error_message(error: Exception) -> str:
    """Ours as it is, a foreign one without its details."""
    match error:
        case OverBudget():
            return error.message
        case InsufficientCredits():
            return f"Insufficient credits. Required {error.required} / available {error.available}."
        case WzrdError():
            return storable(error.message)
        case _:
            return "Something went wrong on our side"


def error_code(error: Exception) -> str:
    """The code of an error of ours; a foreign one is internal."""
    return error.code if isinstance(error, WzrdError) else WzrdError.code
