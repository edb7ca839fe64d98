"""`wzrd worker` under a Prefect of which one private method takes one more argument than the fast path knows."""

from typing import Any

from prefect.workers.base import BaseWorker

from server.worker.serve import main

_worker: Any = BaseWorker
_release = _worker._release_limit_slot


def _release_limit_slot(self: Any, flow_run_id: Any, reason: str = "") -> None:
    _release(self, flow_run_id)


if __name__ == "__main__":
    _worker._release_limit_slot = _release_limit_slot
    main()
