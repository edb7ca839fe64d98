"""The ffmpeg program: where it is, how it runs and ends, what it may open, how its failures are called.

Whatever it works on was made by somebody else, so it reads local files of known formats only: a playlist or a script
of the concat demuxer would make it open any other file or address.
"""

import asyncio
import contextlib
import errno
import os
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from wzrd.domain.errors import WzrdError

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,wav,mp3,aac,flac,gif,apng,"
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe"
)
"""The containers that are read; all of them hold their own content and point nowhere else."""
JPEG = b"\xff\xd8\xff"
MAX_PIXELS = 40_000_000
"""Pixels of a picture that is decoded; the largest cameras of phones stay below."""
CLIP_SECONDS = 600.0
"""Most seconds of a foreign file that are read: ten minutes."""
DECODER = {"max_pixels": str(MAX_PIXELS), "threads": "2"}
"""Options of every decoder of the media libraries: each thread holds pictures of its own."""
KEPT_CHARACTERS = 1 << 20
LAST_WORDS = 300
_BOUNDS = ("-max_alloc", str(256 << 20), "-filter_threads", "2")
"""No single piece of memory is larger, whatever a file asks for; a picture's largest plane has 80 MB."""

_PROGRESS = ("-nostats", "-stats_period", "0.5", "-progress", "pipe:2")
_WRITTEN = re.compile(rb"^out_time_us=(\d+)\n", re.MULTILINE)
_TOLD = re.compile(rb"^[a-z0-9_]+=[^\n]*\n", re.MULTILINE)
_FOLDERS = re.compile(r"(?<![\w.])(?:file:)?(?:[A-Za-z]:)?(?:[\\/][^\\/\s:'\"]+)*[\\/](?=[^\\/\s:'\"])")


class MediaFailed(WzrdError):
    """The media file could not be made."""

    code = "media_failed"

    def __init__(self, message: str | None = None, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable  # a killed program may succeed next time, a bad file will not


def ffmpeg_exe() -> str:
    """The ffmpeg that IMAGEIO_FFMPEG_EXE names, or that of the imageio-ffmpeg wheel; elsewhere one on the PATH.

    The wheel's own finder runs what it finds to see whether it works: a run that was killed would look like no ffmpeg.
    """
    if named := os.environ.get("IMAGEIO_FFMPEG_EXE"):
        return named
    shipped = Path(str(files("imageio_ffmpeg.binaries"))).glob("ffmpeg-*")
    return str(next(shipped, None) or imageio_ffmpeg.get_ffmpeg_exe())


def local(path: Path) -> str:
    """`path` as an argument that is never taken for an option or for another protocol."""
    return f"file:{path.absolute()}"


def foreign_input(path: Path, seconds: float = CLIP_SECONDS) -> list[str]:
    """The arguments that open a file of unknown origin and read `seconds` of it at most.

    A JPEG is told to be one: by a name that ends with `.jpg` ffmpeg would take it for one of a numbered series.
    """
    jpeg = ["-f", "jpeg_pipe"] if _is_jpeg(path) else []
    decoder = [word for name, value in DECODER.items() for word in (f"-{name}", value)]
    only = ["-protocol_whitelist", "file", "-format_whitelist", FORMATS]
    return [*only, *decoder, *jpeg, "-t", f"{seconds:.3f}", "-i", local(path)]


def _is_jpeg(path: Path) -> bool:
    with contextlib.suppress(OSError), path.open("rb") as file:  # ffmpeg itself tells what is wrong
        return file.read(len(JPEG)) == JPEG
    return False


async def run_ffmpeg(
    *args: str,
    timeout: float = 600.0,  # noqa: ASYNC109 - the caller has no handle to end it
    hear: Callable[[float], None] | None = None,
) -> str:
    """Run ffmpeg with `args` to its end; returns what it wrote to stderr (the last mebibyte).

    It is killed and reaped when the caller is cancelled or `timeout` seconds have passed. `hear` is told, twice a
    second and at the end, how many seconds of the output have been written.
    Raises MediaFailed, retryable if a signal or the clock ended it.
    """
    process = await _started((*_PROGRESS, *args) if hear else args)
    try:
        async with asyncio.timeout(timeout):
            output = await _listen(process, hear)
    except TimeoutError:
        raise MediaFailed(f"ffmpeg was stopped after {timeout:g} seconds", retryable=True) from None
    finally:
        await _end(process)
    if process.returncode:
        raise _failure(process.returncode, output, args)
    return output


async def _start(args: tuple[str, ...]) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *(ffmpeg_exe(), "-nostdin", "-hide_banner", *_BOUNDS, *args),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except (FileNotFoundError, PermissionError, RuntimeError) as error:
        hint = "IMAGEIO_FFMPEG_EXE must name a program, or be unset for the built-in one"
        raise MediaFailed(f"ffmpeg cannot be started: {hint}", retryable=True) from error
    except OSError as error:  # no memory, no process left
        raise MediaFailed(f"ffmpeg cannot be started: {error.strerror}", retryable=True) from error


async def _listen(process: asyncio.subprocess.Process, hear: Callable[[float], None] | None) -> str:
    """All that the program says, until it ends; what it says of its progress goes to `hear`."""
    assert process.stderr is not None
    kept = bytearray()
    while chunk := await process.stderr.read(1 << 16):
        kept += chunk
        if hear is not None:
            for written in _WRITTEN.findall(kept):
                hear(int(written) / 1e6)
            kept = bytearray(_TOLD.sub(b"", kept))
        del kept[:-KEPT_CHARACTERS]
    await process.wait()
    return kept.decode(errors="replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the program and reap it, even if the caller is cancelled once more meanwhile."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await _outlast(asyncio.ensure_future(process.wait()))


async def _started(args: tuple[str, ...]) -> asyncio.subprocess.Process:
    """The running program. A caller that is cancelled while it starts leaves none behind."""
    starting = asyncio.ensure_future(_start(args))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _outlast(starting)
        if starting.exception() is None:
            await _end(starting.result())
        raise


async def _outlast(work: "asyncio.Future[Any]") -> None:
    """Wait until `work` is done, however often the caller is cancelled meanwhile."""
    while not work.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([work])


def _failure(code: int, output: str, args: tuple[str, ...]) -> MediaFailed:
    if code < 0:
        return MediaFailed(f"ffmpeg was killed by signal {-code}", retryable=True)
    full = os.strerror(errno.ENOSPC) in output  # no fault of the file's
    return MediaFailed(f"ffmpeg failed ({code}): {last_words(output, args)}", retryable=full)


def last_words(output: str, args: tuple[str, ...] = ()) -> str:
    """The end of what a program said, on one line and without the folders of this machine."""
    for path in sorted((arg.removeprefix("file:") for arg in args), key=len, reverse=True):
        if "/" in path or "\\" in path:
            output = output.replace(path, Path(path).name)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return _FOLDERS.sub("", " / ".join(lines[-4:]))[-LAST_WORDS:] or "it said nothing"
