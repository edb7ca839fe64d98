"""Ends of runs become events: once each, whatever Prefect's server does meanwhile; no secret and no noise in them."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from sqlalchemy import text

from server.dispatch import PrefectApi, PrefectUnreachable
from server.worker.announce import Announcer
from tests.fakes.prefect import FakePrefect, prefect_server
from tests.playing import opened
from tests.rows import make_studio
from tests.server.served import claimed, deliver, ended, with_settings
from wzrd.db.runs import find_run
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import Outcome
from wzrd.runs.finish import reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

ENVIRONMENT = {"WZRD_SPEND_ALERT": "0"}


@pytest.fixture
async def prefect(runtime: Runtime) -> AsyncGenerator[FakePrefect]:
    """A server that has heard of every end so far."""
    async with prefect_server() as made:
        await Announcer(runtime, PrefectApi(made.url)).announce()
        made.events.clear()
        yield made


async def finished(runtime: Runtime, outcome: Outcome | None = None, *, shots: int = 3) -> Lease:
    lease = await claimed(runtime, await opened(runtime, await make_studio(runtime)))
    await deliver(runtime, lease, shots)
    await ended(runtime, lease, outcome)
    return lease


def told(prefect: FakePrefect) -> list[tuple[str, int, str | None]]:
    return [(e["event"], e["payload"]["credits"], e["payload"]["error_code"]) for e in prefect.events.values()]


async def test_each_end_is_one_event(runtime: Runtime, prefect: FakePrefect) -> None:
    """By status, with what was charged and why it failed; asked again, there is nothing more to tell."""
    api = PrefectApi(prefect.url)
    await finished(runtime)
    await finished(runtime, Outcome(error="half", error_code="provider_rejected"), shots=1)
    await finished(runtime, Outcome(error="no", error_code="bad_request"), shots=0)
    await finished(runtime, Outcome(canceled=True), shots=0)
    await asyncio.gather(*(Announcer(runtime, api).announce() for _ in range(2)))  # as two workers do
    await Announcer(runtime, api).announce()
    assert told(prefect) == [
        ("wzrd.run.succeeded", 2, None),
        ("wzrd.run.partial", 1, "provider_rejected"),
        ("wzrd.run.failed", 0, "bad_request"),
        ("wzrd.run.canceled", 0, "canceled"),
    ]
    assert all(e["payload"]["project"] == "The Light" for e in prefect.events.values())


async def test_an_outage_loses_none(runtime: Runtime, prefect: FakePrefect) -> None:
    """Server errors, a refused login: they wait; the next round tells them."""
    api = PrefectApi(prefect.url)
    await finished(runtime)
    for failure in (503, 401, "page"):
        prefect.failures = [failure]
        with pytest.raises(PrefectUnreachable):
            await Announcer(runtime, api).announce()
    assert told(prefect) == []
    await Announcer(runtime, api).announce()
    assert len(told(prefect)) == 1


async def test_an_event_that_prefect_refuses_holds_up_no_other(runtime: Runtime, prefect: FakePrefect) -> None:
    """It is left out, and told in the log; it does not come again."""
    api = PrefectApi(prefect.url)
    for _ in range(3):
        await finished(runtime)
    prefect.failures = [422, None, 422]
    await Announcer(runtime, api).announce()
    assert len(told(prefect)) == 2
    await Announcer(runtime, api).announce()
    assert len(told(prefect)) == 2


async def test_a_second_attempt_ends_with_an_event_of_its_own(runtime: Runtime, prefect: FakePrefect) -> None:
    """Reopened between the look and the note, it is announced at its next end."""
    api = PrefectApi(prefect.url)
    lease = await finished(runtime, Outcome(error="no"), shots=1)
    await Announcer(runtime, api).announce()
    await reopen(runtime, lease.run_id)
    await Announcer(runtime, api).announce()
    again = await claimed(runtime, lease.run_id)
    async with runtime.begin() as tx:
        await tx.execute(
            text("update wzrd.run_items set status = 'succeeded', delivered_at = now() where run_id = :id"),
            {"id": lease.run_id},
        )
    await ended(runtime, again)
    await Announcer(runtime, api).announce()
    found = [(e["event"], e["payload"]["attempt"], e["payload"]["credits"]) for e in prefect.events.values()]
    assert found == [("wzrd.run.partial", 1, 1), ("wzrd.run.succeeded", 2, 2)]


async def test_failed_calls_of_a_provider_are_the_reason(runtime: Runtime, prefect: FakePrefect) -> None:
    """A run that is not whole says whose calls failed; one that made good tells no provider."""
    api = PrefectApi(prefect.url)
    insert = text("""
        insert into wzrd.provider_jobs (id, intent_key, run_id, item_key, provider, model, status)
        values (gen_random_uuid(), :key, :run, 'shot/1', 'fal-ai', 'm', 'failed')
    """)
    for outcome, shots in ((None, 1), (None, 3)):
        lease = await claimed(runtime, await opened(runtime, await make_studio(runtime)))
        async with runtime.begin() as tx:
            await tx.execute(insert, {"key": str(uuid.uuid4()), "run": lease.run_id})
        await deliver(runtime, lease, shots)
        await ended(runtime, lease, outcome)
    await Announcer(runtime, api).announce()
    labels: list[dict[str, Any]] = [e["resource"] for e in prefect.events.values()]
    assert [(one["wzrd.error-code"], one["wzrd.provider"]) for one in labels] == [
        ("provider_failed", "fal-ai"),
        ("", ""),
    ]


async def test_the_days_spend_is_told_when_it_passes_the_limit(runtime: Runtime, prefect: FakePrefect) -> None:
    """Not before, not again, not where no limit is set."""
    api = PrefectApi(prefect.url)
    async with runtime.begin() as tx:
        spent = int(await tx.scalar(text("select coalesce(sum(committed), 0)::int from wzrd.run_holds")) or 0)
    limited = with_settings(runtime, spend_alert=spent + 3)
    for _ in range(3):  # two credits each
        await finished(runtime)
        await Announcer(limited, api).announce()
    spends = [e for e in prefect.events.values() if e["event"] == "wzrd.spend.exceeded"]
    assert [(e["payload"]["credits"], e["payload"]["limit"]) for e in spends] == [(spent + 4, spent + 3)]


async def test_the_error_is_bounded(runtime: Runtime, prefect: FakePrefect) -> None:
    """A long and hostile one is one event like another."""
    lease = await finished(runtime, Outcome(error="x\0\ud800" * 3000), shots=0)
    await Announcer(runtime, PrefectApi(prefect.url)).announce()
    ((event),) = prefect.events.values()
    assert len(event["payload"]["error"]) <= 500
    async with runtime.begin() as tx:
        assert await find_run(tx, lease.run_id) is not None
