"""The bible of a project: sheets listed, given, replaced and deleted, by their owner alone."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from uuid import UUID

from wzrd.assets.bible import addresses_of, open_bible
from wzrd.assets.bible_references import Bible
from wzrd.assets.sources import hash_file
from wzrd.assets.temporary_folder import temporary_folder
from wzrd.contracts.bible import BibleAnswer, MadeFromSheet, SheetDeleted, SheetView
from wzrd.db.engine import Tx
from wzrd.db.orphan_files import expect_file, note_file
from wzrd.db.projects import lock_project
from wzrd.db.sheets import delete_sheet, list_made_from, list_sheets, write_sheet
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.bible import BUCKET, NIGHT, Sheet, SheetKey, SheetKind
from wzrd.domain.errors import BadRequest, Conflict, NotConfigured, NotFound
from wzrd.domain.names import voice_key
from wzrd.domain.project_choice import found_in_project, project_id_of
from wzrd.domain.storyboard import Storyboard
from wzrd.language.people.appearance import names_of
from wzrd.media.ffmpeg import MediaFailed
from wzrd.runtime.process import Runtime
from wzrd.threads import in_thread

MOST_SHEETS = 500
"""Sheets of one project."""
_WORDS: Mapping[SheetKind, str] = {"person": "a person", "place": "a place", "prop": "a prop"}


@dataclass(frozen=True, slots=True)
class SheetName:
    """A sheet as people name it: `name` as the script has it, `look` a scene's number or `night`, else empty."""

    kind: SheetKind
    name: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class _OpenedBible:
    storyboard: Storyboard
    bible: Bible
    made: Mapping[SheetKey, list[tuple[UUID, str, str]]]


async def show_bible(runtime: Runtime, user_id: UUID, project_id: str, wanted: SheetName | None = None) -> BibleAnswer:
    """The sheets of a project of the user's, or the one that is `wanted`, and who has none.

    Raises:
        NotFound: no such project of the user's.
        BadRequest: as `key_of`.
    """
    opened = await _open(runtime, user_id, project_id)
    shown = {one.key.usual for place in opened.storyboard for one in opened.bible.shown(*place)}
    missing = sorted(shown - {key.usual for key in opened.bible.sheets})
    only = key_of(opened.bible, wanted) if wanted else None
    found = [sheet for sheet in opened.bible.sheets.values() if only in {None, sheet.key}]
    views = [_view(runtime, opened, sheet) for sheet in found]
    return BibleAnswer(sheets=views, missing=[str(key) for key in missing])


async def give_sheet(runtime: Runtime, user_id: UUID, project_id: str, wanted: SheetName, arrived: Path) -> SheetView:
    """Keep a picture as a sheet, in the place of the one that there was. The same picture again changes nothing.

    Raises:
        NotFound: no such project of the user's.
        BadRequest: nobody or nothing in its breakdown has this name: the nearest is named; or no such look.
        MediaFailed, MediaRefused: the picture cannot be read, or is too large.
    """
    from wzrd.media.delivery_picture import conform_sheet  # who gives no picture need not load the media tools

    opened = await _open(runtime, user_id, project_id)
    key, own = key_of(opened.bible, wanted), opened.storyboard.project_id
    if key not in opened.bible.sheets and len(opened.bible.sheets) >= MOST_SHEETS:
        raise Conflict(f"the project has {MOST_SHEETS} sheets: delete one first")
    async with temporary_folder(runtime) as folder:
        fitted = folder / "sheet.jpg"
        try:
            await in_thread(conform_sheet, arrived, fitted)
        except MediaFailed as error:
            raise BadRequest(error.message, field="file") from None
        digest = await in_thread(hash_file, fitted)
        path = f"{user_id}/{own}/{digest}.jpg"
        async with runtime.begin() as tx:
            await expect_file(tx, BUCKET, path, user_id)
        async with _held(runtime, user_id, own) as tx:
            stored = await runtime.storage.put_file(BUCKET, path, fitted, content_type="image/jpeg")
            await note_file(tx, BUCKET, path)
            name, place = _name_of(opened.bible, key), (stored.bucket, stored.path, stored.sha256, stored.size)
            former = (await list_sheets(tx, own)).get(key)
            if former is None or former.sha256 != stored.sha256:
                await write_sheet(tx, own, Sheet(key, name, "given", *place, runtime.now()), over_another=True)
                await _clear(runtime, tx, own, former if former and former.origin == "given" else None)
    opened = await _open(runtime, user_id, project_id)
    return _view(runtime, opened, opened.bible.sheets[key])


@asynccontextmanager
async def _held(runtime: Runtime, user_id: UUID, project_id: UUID) -> AsyncGenerator[Tx]:
    """A transaction that holds the user's project: one after another gives and deletes its sheets' files.

    Raises:
        NotFound: it is gone.
    """
    async with runtime.begin() as tx:
        found_in_project(await lock_project(tx, project_id, user_id=user_id))
        yield tx


