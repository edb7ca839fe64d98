"""The worker's program: how it starts."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE

_PROGRAM = """
import gc, sys
from server.worker import __main__ as program
from server.stack.standby import OPTION

collections = []
gc.callbacks.append(lambda phase, _: collections.append(phase))
sys.argv.append(OPTION)
try:
    program.main()
except SystemExit:
    print(len(collections), gc.isenabled(), "server.worker.serve" in sys.modules)
"""


async def test_garbage_is_not_looked_for_among_what_is_imported() -> None:
    """Hundreds of looks through all that has been imported so far would be a fifth of a start."""
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", _PROGRAM, stdin=DEVNULL, stdout=PIPE)
    made, collects, imported = (await child.communicate())[0].split()
    assert (collects, imported, int(made) < 20) == (b"True", b"True", True)
