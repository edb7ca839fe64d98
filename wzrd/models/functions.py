"""The rules of functions that generate: who is meant by a name, and what it runs. Their rows are contracts."""

import re

from wzrd.contracts.functions import EDGE_FUNCTION, FUNCTIONS, Function
from wzrd.domain.errors import BadRequest
from wzrd.models.catalog import Model

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def find_function(name: str) -> Function:
    """The function that a caller named.

    Raises:
        BadRequest: it is no function's name, or none of ours.
    """
    if not _NAME.fullmatch(name):
        message = f"must be a function's name: a-z, 0-9 and -, not {name[:60]!r}"
        raise BadRequest(f"{EDGE_FUNCTION} {message}", field=EDGE_FUNCTION)
    known = {function.name: function for function in FUNCTIONS.values() if function.named}
    if name not in known:
        message = f"no function {name!r} generates here; there are {', '.join(known)}"
        raise BadRequest(f"{EDGE_FUNCTION}: {message}", field=EDGE_FUNCTION)
    return known[name]


def check_runs(function: Function, model: Model) -> None:
    """See that the function can run the model.

    Raises:
        BadRequest: it makes nothing of that kind, or runs another provider's models.
    """
    if model.media_type not in function.makes:
        message = f"makes {' or '.join(sorted(function.makes))}, and {model.id} makes {model.media_type}"
        raise BadRequest(f"{EDGE_FUNCTION}: {function.name} {message}", field=EDGE_FUNCTION)
    if function.provider not in {None, model.provider}:
        message = f"runs models of {function.provider}, and {model.id} is one of {model.provider}"
        raise BadRequest(f"{EDGE_FUNCTION}: {function.name} {message}", field=EDGE_FUNCTION)


def text_stand_ins(function: str) -> tuple[str, ...]:
    """The text models that a function asks where nobody can be asked for the wanted one, told and priced."""
    return FUNCTIONS[function].instead if function in FUNCTIONS else ()


def falls_back(function: str) -> bool:
    """True if a function tries another model when the wanted one's provider fails."""
    return function in FUNCTIONS and FUNCTIONS[function].falls_back
