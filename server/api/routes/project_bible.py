"""/functions/v1/projects/{id}/bible: the sheets of a project's people, places and props."""

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import announced_bytes, json_response
from server.api.callers import CurrentUser
from server.api.described import UploadBody, described
from server.api.services import ServicesOf
from server.api.uploads import open_upload, storage_room
from wzrd.assets.temporary_folder import temporary_folder
from wzrd.contracts.bible import BibleAnswer, SheetDeleted, SheetView
from wzrd.domain.errors import BadRequest, Conflict, NotFound
from wzrd.operations.bible import SheetName, drop_sheet, give_sheet, show_bible
from wzrd.storage.protocol import StorageFull
from wzrd.threads import in_file_thread

router = APIRouter(prefix="/functions/v1/projects/{project_id}/bible", tags=["film"])

MOST = 20 << 20
"""Bytes of a picture."""
SheetPath = Literal["person", "place", "prop"]


@router.get("")
@described(answers={200: BibleAnswer}, raises=(BadRequest, NotFound))
async def get_bible(
    services: ServicesOf,
    project_id: str,
    me: CurrentUser,
    kind: SheetPath | None = None,
    name: str = "",
    look: str = "",
) -> Response:
    """The sheets of a project, or the one of `kind` and `name`: which shots show what is on them, and who has none."""
    wanted = SheetName(kind, name, look) if kind else None
    return json_response((await show_bible(services.runtime, me.user_id, project_id, wanted)).wire())


@router.put("/{kind}/{name}")
@described(body=UploadBody(), answers={200: SheetView}, raises=(BadRequest, NotFound, Conflict, StorageFull))
async def put_sheet(
    request: Request, services: ServicesOf, project_id: str, kind: SheetPath, name: str, me: CurrentUser, look: str = ""
) -> Response:
    """Give a picture as the sheet of somebody or something, in the place of the one that there was.

    `look`: of a person the number of the scene from which on they wear that, of a place `night`.
    """
    runtime = services.runtime
    async with (
        storage_room(services, me.user_id, MOST, announced=announced_bytes(request)) as room,
        temporary_folder(runtime) as folder,
    ):
        path = folder / "arrived"
        async with open_upload(request, max_bytes=min(room, MOST), kinds={"image"}) as upload:
            with path.open("wb") as file:
                async for chunk in upload.chunks:
                    await in_file_thread(file.write, chunk)
        view = await give_sheet(runtime, me.user_id, project_id, SheetName(kind, name, look), path)
    return json_response(view.wire())


@router.delete("/{kind}/{name}")
@described(answers={200: SheetDeleted}, raises=(BadRequest, NotFound))
async def delete_sheet(
    services: ServicesOf, project_id: str, kind: SheetPath, name: str, me: CurrentUser, look: str = ""
) -> Response:
    """Delete a sheet and its picture; the answer tells what shots show that was made from it."""
    deleted = await drop_sheet(services.runtime, me.user_id, project_id, SheetName(kind, name, look))
    return json_response(deleted.wire())
