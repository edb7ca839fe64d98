"""Fakes of the paid providers, on loopback: for tests, and for who builds a front end. Start at `open_fakes`."""

from server.fakes.script import Behaviour
from server.fakes.serve import Fakes, open_fakes

__all__ = ["Behaviour", "Fakes", "open_fakes"]
