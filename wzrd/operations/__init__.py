"""Operations that can be asked for: one file a kind of run, and KINDS, the one table of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from wzrd.operations.auto_generate.kind import AUTO_GENERATE
from wzrd.operations.backfill import BACKFILL, retried
from wzrd.operations.breakdown import BREAKDOWN
from wzrd.operations.compute.kind import COMPUTE
from wzrd.operations.director_cut.kind import DIRECTOR_CUT
from wzrd.operations.gen_shots import GEN_SHOTS
from wzrd.operations.generate import GENERATE
from wzrd.runtime.kind import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (GEN_SHOTS, AUTO_GENERATE, DIRECTOR_CUT, GENERATE, COMPUTE, BREAKDOWN, BACKFILL)
}
"""Every kind of run by its name. Flows, pages and routes are found by it; a process does not start without one."""

# The name of a kind that a backfill tries again: the choices of its form and of its command.
if TYPE_CHECKING:
    RetriedKind: TypeAlias = str
else:
    RetriedKind = Literal[*retried(KINDS)]
