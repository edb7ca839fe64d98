"""Errors that stop a run for now."""

from wzrd.db.engine import is_outage
from wzrd.domain.errors import RunStopped
from wzrd.faults import FaultRaised


def stops_the_run(error: Exception) -> bool:
    """True if the error says nothing of what the run makes: the run is resumed, here or elsewhere."""
    return isinstance(error, RunStopped | FaultRaised) or is_outage(error)
