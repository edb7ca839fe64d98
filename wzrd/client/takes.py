"""The service's calls about what was made of a project: takes of its shots, their approval, sheets of its bible."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlencode
from uuid import UUID

from wzrd.client.connection import Connection
from wzrd.client.errors import read_as
from wzrd.client.references import describe_file, read_chunks
from wzrd.contracts.bible import BibleAnswer, SheetDeleted, SheetView
from wzrd.contracts.takes import ApprovalAnswer, ApprovalRequest, TakeList, TakeView


class TakeCalls:
    """The calls of the service about takes and sheets; `_connection` is there while it is open."""

    _connection: Connection

    async def takes(self, project_id: UUID, shot_id: UUID | None = None) -> list[TakeView]:
        """The takes of a project, or of one of its shots, in film order.

        Raises:
            GenerationError: no such project (status 404).
        """
        only = f"?shot={shot_id}" if shot_id else ""
        return (await self._connection.ask(TakeList, "GET", f"{_takes_of(project_id)}{only}")).takes

    async def choose_take(self, project_id: UUID, take_id: UUID) -> TakeView:
        """Make a take the shot's own; a still that changes so is to be approved anew.

        Raises:
            GenerationError: no such take (status 404).
        """
        return await self._connection.ask(TakeView, "POST", f"{_takes_of(project_id)}/{take_id}/choose")

    async def judge(
        self,
        project_id: UUID,
        shots: Sequence[UUID] | None = None,
        verdict: Literal["approved", "rejected"] = "approved",
        *,
        lock: bool | None = None,
    ) -> ApprovalAnswer:
        """Approve or reject the stills of these shots (None: all); clips that wait for them begin.

        Raises:
            GenerationError: no such project (status 404), or a shot without a picture (400).
        """
        body = ApprovalRequest(verdict=verdict, shots=list(shots or ()), all=shots is None, lock=lock).wire()
        path = f"/functions/v1/projects/{project_id}/approvals"
        return await self._connection.ask(ApprovalAnswer, "POST", path, body)

    async def bible(self, project_id: UUID | str, kind: str = "", name: str = "", *, look: str = "") -> BibleAnswer:
        """The sheets of a project's people, places and props; with a `kind` and a `name` that one.

        Raises:
            GenerationError: no such project (status 404), or nobody has that name (400).
        """
        only = f"?{urlencode({'kind': kind, 'name': name, 'look': look})}" if kind else ""
        return await self._connection.ask(BibleAnswer, "GET", f"{_bible_of(project_id)}{only}")

    async def give_sheet(
        self, project_id: UUID | str, kind: str, name: str, file: Path | str, *, look: str = ""
    ) -> SheetView:
        """Give a local picture as the sheet of a `person`, `place` or `prop` of the project; the former one goes.

        Raises:
            GenerationError: nobody has that name (status 400), or the picture cannot be read.
            OSError: the file cannot be read.
        """
        path = Path(file)
        headers = await asyncio.to_thread(describe_file, path)
        answer = await self._connection.put(_sheet_of(project_id, kind, name, look), lambda: read_chunks(path), headers)
        return read_as(SheetView, answer)

    async def delete_sheet(self, project_id: UUID | str, kind: str, name: str, *, look: str = "") -> SheetDeleted:
        """Delete a sheet and its picture; the answer tells what was made from it.

        Raises:
            GenerationError: there is none (status 404).
        """
        return read_as(SheetDeleted, await self._connection.call("DELETE", _sheet_of(project_id, kind, name, look)))


def _takes_of(project_id: UUID) -> str:
    return f"/functions/v1/projects/{project_id}/takes"


def _bible_of(project_id: UUID | str) -> str:
    return f"/functions/v1/projects/{project_id}/bible"


def _sheet_of(project_id: UUID | str, kind: str, name: str, look: str) -> str:
    path = f"{_bible_of(project_id)}/{quote(kind, safe='')}/{quote(name, safe='')}"
    return f"{path}?look={quote(look, safe='')}" if look else path
