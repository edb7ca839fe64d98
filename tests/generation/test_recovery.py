"""Jobs that outlive their run: found, kept and settled once, whoever looks and however often."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes
from tests.fakes.providers import asking, settings_with
from tests.generation.claimed import armed
from tests.playing import asked, row, run_once
from tests.rows import Studio, balance, broken_promises, make_studio, somebody_waits
from tests.waiting import answer_of, looks, until
from wzrd.animatic.provider import Animatic
from wzrd.contracts.generate import OutputConfig
from wzrd.contracts.wire import dumps
from wzrd.db.items import Item, find_item
from wzrd.db.ledger import hold as take_hold
from wzrd.db.left_jobs import leave_results
from wzrd.db.provider_jobs import ProviderJob, advance_job, list_item_jobs
from wzrd.db.run_holds import RunHold, list_run_holds
from wzrd.db.runs import lock_run
from wzrd.domain.errors import Conflict, ProviderError
from wzrd.domain.settlement import Outcome
from wzrd.faults import arm
from wzrd.generation import queue
from wzrd.generation.recovery import note_call, recover
from wzrd.generation.values import pack
from wzrd.operations.generate import ITEM
from wzrd.providers.base import Accepted, Output, is_queue
from wzrd.providers.opening import open_providers
from wzrd.runs.execute import Interrupted, claim
from wzrd.runs.finish import cancel, finish, reopen
from wzrd.runtime.process import Runtime
from wzrd.storage.protocol import StorageFull

GMI_MODEL, FAL_MODEL = "gmi/z-image-turbo", "fal-ai/flux/schnell"
FUNDS = 1000


class Rig:
    """A user whose generations go to the fakes."""

    def __init__(self, runtime: Runtime, fakes: Fakes, studio: Studio) -> None:
        self.runtime, self.fakes, self.studio = runtime, fakes, studio
        self.run_id = uuid.uuid4()
        self.price = 0

    async def start(self, model: str, **inputs: object) -> None:
        """A queued run of this model; its price is held."""
        self.run_id = await asked(self.runtime, self.studio, model, inputs={"prompt": "a lighthouse", **inputs})
        self.price = FUNDS - await self.balance()
        assert self.price > 0

    async def leave_accepted(self, model: str, *, number: int = 1, **behaviour: Any) -> None:
        """A run for so many outputs that was canceled while its provider works on, and goes on working."""
        await self.fakes.script(Behaviour(hold="result", cancel="refused", **behaviour))
        await self.start(model, num_images=number)
        task = asyncio.create_task(run_once(self.runtime, self.run_id))
        await self.wait_for("accepted")
        await cancel(self.runtime, self.run_id, self.studio.user_id)
        self.runtime.leases.cancel(self.run_id)
        assert await task == "canceled"

    async def wait_for(self, status: str) -> ProviderJob:
        """The one job, once it stands there."""
        return (await answer_of(self.jobs, lambda found: [job.status for job in found] == [status]))[0]

    async def jobs(self) -> list[ProviderJob]:
        async with self.runtime.begin() as tx:
            return await list_item_jobs(tx, self.run_id, ITEM)

    async def item(self) -> Item:
        async with self.runtime.begin() as tx:
            found = await find_item(tx, self.run_id, ITEM)
        assert found is not None
        return found

    async def holds(self) -> list[tuple[str, str]]:
        """Purpose and status of each."""
        async with self.runtime.begin() as tx:
            found: list[RunHold] = await list_run_holds(tx, self.run_id)
        return [(hold.purpose, hold.status) for hold in found]

    async def balance(self) -> int:
        return await balance(self.runtime, self.studio.user_id)

    async def look(self, *, until: str = "") -> None:
        """Look after what is left, again and again until the latest job stands there; once without `until`."""
        async for _ in looks():
            await self.look_now()
            if not until or (await self.jobs())[-1].status == until:
                return

    async def look_now(self) -> int:
        """One look, as if the last had been long ago."""
        async with self.runtime.begin() as tx:
            await tx.execute(text("update wzrd.provider_jobs set checked_at = null"))
        return await recover(self.runtime)

    async def play_to(self, place: str, folder: Path) -> "asyncio.Task[str | None]":
        """The run's work, which stands at that fail point now."""
        arm(f"{place}=hold", folder)
        work = asyncio.create_task(run_once(self.runtime, self.run_id))
        await until((folder / f"{place.partition('@')[0]}.held").exists)
        return work

    async def check_money(self) -> None:
        """Every promise about money holds."""
        assert await broken_promises(self.runtime) == []

    async def cancel(self) -> None:
        """As its user does it."""
        await cancel(self.runtime, self.run_id, self.studio.user_id)
        self.runtime.leases.cancel(self.run_id)

    async def leave_made(self, model: str, place: str, folder: Path, *, killed: bool = False) -> None:
        """A run that was canceled between its provider's result and its delivery, by a living process or a dead one."""
        await self.start(model)
        if killed:
            async with armed(f"{place}=raise"):
                with pytest.raises(Interrupted):
                    await run_once(self.runtime, self.run_id)
            await self.expire_lease()
            await self.cancel()
        else:
            work = await self.play_to(place, folder)
            try:
                await self.cancel()
                assert await work == "canceled"
            finally:
                arm("")
        assert [job.status for job in await self.jobs()] == ["succeeded"]

    async def expire_lease(self) -> None:
        """As if its process had been killed a while ago."""
        async with self.runtime.begin() as tx:
            await tx.execute(text("update wzrd.runs set lease_until = now() where id = :id"), {"id": self.run_id})

    async def pass_deadline(self, seconds: int = 0) -> None:
        """The jobs' deadlines were so many seconds ago."""
        statement = "update wzrd.provider_jobs set deadline = clock_timestamp() - make_interval(secs => :seconds)"
        async with self.runtime.begin() as tx:
            await tx.execute(text(statement), {"seconds": seconds})


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[Rig]:
    more = {"WZRD_PUBLIC_URL": "https://studio.example", "WZRD_OFFLINE": "never"}
    runtime.settings = settings_with(runtime.settings, more)
    async with asking(fakes, runtime, tries=2):
        yield Rig(runtime, fakes, await make_studio(runtime, funds=FUNDS))


