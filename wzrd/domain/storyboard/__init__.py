"""The offline writer: a scene's own text made into shots by the grammar of coverage. Pure and seeded.

reading (what the text offers) → coverage (which shots) → grammar (their words). No model and no network.
"""

from wzrd.domain.storyboard.writer import write_shots

__all__ = ["write_shots"]
