"""Which tests run: one of each file for a second Python; files that share what they start, together."""

from collections.abc import Sequence

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController


def last_of_files(ids: Sequence[str]) -> set[str]:
    """Of the tests of each file the last one, and of it the first case."""
    files: dict[str, dict[str, str]] = {}
    for name in ids:
        files.setdefault(name.partition("::")[0], {}).setdefault(name.partition("[")[0], name)
    return {[*tests.values()][-1] for tests in files.values()}


class OneStack(LoadFileScheduling):
    """A process takes file after file in their order; a folder of acceptance tests is one: it shares a stack."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # the longest first: they stand first, and the short ones last

    def remove_node(self, node: WorkerController) -> str | None:
        """Give what a process that died has left to the others; returns the test it died in, which is not run again."""
        left = {scope: unit for scope, unit in self.assigned_work.pop(node).items() if not all(unit.values())}
        died = next((test for unit in left.values() for test, ended in unit.items() if not ended), None)
        if died is not None:
            next(iter(left.values()))[died] = True
            self.workqueue.update(left)
            for other in self.assigned_work:
                self._reschedule(other)
        return died

    def _reschedule(self, node: WorkerController) -> None:
        """Give a process work until it has a next test: it runs one when it knows that, and xdist asks no more then."""
        super()._reschedule(node)
        while self.workqueue and not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2:
            self._assign_work_unit(node)
        if not self.workqueue and not node.shutting_down:
            node.shutdown()

    def _split_scope(self, nodeid: str) -> str:
        scope = super()._split_scope(nodeid)
        return scope.rpartition("/")[0] if scope.startswith("tests/acceptance/") else scope