@pytest.mark.parametrize("model", [GMI_MODEL, FAL_MODEL])
async def test_a_late_success_is_kept_and_paid(rig: Rig, model: str) -> None:
    """The run is canceled, its job finishes: stored, charged with what stood for it, and in the run's result."""
    await rig.leave_accepted(model)
    assert (await rig.holds(), await rig.balance()) == ([("outstanding", "held")], FUNDS - rig.price)
    await rig.look()
    assert [job.status for job in await rig.jobs()] == ["accepted"]
    await rig.fakes.release()
    await rig.look(until="succeeded")
    run, item = await row(rig.runtime, rig.run_id), await rig.item()
    assert (run.status, item.status, item.delivered) == ("canceled", "succeeded", True)
    assert run.result is not None
    assert run.result["credits"] == rig.price
    place = rig.runtime.storage.locate(run.result["url"])
    assert place is not None
    assert (await rig.runtime.storage.stat(*place)).size > 0
    assert (await rig.holds(), await rig.balance()) == ([("outstanding", "committed")], FUNDS - rig.price)
    await rig.look()
    assert await rig.balance() == FUNDS - rig.price


MADE_AND_NOT_DELIVERED = [
    *((model, place) for model in (GMI_MODEL, FAL_MODEL) for place in ("before_store", "after_store", "before_output")),
    ("gmi/seedream-5.0", "after_ack"),
]


@pytest.mark.parametrize("killed", [False, True], ids=["canceled", "killed and canceled"])
@pytest.mark.parametrize(("model", "place"), MADE_AND_NOT_DELIVERED)
async def test_what_was_made_when_the_cancel_came_is_delivered_and_paid(
    rig: Rig, tmp_path: Path, model: str, place: str, killed: bool
) -> None:
    """The provider has completed it and bills it: held until it is here, then charged. A retry only tells it."""
    await rig.leave_made(model, place, tmp_path, killed=killed)
    assert (await rig.holds(), await rig.balance()) == ([("outstanding", "held")], FUNDS - rig.price)
    await rig.look_now()
    item, run = await rig.item(), await row(rig.runtime, rig.run_id)
    assert (run.status, item.status, item.delivered) == ("canceled", "succeeded", True)
    assert run.result is not None
    assert (run.result["credits"], rig.runtime.storage.locate(run.result["url"]) is None) == (rig.price, False)
    assert (await rig.holds(), await rig.balance()) == ([("outstanding", "committed")], FUNDS - rig.price)
    assert await rig.look_now() == 0
    await reopen(rig.runtime, rig.run_id, user_id=rig.studio.user_id)
    assert await run_once(rig.runtime, rig.run_id) == "succeeded"
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (1, FUNDS - rig.price)


