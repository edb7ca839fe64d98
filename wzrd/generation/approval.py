"""The gate before a clip: where approval is required, its still is the shot's chosen one, and approved."""

from uuid import UUID

from wzrd.db.engine import Tx
from wzrd.db.takes import holds_approval, requires_approval
from wzrd.domain.errors import AwaitingApproval
from wzrd.generation.values import Gate


def still_gate(project_id: UUID, shot_id: UUID, still: str, *, asked: bool) -> Gate:
    """The gate of a clip that begins with `still`, an address: by the request (`asked`), or by the project's setting.

    It raises AwaitingApproval. Passed, the approval stands until the transaction ends.
    """

    async def gate(tx: Tx) -> None:
        if (asked or await requires_approval(tx, project_id)) and not await holds_approval(tx, shot_id, still):
            raise AwaitingApproval

    return gate
