"""The Python client of the generation API: HTTP and server-sent events, and streams that resume by themselves.

All that it raises is a GenerationError; one of them is InsufficientCreditsError, when the ledger refused.
"""

from wzrd.client.blocking import BlockingGenerationService
from wzrd.client.errors import ErrorCode, GenerationError, InsufficientCreditsError
from wzrd.client.outcome import GenerationProgress
from wzrd.client.service import UnifiedGenerationService, read_event
from wzrd.client.stream import Event
from wzrd.contracts.generate import GenerationResultMetadata, OutputConfig, ReferenceAsset
from wzrd.contracts.generation_service import GenerationInput, GenerationMetadata, GenerationResult

__all__ = [
    "BlockingGenerationService",
    "ErrorCode",
    "Event",
    "GenerationError",
    "GenerationInput",
    "GenerationMetadata",
    "GenerationProgress",
    "GenerationResult",
    "GenerationResultMetadata",
    "InsufficientCreditsError",
    "OutputConfig",
    "ReferenceAsset",
    "UnifiedGenerationService",
    "read_event",
]