async def drop_sheet(runtime: Runtime, user_id: UUID, project_id: str, wanted: SheetName) -> SheetDeleted:
    """Delete a sheet with its picture; what was made from it stays, and is told.

    Raises:
        NotFound: no such project of the user's, or no such sheet.
        BadRequest: as `give_sheet`.
    """
    opened = await _open(runtime, user_id, project_id)
    key, own = key_of(opened.bible, wanted), opened.storyboard.project_id
    sheet = opened.bible.sheets.get(key)
    async with _held(runtime, user_id, own) as tx:
        if sheet is None or not await delete_sheet(tx, own, key):
            raise NotFound(f"there is no sheet {key}")
        await _clear(runtime, tx, own, sheet)
    made = [MadeFromSheet(shot_id=shot, media="image" if media == "image" else "video")
            for shot, media, sha256 in opened.made.get(key, ()) if sha256 == sheet.sha256]  # fmt: skip
    return SheetDeleted(key=str(key), made_from=made)


def key_of(bible: Bible, wanted: SheetName) -> SheetKey:
    """The key of a sheet that people name. Pure.

    Raises:
        BadRequest: nobody or nothing in the breakdown has this name, and the nearest is named; or no such look.
    """
    names = names_of(wanted.kind, bible.film)
    entity = names.get(voice_key(wanted.name))
    if entity is None:
        near = get_close_matches(voice_key(wanted.name), [*names], 1, 0.3)
        hint = f"did you mean {names[near[0]]}?" if near else f"there are {', '.join(sorted({*names.values()})[:20])}"
        message = f"{wanted.name[:80]!r} is not {_WORDS[wanted.kind]} of this screenplay: {hint}"
        raise BadRequest(message, field="name")
    looks = _looks_of(bible, wanted.kind, entity)
    if wanted.look and wanted.look not in looks:
        known = f"it has {', '.join(sorted(looks))}" if looks else "it has one look alone"
        raise BadRequest(f"{entity} has no look {wanted.look[:20]!r}: {known}", field="look")
    return SheetKey(wanted.kind, entity, wanted.look)


def _looks_of(bible: Bible, kind: SheetKind, entity: str) -> set[str]:
    person = bible.film.person(entity) if kind == "person" else None
    looks = sorted(one.from_scene for one in person.looks)[1:] if person else []
    return {NIGHT} if kind == "place" else set(map(str, looks))


async def _open(runtime: Runtime, user_id: UUID, project_id: str) -> _OpenedBible:
    wanted = project_id_of(project_id)
    bible = await open_bible(runtime, wanted, user_id=user_id)
    async with runtime.begin() as tx:
        storyboard, made = await read_storyboard(tx, wanted, user_id=user_id), await list_made_from(tx, wanted)
    return _OpenedBible(found_in_project(storyboard), bible, made)


def _name_of(bible: Bible, key: SheetKey) -> str:
    listed = {"person": bible.film.people, "place": bible.film.places, "prop": bible.film.props}[key.kind]
    return next((one.name for one in listed if one.id == key.entity), key.entity)


async def _clear(runtime: Runtime, tx: Tx, project_id: UUID, gone: Sheet | None) -> None:
    """Delete the picture of a sheet that is gone, unless another sheet has it. The project is held."""
    used = {sheet.path for sheet in (await list_sheets(tx, project_id)).values()}
    if gone is not None and gone.path not in used:
        await runtime.storage.delete(gone.bucket, gone.path)


def _view(runtime: Runtime, opened: _OpenedBible, sheet: Sheet) -> SheetView:
    key, made = sheet.key, opened.made.get(sheet.key, [])
    free = [shot.shot_id for _, shot in opened.storyboard if not shot.locked]
    showing = {*opened.bible.shots_showing(opened.storyboard, key)}
    former = {shot for shot, _, sha256 in made if sha256 != sheet.sha256}
    return SheetView(
        key=str(key),
        kind=key.kind,
        name=sheet.name,
        look=key.look,
        origin=sheet.origin,
        model=sheet.model,
        url=_address(runtime, sheet),
        sha256=sheet.sha256,
        size=sheet.size,
        made_at=sheet.made_at,
        shots=[shot_id for shot_id in free if shot_id in showing],
        stale=[shot_id for shot_id in free if shot_id in former],
    )


def _address(runtime: Runtime, sheet: Sheet) -> str:
    """Where its owner reads it: signed for a day, or with their token where this server signs nothing."""
    try:
        return addresses_of(runtime, [sheet])[str(sheet.key)]
    except NotConfigured:
        return f"{runtime.settings.address}/storage/v1/object/authenticated/{sheet.bucket}/{sheet.path}"
