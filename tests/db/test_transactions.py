"""The ledger's entries: each names the run that it is for, whoever wrote it."""

from server.cli.credits import describe
from server.stack import postgres
from tests.playing import opened
from tests.rows import make_studio
from tests.server.served import claimed, deliver, ended, shared_runtime
from wzrd.db.users import list_transactions
from wzrd.domain.settlement import Outcome


async def test_entries_name_their_runs(cluster: postgres.Cluster) -> None:
    """Holds and refunds name their run, as `wzrd credits ledger` shows it; a grant is for none."""
    async with shared_runtime(cluster) as runtime:
        studio = await make_studio(runtime)
        run_id = await opened(runtime, studio)
        lease = await claimed(runtime, run_id)
        await deliver(runtime, lease, 1)
        await ended(runtime, lease, Outcome(error="the lamp broke"))
        async with runtime.begin() as tx:
            entries = await list_transactions(tx, studio.user_id)
    told = {entry.kind: entry.run_id for entry in entries}
    assert told == {"grant": None, "hold": str(run_id), "refund_partial": str(run_id)}
    shown = {entry.kind: f"· run {str(run_id)[:8]}" in describe(entry) for entry in entries}
    assert shown == {"grant": False, "hold": True, "refund_partial": True}
