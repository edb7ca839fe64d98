"""The live objects of a run: one of each type, and none once its lease is let go."""

import pytest

from wzrd.domain.errors import RunStopped
from wzrd.runtime.heartbeat import RunObjects


class Thing:
    """Something that lives as long as its run."""


def test_one_object_of_a_type_is_kept() -> None:
    """The latest; what is asked for and is not there stops the run here."""
    objects = RunObjects()
    assert objects.find(Thing) is None
    with pytest.raises(RunStopped, match="no Thing"):
        objects.get(Thing)
    first, second = objects.keep(Thing()), objects.keep(Thing())
    assert first is not second
    assert objects.get(Thing) is second
    objects.close()
    assert len(objects) == 0


def test_what_is_kept_for_a_block_goes_with_it() -> None:
    """Unless another has taken its place meanwhile."""
    objects, later = RunObjects(), Thing()
    with objects.keeping(Thing()) as one:
        assert objects.get(Thing) is one
    assert objects.find(Thing) is None
    with objects.keeping(Thing()):
        objects.keep(later)
    assert objects.get(Thing) is later
