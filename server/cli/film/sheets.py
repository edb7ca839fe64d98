"""`wzrd film --cast, --place, --prop`: pictures that are given as sheets, before anything is priced or made."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter

from server.cli import UsageError
from server.cli.board import plural
from server.cli.caller import CommandFailed
from server.cli.film.stages import Production
from wzrd.client import GenerationError

SheetOptions: TypeAlias = Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)]
_KINDS = {"cast": "person", "place": "place", "prop": "prop"}


@dataclass(frozen=True, slots=True)
class GivenSheet:
    """A picture of somebody or something, in a look."""

    kind: str
    name: str
    look: str
    file: Path


def read_sheet_options(**options: Sequence[str]) -> list[GivenSheet]:
    """The sheets of `--cast NAME=FILE` and its like; `NAME@12=FILE`, `NAME@night=FILE` for another look.

    Raises:
        UsageError: one is no NAME=FILE.
        CommandFailed: there is no such file.
    """
    found: list[GivenSheet] = []
    for option, values in options.items():
        for value in values:
            name, equals, file = value.partition("=")
            name, at, look = name.rpartition("@") if "@" in name else (name, "", "")
            if not equals or not name.strip() or not file.strip() or (at and not look.strip()):
                raise UsageError(
                    f"--{option} {value!r} is no NAME=FILE", remedy=f'for example --{option} "NAME=picture.jpg"'
                )
            path = Path(file.strip())
            if not path.is_file():
                raise CommandFailed(f"{path} is no file", remedy=f"give --{option} a picture")
            found.append(GivenSheet(_KINDS[option], name.strip(), look.strip(), path))
    return found


async def give_sheets(production: Production, given: Sequence[GivenSheet]) -> None:
    """Keep the pictures; shots that were made of former ones are told.

    Raises:
        CommandFailed: nobody has such a name, or one is no picture; nothing has been made.
    """
    if not given:
        return
    stale: set[object] = set()
    client, project_id = production.client, production.project_id
    for one in given:
        try:
            view = await client.give_sheet(project_id, one.kind, one.name, one.file, look=one.look)
        except GenerationError as error:
            raise CommandFailed(f"{one.file}: {error.message}", remedy="see `wzrd breakdown`") from error
        stale |= {*view.stale}
    if stale and not production.as_json:
        short = str(production.project_id)[:8]
        message = f"{plural(len(stale), 'shot')} made of former sheets: `wzrd bible {short} remake` makes them again"
        production.console.print(message, style="yellow", soft_wrap=True, markup=False)
