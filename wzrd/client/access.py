"""Where the API is and who asks, checked before anything is sent."""

import contextlib
from urllib.parse import urlsplit

from wzrd.client.errors import CALL, GenerationError

FUNCTIONS = "/functions/v1"


def read_address(url: str) -> str:
    """An API's address without a slash at its end; the documented base address of its functions is taken, too.

    Raises:
        GenerationError: it is no http address, or has a query.
    """
    with contextlib.suppress(ValueError):  # of a port or an address that is none
        parts = urlsplit(url.strip())
        more = parts.query or parts.fragment or parts.port == 0
        if parts.scheme in {"http", "https"} and parts.hostname and not more:
            return url.strip().rstrip("/").removesuffix(FUNCTIONS).rstrip("/")
    shown = url.rpartition("@")[2]  # what stands before it may be a password
    raise GenerationError(CALL, f"{shown!r} is no address of an API: give one such as http://127.0.0.1:8787")


def bearer(token: str) -> dict[str, str]:
    """The header that says who asks; a token that was read from a file has a line's end.

    Raises:
        GenerationError: it is no token; it is not repeated there.
    """
    word = token.strip()
    if not word or not word.isascii() or not word.isprintable():
        raise GenerationError(CALL, "the token is empty, or has characters that no token has: sign in anew")
    return {"authorization": f"Bearer {word}"}
