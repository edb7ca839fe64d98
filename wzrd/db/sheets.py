"""Sheets of a project's bible, and the shots whose pictures or clips were made from them."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all
from wzrd.domain.bible import Sheet, SheetKey, read_key

_COLUMNS = "key, name, origin, bucket, path, sha256, size, made_at, model, run_id, item_key"


async def list_sheets(tx: Tx, project_id: UUID) -> dict[SheetKey, Sheet]:
    """The sheets of a project, by key; the caller has checked whose it is."""
    statement = text(f"select {_COLUMNS} from wzrd.sheets where project_id = :project_id order by key")
    found = read_all(_sheet, await tx.execute(statement, {"project_id": project_id}))
    return {sheet.key: sheet for sheet in found if sheet is not None}


def _sheet(*, key: str, **columns: Any) -> Sheet | None:
    known = read_key(key)
    return None if known is None else Sheet(key=known, **columns)


async def write_sheet(tx: Tx, project_id: UUID, sheet: Sheet, *, over_another: bool) -> bool:
    """Keep a sheet; False: there is one already, which stays unless this one may go `over_another`."""
    clash = """do update set name = excluded.name, origin = excluded.origin, bucket = excluded.bucket,
        path = excluded.path, sha256 = excluded.sha256, size = excluded.size, made_at = excluded.made_at,
        model = excluded.model, run_id = excluded.run_id, item_key = excluded.item_key"""
    statement = text(f"""
        insert into wzrd.sheets (project_id, {_COLUMNS})
        select :project_id, :key, :name, :origin, :bucket, :path, :sha256, :size, :made_at, :model, :run_id, :item_key
        where exists (select 1 from public.projects where id = :project_id)
        on conflict (project_id, key) {clash if over_another else "do nothing"}
    """)
    values = {name: getattr(sheet, name) for name in _COLUMNS.split(", ")}
    return (await tx.execute(statement, {**values, "project_id": project_id, "key": str(sheet.key)})).rowcount == 1


async def delete_sheet(tx: Tx, project_id: UUID, key: SheetKey) -> bool:
    """Forget a sheet; False: there was none."""
    statement = text("delete from wzrd.sheets where project_id = :project_id and key = :key")
    return (await tx.execute(statement, {"project_id": project_id, "key": str(key)})).rowcount == 1


async def list_made_from(tx: Tx, project_id: UUID) -> dict[SheetKey, list[tuple[UUID, str, str]]]:
    """By sheet, what shots show that was made from it: shot, `image` or `video`, and the hash of its picture then.

    An item's output names the sheets that were sent for it.
    """
    statement = text("""
        select used.key, take.shot_id, take.made, used.value as sha256
        from wzrd.takes take
        join public.shots shot on shot.id = take.shot_id
        join wzrd.run_items item on item.run_id = take.run_id and item.key = take.item_key
        cross join lateral jsonb_each_text(item.output -> 'sheets') as used
        where shot.project_id = :project_id and jsonb_typeof(item.output -> 'sheets') = 'object'
            and take.url = case take.made when 'image' then shot.image_url else shot.video_url end
        order by take.shot_id, take.made
    """)
    found: dict[SheetKey, list[tuple[UUID, str, str]]] = {}
    for row in await tx.execute(statement, {"project_id": project_id}):
        if (key := read_key(row.key)) is not None:
            found.setdefault(key, []).append((row.shot_id, row.made, row.sha256))
    return found