async def test_a_retry_takes_over_what_was_made(rig: Rig, tmp_path: Path) -> None:
    """Before anybody has looked: the same hold pays, nothing is sent, and nobody else touches it."""
    await rig.leave_made(GMI_MODEL, "before_store", tmp_path)
    await reopen(rig.runtime, rig.run_id, user_id=rig.studio.user_id)
    assert (await rig.look_now(), await rig.balance()) == (0, FUNDS - rig.price)
    assert await run_once(rig.runtime, rig.run_id) == "succeeded"
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (1, FUNDS - rig.price)


async def test_what_a_cancel_has_stopped_is_made_by_the_retry(rig: Rig) -> None:
    """The job that its provider stopped for us is no failure of the next attempt: the same hold pays another one."""
    await rig.fakes.script(Behaviour(seconds=600))
    await rig.start(FAL_MODEL)
    task = asyncio.create_task(run_once(rig.runtime, rig.run_id))
    await rig.wait_for("accepted")
    await rig.cancel()
    assert await task == "canceled"
    await reopen(rig.runtime, rig.run_id, user_id=rig.studio.user_id)
    assert await run_once(rig.runtime, rig.run_id) == "succeeded"
    assert [job.status for job in await rig.jobs()] == ["failed", "succeeded"]
    assert await rig.balance() == FUNDS - rig.price
    await rig.check_money()


async def test_canceled_ten_times_it_is_paid_once(rig: Rig, tmp_path: Path) -> None:
    """One hold buys one submit: canceled, retried and canceled again, with nobody looking in between."""
    await rig.leave_made(FAL_MODEL, "before_store", tmp_path)
    for number in range(8):
        await reopen(rig.runtime, rig.run_id, user_id=rig.studio.user_id)
        folder = tmp_path / str(number)
        folder.mkdir()
        work = await rig.play_to("before_store", folder)
        await rig.cancel()
        assert await work == "canceled"
        arm("")
        assert await rig.balance() == FUNDS - rig.price
    await asyncio.gather(*(rig.look_now() for _ in range(5)))
    assert ((await rig.item()).status, await rig.balance()) == ("succeeded", FUNDS - rig.price)
    assert len(await rig.fakes.paid_submits()) == 1


@pytest.mark.parametrize("seconds", [None, 5], ids=["in time", "too late"])
async def test_what_was_made_and_is_no_picture_is_not_paid(rig: Rig, tmp_path: Path, seconds: int | None) -> None:
    """A page in its place, which a living run would have found as well: the hold goes back, and nobody looks again."""
    await rig.fakes.script(Behaviour(media="wrong_type"))
    await rig.start(GMI_MODEL)
    async with armed("before_record=raise"):
        with pytest.raises(Interrupted):
            await run_once(rig.runtime, rig.run_id)
    async with rig.runtime.begin() as tx:
        (job,) = await list_item_jobs(tx, rig.run_id, ITEM)
        adapter = rig.runtime.providers.find("gmi-cloud", "image")
        assert is_queue(adapter)
        output = await adapter.poll(Accepted(job.request_id))
        assert isinstance(output, Output)
        assert await advance_job(tx, job.job_id, "succeeded", output=pack(output))
    if seconds is not None:
        await rig.pass_deadline(seconds)
    await rig.expire_lease()
    await rig.cancel()
    assert await rig.holds() == [("outstanding", "held")]
    await rig.look_now()
    assert (await rig.holds(), await rig.balance()) == ([("outstanding", "released")], FUNDS)
    assert ((await rig.item()).status, await rig.look_now()) == ("canceled", 0)


