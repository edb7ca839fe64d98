"""The block types of this product: `prefect block register -m blocks` registers what this module names."""

from blocks.credentials import (
    ChatServerCredentials,
    ElevenLabsCredentials,
    FalCredentials,
    GeminiCredentials,
    GmiCloudCredentials,
    GroqCredentials,
    LovableCredentials,
    OpenAiCredentials,
)
from blocks.stores import Database, MediaStore

__all__ = [
    "ChatServerCredentials",
    "Database",
    "ElevenLabsCredentials",
    "FalCredentials",
    "GeminiCredentials",
    "GmiCloudCredentials",
    "GroqCredentials",
    "LovableCredentials",
    "MediaStore",
    "OpenAiCredentials",
]
