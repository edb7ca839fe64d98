"""One paid generation: route, hold, submit once, listen, record. See wzrd.generation.flow for the staircase."""

from wzrd.generation.flow import generate
from wzrd.generation.records import settle_item
from wzrd.generation.values import COVERED, Covered, Funding, Generated, GenerationRequest, Own

__all__ = ["COVERED", "Covered", "Funding", "Generated", "GenerationRequest", "Own", "generate", "settle_item"]
