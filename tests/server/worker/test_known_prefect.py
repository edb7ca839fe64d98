"""The fast path knows the Prefect that is installed, and tells one that differs."""

import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import prefect
import pytest

from server.dispatch import PrefectApi
from server.worker.warm import METHODS, OBSERVER, SUBMITTING, TESTED, FastWorker, WarmWorker, list_unknown, make_worker
from wzrd.runtime.process import Runtime

ROOT = Path(__file__).parents[3]


class Present:
    """Stands where Prefect's worker is, as it is today."""

    def __init__(self) -> None:
        self._submitting_flow_run_ids = set[str]()
        self._cancelling_observer = None

    async def _submit_run(self, flow_run: object) -> None: ...
    async def _propose_pending_state(self, flow_run: object) -> None: ...
    async def _propose_crashed_state(self, flow_run: object, message: str, client: object = None) -> None: ...
    def _release_limit_slot(self, flow_run_id: object) -> None: ...
    async def _get_scheduled_flow_runs(self) -> None: ...


class OneMoreArgument(Present):
    """A method takes something new."""

    async def _submit_run(self, flow_run: object, why: str = "") -> None: ...


def propose_at_once(self: object, flow_run: object) -> None: ...


class NoLongerAsync(Present):
    """A method need not be awaited any more."""

    _propose_pending_state: Any = propose_at_once


class Renamed(Present):
    """A method and both attributes are gone."""

    _release_limit_slot: Any = None

    def __init__(self) -> None:
        self.submitting = set[str]()


class OtherObserver(Present):
    """The observer lets go of a flow run in another way."""

    def __init__(self) -> None:
        super().__init__()
        self._cancelling_observer = object()


@pytest.mark.parametrize(
    ("base", "unknown"),
    [
        (Present, []),
        (OneMoreArgument, ["_submit_run"]),
        (NoLongerAsync, ["_propose_pending_state"]),
        (Renamed, ["_release_limit_slot", SUBMITTING, OBSERVER]),
        (OtherObserver, [OBSERVER]),
    ],
)
def test_each_name_is_looked_at(base: Any, unknown: list[str]) -> None:
    """Gone, of another kind, or taking something else: each is named."""
    assert list_unknown(base(), base=base) == unknown


def test_the_installed_prefect_is_known() -> None:
    """The fast path is taken; Prefect's registry of workers has the public one."""
    runtime = cast("Runtime", SimpleNamespace(leases=SimpleNamespace(owner="here:1:abc")))
    worker = make_worker(runtime, PrefectApi(None), pool="wzrd", limit=1)
    assert isinstance(worker, FastWorker)
    assert WarmWorker.get_worker_class_from_type("warm") is WarmWorker
    assert len(METHODS) + len([SUBMITTING, OBSERVER]) == 7


def test_what_is_installed_and_what_is_allowed_were_tested() -> None:
    """The locked release, and the lowest one that pyproject.toml lets in, are among those that were tested."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (lowest,) = [one.partition(">=")[2].partition(",")[0] for one in wanted if one.startswith("prefect>=")]
    assert {prefect.__version__, lowest} <= set(TESTED)
