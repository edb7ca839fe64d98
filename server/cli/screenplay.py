"""`wzrd import`: a screenplay file becomes a project."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from server.cli import DONE, FAILED, UsageError
from server.cli.caller import CommandFailed, UserOption, calling, identify
from wzrd.domain.errors import ScreenplayError
from wzrd.media.pdf import is_pdf, laid_out

if TYPE_CHECKING:
    from wzrd.screenplay.model import Screenplay


class UnreadableScreenplay(CommandFailed):
    """The screenplay cannot be read."""

    code = "bad_screenplay"


def read_screenplay(file: Path) -> "tuple[Screenplay, bytes]":
    """The screenplay in a file, and the file's bytes. What is to be told of it goes to stderr.

    Raises:
        UnreadableScreenplay: `file:line:column: why`, as compilers write it.
    """
    from wzrd.screenplay.parse import parse  # only who imports pays

    try:
        content = file.read_bytes()
        screenplay = parse(laid_out(content) if is_pdf(content) else content, file.name)
    except OSError as error:
        raise UnreadableScreenplay(f"{file}: {error.strerror or error}") from error
    except ScreenplayError as error:
        why = error.message.removeprefix(f"line {error.line}, column {error.column}: ")
        raise UnreadableScreenplay(f"{file}:{error.line}:{error.column}: {why}") from error
    for warning in screenplay.warnings:
        print(f"{file}: warning: {warning}", file=sys.stderr)
    return screenplay, content


async def import_(file: Path, *, title: str | None = None, user: UserOption = None) -> int:
    """Import a screenplay (PDF, Fountain, Final Draft, Word …) as a new project, and print the project's id.

    Args:
        file: The screenplay.
        title: The project's title instead of the file's own.
    """
    try:
        screenplay, content = read_screenplay(file)
    except UnreadableScreenplay as error:  # told as compilers do: the place comes first, so that editors find it
        print(error.message, file=sys.stderr)
        return FAILED
    named = "" if title is None else _title(title)
    async with calling(await identify(user)) as client:
        made = await client.import_project(
            file=content, file_name=file.name, title=named, request_id=f"import/{uuid4()}"
        )
    print(made.project_id)
    print(f"{made.title}: {describe(screenplay)}", file=sys.stderr)
    print(f"next: wzrd shots {str(made.project_id)[:8]}", file=sys.stderr)
    return DONE


def describe(screenplay: "Screenplay") -> str:
    """Content of a screenplay in a few words: "4 scenes, 3 voices, 27 lines"."""
    lines = [line for scene in screenplay.scenes for line in scene.dialogue]
    voices = len({line.character for line in lines})
    counted = ((len(screenplay.scenes), "scene"), (voices, "voice"), (len(lines), "line"))
    return ", ".join(f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in counted if number)


def _title(typed: str) -> str:
    title = typed.strip()
    if not title or not title.isprintable() or len(title) > 500:
        raise UsageError("--title needs 1 to 500 printable characters")
    return title