async def test_what_was_made_and_is_gone_costs_nothing(rig: Rig, tmp_path: Path) -> None:
    """Its address answers 404 until the deadline: it has expired, unpaid. With leave it is made once more."""
    await rig.leave_made(GMI_MODEL, "before_store", tmp_path)
    async with rig.runtime.begin() as tx:
        gone: dict[str, object] = {"text": None, "media": [f"{rig.fakes.base_url}/files/gone.png"], "raw": {}}
        statement = "update wzrd.provider_jobs set request_id = null, output = cast(:output as jsonb)"
        await tx.execute(text(statement), {"output": dumps(gone).decode()})
    await rig.look_now()
    assert await rig.holds() == [("outstanding", "held")]
    await rig.pass_deadline()
    await rig.look_now()
    assert [job.status for job in await rig.jobs()] == ["expired"]
    assert (await rig.holds(), await rig.balance(), await rig.look_now()) == ([("outstanding", "released")], FUNDS, 0)
    await reopen(rig.runtime, rig.run_id)
    assert await run_once(rig.runtime, rig.run_id) == "failed"
    assert ((await rig.item()).output or {})["code"] == "result_expired"
    await reopen(rig.runtime, rig.run_id, resubmit_unknown=True)
    assert await run_once(rig.runtime, rig.run_id) == "succeeded"
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (2, FUNDS - rig.price)


async def test_an_address_that_has_run_out_is_asked_for_anew(rig: Rig, tmp_path: Path) -> None:
    """Its provider names another one for the same job: that one is fetched, and the job is paid."""
    await rig.leave_made(GMI_MODEL, "before_store", tmp_path)
    async with rig.runtime.begin() as tx:
        gone: dict[str, object] = {"text": None, "media": [f"{rig.fakes.base_url}/files/gone.png"], "raw": {}}
        await tx.execute(
            text("update wzrd.provider_jobs set output = cast(:output as jsonb)"), {"output": dumps(gone).decode()}
        )
    await rig.look_now()
    assert ((await rig.item()).status, await rig.balance()) == ("succeeded", FUNDS - rig.price)


@pytest.mark.parametrize("model", [GMI_MODEL, FAL_MODEL])
async def test_a_result_that_is_gone_ends_once(rig: Rig, model: str) -> None:
    """Made, and its address answers 404: `result_expired`, free. A retry sends nothing without leave; with it, once."""
    await rig.fakes.script(Behaviour(media="expired"))
    await rig.start(model)
    assert await run_once(rig.runtime, rig.run_id) == "failed"
    assert [job.status for job in await rig.jobs()] == ["expired"]
    assert (((await rig.item()).output or {})["code"], await rig.balance()) == ("result_expired", FUNDS)
    await reopen(rig.runtime, rig.run_id)
    assert await run_once(rig.runtime, rig.run_id) == "failed"
    item = await rig.item()
    assert ((item.output or {})["code"], "resubmitUnknown" in (item.error or "")) == ("result_expired", True)
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (1, FUNDS)
    await reopen(rig.runtime, rig.run_id, resubmit_unknown=True)
    assert await run_once(rig.runtime, rig.run_id) == "succeeded"
    assert [job.status for job in await rig.jobs()] == ["expired", "succeeded"]
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (2, FUNDS - rig.price)


@pytest.mark.parametrize("model", [GMI_MODEL, FAL_MODEL])
@pytest.mark.parametrize("media", ["page", "wrong_type", "other_kind"])
@pytest.mark.parametrize("store", [True, False], ids=["stored", "left there"])
async def test_a_result_that_is_no_picture_ends_once(rig: Rig, model: str, media: Any, store: bool) -> None:
    """A page, a sound in a picture's place: `result_useless`, free. Nothing is sent without leave; with it, once."""
    await rig.fakes.script(Behaviour(media=media))
    output = OutputConfig(auto_store=store)
    rig.run_id = await asked(rig.runtime, rig.studio, model, inputs={"prompt": "a lighthouse"}, output=output)
    rig.price = FUNDS - await rig.balance()
    assert await run_once(rig.runtime, rig.run_id) == "failed"
    assert [job.status for job in await rig.jobs()] == ["useless"]
    assert (((await rig.item()).output or {})["code"], await rig.balance()) == ("result_useless", FUNDS)
    await reopen(rig.runtime, rig.run_id)
    assert await run_once(rig.runtime, rig.run_id) == "failed"
    item = await rig.item()
    assert ((item.output or {})["code"], "resubmitUnknown" in (item.error or "")) == ("result_useless", True)
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (1, FUNDS)
    await reopen(rig.runtime, rig.run_id, resubmit_unknown=True)
    assert await run_once(rig.runtime, rig.run_id) == "succeeded"
    assert [job.status for job in await rig.jobs()] == ["useless", "succeeded"]
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (2, FUNDS - rig.price)
    await rig.check_money()


