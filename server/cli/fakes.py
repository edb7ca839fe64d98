"""`wzrd fakes`: the paid providers' fakes on loopback, and the variables that send everything there."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from server.cli import DONE, INTERRUPTED, UsageError
from server.cli.caller import integer_between
from server.stack.errors import StackError
from wzrd.contracts.wire import loads
from wzrd.domain.errors import BadRequest

PORT = 8790


def fakes(
    *,
    port: Annotated[int, integer_between(0, 65_535)] = PORT,
    env: Annotated[bool, Parameter(negative=())] = False,
    script: Path | None = None,
) -> int:
    """Fake fal, GMI Cloud, OpenAI-style chat and Supabase Storage on loopback until Ctrl-C.

    Nothing is paid, what is made is small. Prints the variables that send this product, or any client, there;
    docs/fakes.md shows how faults are scripted.

    Args:
        port: Where they answer; 0 is a free port.
        env: Print the variables for the port and end: eval "$(wzrd fakes --env)" in another terminal.
        script: A JSON file of behaviours that hold from the start; one with "times": 0 holds for ever.
    """
    from server.fakes.environment import environment

    if env:
        if not port:
            raise UsageError("--env needs the port that the fakes have: --port 0 names none")
        _print(environment(f"http://127.0.0.1:{port}"))
        return DONE

    import uvloop

    from server.fakes.script import read_behaviours
    from server.fakes.serve import address_of, listen, serve

    first = read_behaviours(_read(script)) if script else []
    try:
        listener = listen(port)
    except OSError as error:
        message = f"port {port} cannot be had: {error.strerror or error}"
        raise StackError(message, remedy="name another: --port 0 takes a free one") from None
    address = address_of(listener)

    def ready() -> None:
        _print(environment(address))
        served = "fal, GMI Cloud, ElevenLabs, OpenAI-style chat and Supabase Storage"
        print(f"fakes of {served} answer at {address}; Ctrl-C ends them", file=sys.stderr)

    return INTERRUPTED if uvloop.run(serve(listener, first, ready)) else DONE


def _print(variables: Mapping[str, str]) -> None:
    print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()), flush=True)


def _read(path: Path) -> object:
    try:
        return loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise BadRequest(f"{path} is no JSON: {error}", field="script") from None
