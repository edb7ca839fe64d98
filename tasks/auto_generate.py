"""The steps of auto-generate: each shot's picture or clip, and all of them on one sheet."""

import asyncio
from uuid import UUID

from prefect.cache_policies import NO_CACHE

from blocks.resolve import runtime_for_process
from tasks.retrying import step_log, step_task
from wzrd.db.engine import is_outage
from wzrd.faults import FaultRaised
from wzrd.storyboard.batch import bible, shots, speech
from wzrd.storyboard.contact_sheet import make_contact_sheet

SHEET_SECONDS = 120.0
"""Pictures that lie elsewhere may be slow to come; the run's end must not wait for them."""


@step_task(name="make shot", task_run_name="{label}", persist_result=True)
async def make_shot(run_id: UUID, key: str, label: str) -> str:
    """Make the item's picture or clip; returns its address.

    Raises:
        ShotFailed: it could not be made; item, row and log say why, and the batch goes on.
    """
    log = step_log()
    made = await shots.make_shot(await runtime_for_process(), run_id, key, label, log)
    log.info("%s: %s", label, "as before" if made.reused else "made")
    return made.url


@step_task(name="speak lines", task_run_name="voice of {label}", persist_result=True)
async def speak_shot(run_id: UUID, key: str, label: str) -> str:
    """Have a shot's lines spoken by their voices; returns the take's address.

    Raises:
        ShotFailed: they could not be; item and log say why, and the batch goes on.
    """
    return await speech.speak_shot(await runtime_for_process(), run_id, key, label, step_log())


@step_task(name="move lips", task_run_name="lips of {label}", persist_result=True)
async def move_lips(run_id: UUID, key: str, label: str) -> str:
    """Have the lips of a shot's clip moved to its voice; returns the new clip's address.

    Raises:
        ShotFailed: they could not be; item and log say why, and the batch goes on.
    """
    return await speech.move_lips(await runtime_for_process(), run_id, key, label, step_log())


@step_task(name="make sheet", task_run_name="sheet of {name}", persist_result=True)
async def make_reference(run_id: UUID, key: str, name: str) -> str:
    """Make the item's sheet of somebody or something; returns its item's key.

    Raises:
        SheetFailed: it could not be made; item and log say why, and the batch goes on.
    """
    log = step_log()
    made = await bible.make_sheet(await runtime_for_process(), run_id, key, log)
    log.info("sheet of %s: %s", name, "made" if made else "as before")
    return key


@step_task(name="contact sheet", cache_policy=NO_CACHE)
async def make_sheet(run_id: UUID) -> str | None:
    """The project's pictures on one sheet, as they stand now; its address, or None when it could not be made."""
    try:
        async with asyncio.timeout(SHEET_SECONDS):
            return await make_contact_sheet(await runtime_for_process(), run_id)
    except Exception as error:  # the sheet is a service, not the product
        if isinstance(error, FaultRaised) or is_outage(error):
            raise
        step_log().warning("no contact sheet: %s", error)
        return None