@pytest.mark.parametrize("media", ["good", "expired", "wrong_type"])
async def test_what_stays_at_its_provider_is_looked_at(rig: Rig, media: Any) -> None:
    """Without `autoStore` its own address is passed on if a picture is there; else nothing was delivered."""
    await rig.fakes.script(Behaviour(media=media))
    inputs, output = {"prompt": "a lighthouse"}, OutputConfig(auto_store=False)
    rig.run_id = await asked(rig.runtime, rig.studio, FAL_MODEL, inputs=inputs, output=output)
    price = FUNDS - await rig.balance()
    status = await run_once(rig.runtime, rig.run_id)
    if media == "good":
        run = await row(rig.runtime, rig.run_id)
        assert run.result is not None
        assert (status, run.result["url"].startswith(rig.fakes.base_url)) == ("succeeded", True)
        assert await rig.balance() == FUNDS - price
    else:
        assert (status, await rig.balance()) == ("failed", FUNDS)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_result_that_its_queue_no_longer_has(rig: Rig, status: int) -> None:
    """The job is complete, and its result is refused again and again: expired, and neither failed nor lost."""
    await rig.fakes.script(Behaviour(on="result", status=status, times=0))
    await rig.start(FAL_MODEL)
    assert await run_once(rig.runtime, rig.run_id) == "failed"
    assert [job.status for job in await rig.jobs()] == ["expired"]
    assert (((await rig.item()).output or {})["code"], await rig.balance()) == ("result_expired", FUNDS)


