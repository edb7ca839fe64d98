"""The answer to a webhook."""

from typing import Literal

from wzrd.contracts.wire import WireModel


class Noted(WireModel):
    """Outcome of a call: `ok`, or `accepted` where nothing of ours was meant."""

    status: Literal["ok", "accepted"]
