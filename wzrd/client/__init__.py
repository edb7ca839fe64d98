"""The Python client of the generation API: HTTP and server-sent events, and streams that resume by themselves.

All that it raises is a GenerationError; one of them is InsufficientCreditsError, when the ledger refused.
"""

from wzrd.client.connection import Event
from wzrd.client.errors import GenerationError, InsufficientCreditsError
from wzrd.client.service import UnifiedGenerationService, read_event

__all__ = ["Event", "GenerationError", "InsufficientCreditsError", "UnifiedGenerationService", "read_event"]