async def test_a_late_success_pays_what_has_come(rig: Rig) -> None:
    """Four were held, one comes: one is charged."""
    await rig.leave_accepted(FAL_MODEL, number=4, most=1)
    await rig.fakes.release()
    await rig.look(until="succeeded")
    item = await rig.item()
    assert item.output is not None
    assert (item.output["charged"], await rig.balance()) == (rig.price // 4, FUNDS - rig.price // 4)
    (job,) = await rig.jobs()
    assert job.outputs == 4
    assert "share" not in item.output


@pytest.mark.parametrize(
    ("model", "scripted", "status"),
    [
        ("gmi/seedream-5.0", Behaviour(hold="result"), "succeeded"),
        (FAL_MODEL, Behaviour(hold="reply"), "succeeded"),
        (FAL_MODEL, Behaviour(hold="reply", places=9, place_seconds=600.0), "canceled"),
    ],
)
async def test_what_is_answered_after_the_cancel_is_settled_as_it_ends(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, model: str, scripted: Behaviour, status: str
) -> None:
    """Canceled while a submit waits for its answer; nobody takes it for lost: paid if it is made, else not."""
    rig.runtime.settings = settings_with(rig.runtime.settings, {"WZRD_PUBLIC_URL": None})
    await rig.runtime.providers.aclose(grace=0.1)
    rig.runtime.providers = providers = open_providers(rig.runtime.settings, local=[Animatic()])
    monkeypatch.setattr(providers, "cancel", partial(providers.cancel, seconds=0.05))
    monkeypatch.setattr(queue, "CANCEL_SECONDS", 30.0)
    await rig.fakes.script(scripted)
    await rig.start(model)
    work = asyncio.create_task(run_once(rig.runtime, rig.run_id))
    await rig.wait_for("sending")
    async for _ in looks():
        if await rig.fakes.paid_submits():
            break
    await cancel(rig.runtime, rig.run_id, rig.studio.user_id)
    rig.runtime.leases.cancel(rig.run_id)
    assert await work == "canceled"
    await rig.look_now()
    assert await rig.holds() == [("outstanding", "held")]
    await rig.fakes.release()
    paid = status == "succeeded"
    await (rig.look(until=status) if paid else rig.wait_for(status))
    assert ((await rig.item()).status, await rig.holds()) == (
        status,
        [("outstanding", "committed" if paid else "released")],
    )
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (1, FUNDS - rig.price * paid)


async def test_a_retry_after_a_late_success_only_tells_it(rig: Rig) -> None:
    """All that was asked for is there: the next attempt holds nothing, submits nothing and succeeds."""
    await rig.leave_accepted(GMI_MODEL)
    await rig.fakes.release()
    await rig.look(until="succeeded")
    await reopen(rig.runtime, rig.run_id, user_id=rig.studio.user_id)
    assert await rig.balance() == FUNDS - rig.price
    assert await run_once(rig.runtime, rig.run_id) == "succeeded"
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (1, FUNDS - rig.price)


async def test_a_retry_takes_over_what_is_still_under_way(rig: Rig) -> None:
    """Reopened while the job runs: held once, followed by the run itself, paid once; nobody else touches it."""
    await rig.leave_accepted(GMI_MODEL)
    await reopen(rig.runtime, rig.run_id, user_id=rig.studio.user_id)
    assert await rig.balance() == FUNDS - rig.price, "what stood for it pays for the next attempt"
    assert await rig.look_now() == 0
    work = asyncio.create_task(run_once(rig.runtime, rig.run_id))
    await rig.fakes.release()
    assert await work == "succeeded"
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (1, FUNDS - rig.price)


async def test_ten_looks_at_once_pay_once(rig: Rig) -> None:
    """Workers look at the same moment; one of them keeps the result."""
    await rig.leave_accepted(GMI_MODEL)
    await rig.fakes.release()
    await asyncio.gather(*(rig.look_now() for _ in range(10)))
    await rig.look(until="succeeded")
    assert (await rig.holds(), await rig.balance()) == ([("outstanding", "committed")], FUNDS - rig.price)


async def test_a_late_failure_gives_back(rig: Rig) -> None:
    """A job that the provider could not make costs nothing."""
    await rig.leave_accepted(GMI_MODEL, outcome="failure")
    await rig.fakes.release()
    await rig.look(until="failed")
    assert ((await rig.item()).status, await rig.holds()) == ("canceled", [("outstanding", "released")])
    assert await rig.balance() == FUNDS


async def test_after_its_deadline_it_is_kept_for_nothing(rig: Rig) -> None:
    """It had its time: the hold goes back. What comes within the hour after it is a present."""
    await rig.leave_accepted(GMI_MODEL)
    await rig.pass_deadline(seconds=5)
    await rig.look(until="lost")
    assert (await rig.holds(), await rig.balance()) == ([("outstanding", "released")], FUNDS)
    await rig.fakes.release()
    await rig.look(until="succeeded")
    item = await rig.item()
    assert item.output is not None
    assert (item.status, item.output["charged"], await rig.balance()) == ("succeeded", 0, FUNDS)


async def test_long_after_its_deadline_nobody_asks(rig: Rig) -> None:
    """A job that was given up for good is looked at no more."""
    await rig.leave_accepted(GMI_MODEL)
    await rig.pass_deadline(seconds=5)
    await rig.look(until="lost")
    await rig.pass_deadline(seconds=4000)
    assert await rig.look_now() == 0


async def test_what_is_no_picture_costs_nothing(rig: Rig) -> None:
    """A page in a picture's place: made, as its provider says, and of no use: nothing is charged."""
    await rig.leave_accepted(GMI_MODEL, media="wrong_type")
    await rig.fakes.release()
    await rig.look(until="useless")
    assert ((await rig.item()).status, await rig.balance()) == ("canceled", FUNDS)
    await reopen(rig.runtime, rig.run_id)
    assert await run_once(rig.runtime, rig.run_id) == "failed"
    assert (((await rig.item()).output or {})["code"], len(await rig.fakes.paid_submits())) == ("result_useless", 1)
    await rig.check_money()


@pytest.mark.parametrize(("media", "end"), [("truncated", "lost"), ("expired", "expired")])
async def test_what_cannot_be_fetched_is_tried_until_the_deadline(rig: Rig, media: str, end: str) -> None:
    """A transfer that breaks, an address that answers 404: neither charged nor given up before its time."""
    await rig.leave_accepted(GMI_MODEL, media=media)
    await rig.fakes.release()
    await rig.look()
    assert (await rig.holds(), await rig.balance()) == ([("outstanding", "held")], FUNDS - rig.price)
    await rig.pass_deadline()
    await rig.look(until=end)
    assert ((await rig.item()).status, await rig.balance()) == ("canceled", FUNDS)


async def test_what_finds_no_room_is_held_no_longer_than_its_time(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is full: tried until the deadline, then nothing is held and nothing was charged."""

    async def refuse(*_: object, **__: object) -> None:
        raise StorageFull

    await rig.leave_accepted(GMI_MODEL)
    monkeypatch.setattr(type(rig.runtime.storage), "put_file", refuse)
    await rig.fakes.release()
    await rig.look()
    assert await rig.holds() == [("outstanding", "held")]
    await rig.pass_deadline()
    await rig.look(until="lost")
    assert (await rig.holds(), await rig.balance()) == ([("outstanding", "released")], FUNDS)


async def test_what_breaks_the_looking_is_held_no_longer_than_its_time(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody foresaw, each time: what is held for the job comes back at its deadline."""

    async def broken(*_: object, **__: object) -> None:
        raise KeyError("a shape that nobody has seen")

    await rig.leave_accepted(GMI_MODEL)
    monkeypatch.setattr(type(rig.runtime.providers.find("gmi-cloud", "image")), "poll", broken)
    await rig.look_now()
    assert await rig.holds() == [("outstanding", "held")]
    await rig.pass_deadline()
    await rig.look(until="lost")
    assert (await rig.holds(), await rig.balance()) == ([("outstanding", "released")], FUNDS)


async def test_a_list_that_never_answers_holds_no_longer_than_its_time(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent, and nobody can say whether it was accepted: GMI's list fails until the deadline, and beyond."""

    async def broken(*_: object, **__: object) -> None:
        raise ProviderError("no list today")

    await rig.start(GMI_MODEL)
    async with armed("after_send=raise"):
        with pytest.raises(Interrupted):
            await run_once(rig.runtime, rig.run_id)
    lease = await claim(rig.runtime, rig.run_id, flow_run_id=None)
    await finish(rig.runtime, rig.run_id, Outcome(canceled=True), lease=lease)
    monkeypatch.setattr(type(rig.runtime.providers.find("gmi-cloud", "image")), "list_jobs", broken)
    await rig.look_now()
    assert await rig.holds() == [("outstanding", "held")]
    await rig.pass_deadline()
    await rig.look(until="lost")
    assert (await rig.holds(), await rig.balance()) == ([("outstanding", "released")], FUNDS)


async def test_a_call_finds_what_was_lost(rig: Rig) -> None:
    """The answer to a submit was lost; fal calls before it lists it: the run follows the job, which is paid once."""
    await rig.fakes.script(Behaviour(reply="dropped", webhook="lost", list_seconds=3600))
    await rig.start(FAL_MODEL)
    work = asyncio.create_task(run_once(rig.runtime, rig.run_id))
    job = await rig.wait_for("unknown")
    (paid,) = await rig.fakes.paid_submits()
    assert job.token is not None
    assert await note_call(rig.runtime, job.token, paid.request_id) == "noted"
    assert await note_call(rig.runtime, job.token, paid.request_id) == "repeated"
    assert await work == "succeeded"
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (1, FUNDS - rig.price)


async def test_a_call_after_the_end_is_followed_up(rig: Rig) -> None:
    """The run was canceled while nobody knew: what stands for it pays when fal has called."""
    await rig.fakes.script(Behaviour(reply="dropped", webhook="lost", list_seconds=3600))
    await rig.start(FAL_MODEL)
    work = asyncio.create_task(run_once(rig.runtime, rig.run_id))
    job = await rig.wait_for("unknown")
    await cancel(rig.runtime, rig.run_id, rig.studio.user_id)
    rig.runtime.leases.cancel(rig.run_id)
    assert await work == "canceled"
    assert await rig.holds() == [("outstanding", "held")]
    await rig.look()
    assert [job.status for job in await rig.jobs()] == ["unknown"]
    (paid,) = await rig.fakes.paid_submits()
    assert job.token is not None
    assert await note_call(rig.runtime, job.token, paid.request_id) == "noted"
    await recover(rig.runtime)  # at once: the call has put it first
    assert ((await rig.item()).status, await rig.balance()) == ("succeeded", FUNDS - rig.price)


async def test_a_call_and_the_end_of_its_run_never_deadlock(rig: Rig) -> None:
    """The end locks the run, then its submits; a call comes in between, of which the second note locks the run too."""
    await rig.start(FAL_MODEL)
    async with armed("after_send=raise"):
        with pytest.raises(Interrupted):
            await run_once(rig.runtime, rig.run_id)
    (job,), (paid,) = await rig.jobs(), await rig.fakes.paid_submits()
    assert (job.status, job.token is not None) == ("sending", True)
    async with rig.runtime.begin() as tx:
        assert await lock_run(tx, rig.run_id) is not None
        call = asyncio.create_task(note_call(rig.runtime, job.token or "", paid.request_id))
        await somebody_waits(rig.runtime)
        await leave_results(tx, rig.run_id)
    assert await call == "noted"
    assert [(one.status, one.request_id) for one in await rig.jobs()] == [("accepted", paid.request_id)]


async def test_what_is_listed_after_the_end_is_followed_up(rig: Rig) -> None:
    """Canceled on a laptop while nobody knew, and still running there: found when it has ended, kept and paid once."""
    await rig.fakes.script(Behaviour(reply="dropped", webhook="lost", hold="result"))
    await rig.start(FAL_MODEL)
    work = asyncio.create_task(run_once(rig.runtime, rig.run_id))
    await rig.wait_for("unknown")
    await rig.cancel()
    assert await work == "canceled"
    await rig.look()
    assert ([job.status for job in await rig.jobs()], await rig.holds()) == (["unknown"], [("outstanding", "held")])
    await rig.fakes.release()
    await rig.look(until="succeeded")
    assert ((await rig.item()).status, await rig.holds()) == ("succeeded", [("outstanding", "committed")])
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (1, FUNDS - rig.price)


async def test_calls_that_are_none_of_ours(rig: Rig) -> None:
    """No such token; another job's request id; a submit that never left."""
    await rig.leave_accepted(FAL_MODEL)
    (job,) = await rig.jobs()
    assert job.token is not None
    assert job.request_id is not None
    assert await note_call(rig.runtime, "t" * 43, job.request_id) == "foreign"
    assert await note_call(rig.runtime, job.token, "another") == "foreign"
    assert await note_call(rig.runtime, job.token, job.request_id) == "noted"
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.provider_jobs set status = 'intent', request_id = null"))
    assert await note_call(rig.runtime, job.token, job.request_id) == "foreign"


async def test_what_was_sent_by_a_dead_process_is_found_in_the_list(rig: Rig) -> None:
    """GMI: killed after sending, then canceled: found among its requests, kept and paid."""
    await rig.start(GMI_MODEL)
    async with armed("after_send=raise"):
        with pytest.raises(Interrupted):
            await run_once(rig.runtime, rig.run_id)
    lease = await claim(rig.runtime, rig.run_id, flow_run_id=None)
    await finish(rig.runtime, rig.run_id, Outcome(canceled=True), lease=lease)
    await rig.look(until="succeeded")
    assert ((await rig.item()).status, await rig.balance()) == ("succeeded", FUNDS - rig.price)


async def test_who_spent_it_meanwhile_keeps_the_end(rig: Rig) -> None:
    """A hold that stands cannot be spent: the balance has it no more, whatever else the user starts."""
    await rig.leave_accepted(GMI_MODEL)
    async with rig.runtime.begin() as tx:
        left = FUNDS - rig.price
        await take_hold(
            tx,
            rig.studio.user_id,
            left,
            key="elsewhere",
            resource_type="x",
            reference_type="x",
            reference_id="x",
        )
    await rig.fakes.release()
    await rig.look(until="succeeded")
    assert (await rig.holds(), await rig.balance()) == ([("outstanding", "committed")], 0)


async def test_leave_is_needed_to_send_again(rig: Rig) -> None:
    """Lost at fal, whose list cannot be read: a retry fails likewise and submits nothing; with leave, one more."""
    await rig.fakes.script(Behaviour(reply="dropped"), Behaviour(on="list", status=403, times=0))
    rig.runtime.settings = settings_with(rig.runtime.settings, {"WZRD_PUBLIC_URL": None})
    await rig.runtime.providers.aclose(grace=0.1)
    rig.runtime.providers = open_providers(rig.runtime.settings, local=[Animatic()])
    await rig.start(FAL_MODEL)
    assert await run_once(rig.runtime, rig.run_id) == "failed"
    assert await rig.balance() == FUNDS
    await reopen(rig.runtime, rig.run_id)
    assert await run_once(rig.runtime, rig.run_id) == "failed"
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (1, FUNDS)
    await reopen(rig.runtime, rig.run_id, resubmit_unknown=True)
    assert await run_once(rig.runtime, rig.run_id) == "succeeded"
    assert (len(await rig.fakes.paid_submits()), await rig.balance()) == (2, FUNDS - rig.price)
    with pytest.raises(Conflict):
        await reopen(rig.runtime, rig.run_id, resubmit_unknown=True)
