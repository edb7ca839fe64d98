"""Scratch voices: who gets which (casting), what can be said (speech), which line belongs to which shot (spotting).

Pure. The voice itself is made in wzrd.media.voice.
"""

from wzrd.domain.voices.casting import NARRATOR, Hearing, Voice, cast_voices, heard_as, is_whispered
from wzrd.domain.voices.described import voice_key
from wzrd.domain.voices.speech import Phrase, phrases, sentences, silence_for, speakable
from wzrd.domain.voices.spotting import ShotText, assign_lines

__all__ = [
    "NARRATOR",
    "Hearing",
    "Phrase",
    "ShotText",
    "Voice",
    "assign_lines",
    "cast_voices",
    "heard_as",
    "is_whispered",
    "phrases",
    "sentences",
    "silence_for",
    "speakable",
    "voice_key",
]
