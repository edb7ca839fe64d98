"""One paid generation: route, hold, submit once, follow, record. See wzrd.generation.flow for the staircase."""

from wzrd.generation.flow import generate, generate_whole
from wzrd.generation.values import (
    COVERED,
    Covered,
    Fallback,
    FallbackTarget,
    Funding,
    Generated,
    GenerationRequest,
    Own,
)

__all__ = [
    "COVERED",
    "Covered",
    "Fallback",
    "FallbackTarget",
    "Funding",
    "Generated",
    "GenerationRequest",
    "Own",
    "generate",
    "generate_whole",
]
