"""One sound in a process of its own: JSON in, a file at its `path`, its facts out."""

import asyncio
import sys
from pathlib import Path

from wzrd.animatic.sounds import make_sound
from wzrd.contracts.wire import dumps, loads

if __name__ == "__main__":
    asked = loads(sys.stdin.buffer.read())
    made = asyncio.run(make_sound(str(asked["sound"]), asked, Path(asked["path"])))
    sys.stdout.buffer.write(dumps(made))
