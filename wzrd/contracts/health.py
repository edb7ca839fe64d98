"""GET /healthz on the wire."""

from typing import Literal

from wzrd.contracts.wire import WireModel


class Health(WireModel):
    """Health of this process: if it can serve, and if its database answers."""

    status: Literal["ok", "unavailable"]
    database: Literal["ok", "unreachable"]
