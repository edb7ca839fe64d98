"""The examples of a document: commands after `$ ` in console blocks, and what each prints; `…` is anything."""

import asyncio
import os
import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_MARK = "--- the next example ---"


@dataclass(frozen=True, slots=True)
class Example:
    """One command, and the lines that it is said to print."""

    command: str
    output: str


def read_examples(document: str) -> list[Example]:
    """The examples in their order."""
    found: list[Example] = []
    for block in re.findall(r"^```console\n(.*?)^```", document, re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append(Example(command, output.strip()))
    return found


def agrees(said: str, printed: str) -> bool:
    """True if what was printed is what the document says."""
    pattern = "[^\\n]*".join(re.escape(part) for part in said.strip().split("…"))
    return re.fullmatch(pattern, printed.strip()) is not None


async def run_commands(commands: Sequence[str], environment: Mapping[str, str], *, seconds: float = 60.0) -> list[str]:
    """Output of each command, both streams, in one shell that runs them in order.

    Raises:
        TimeoutError: they had not ended after `seconds`; the shell is killed.
    """
    script = "".join(f"{command}\necho; echo '{_MARK}'\n" for command in commands)
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", script, env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return printed.decode().split(f"{_MARK}\n")[:-1]
