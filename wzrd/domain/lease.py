"""The right to write a run: its holder and its epoch. Every write of a run carries one (the fence)."""

from dataclasses import dataclass

from wzrd.domain.ids import ProjectId, RunId, UserId


@dataclass(frozen=True, slots=True)
class Lease:
    """A claimed run. A later claim raises the epoch in the database, and writes under this one are refused."""

    run_id: RunId
    owner: str
    epoch: int
    attempt: int
    user_id: UserId
    project_id: ProjectId | None = None
