"""What can be asked for: one file a kind of run, and KINDS, the one table of them."""

from collections.abc import Mapping

from wzrd.operations.auto_generate import AUTO_GENERATE
from wzrd.operations.backfill import BACKFILL
from wzrd.operations.compute import COMPUTE
from wzrd.operations.director_cut import DIRECTOR_CUT
from wzrd.operations.gen_shots import GEN_SHOTS
from wzrd.operations.generate import GENERATE
from wzrd.runtime.kind import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (GEN_SHOTS, AUTO_GENERATE, DIRECTOR_CUT, GENERATE, COMPUTE, BACKFILL)
}
"""Every kind of run by its name. Flows and routes look theirs up here and refuse to start when one is missing."""
