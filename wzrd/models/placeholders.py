"""Values of a request of which only the price or the form is asked: no vendor is ever sent them."""

PROMPT = "A picture of which nothing is known yet"
"""Longer than the shortest prompt that any vendor takes."""
STILL = "https://example.com/still.png"
CLIP = "https://example.com/clip.mp4"
VOICES = ("https://example.com/voice.wav", "https://example.com/other.wav")
