"""The vocabulary of deeds: what somebody does in a beat, whatever the script's language."""

from typing import Literal, TypeAlias, get_args

Act: TypeAlias = Literal[
    "stand", "sit", "lie", "kneel", "lean",
    "walk", "run", "enter", "leave", "climb", "crawl", "fall", "jump", "ride", "drive", "swim", "dance",
    "look", "listen", "speak", "point", "wave",
    "hug", "kiss", "hold_hands", "touch", "strike", "fight", "dodge", "push", "drag", "aim", "shoot", "stab",
    "kneel_beside", "bend_over", "photograph", "hand_over", "take", "catch",
    "hold", "carry", "lift", "put_down", "throw", "open", "close", "break", "cut", "dig", "play", "write", "read",
    "drink", "eat", "smoke", "cook", "phone", "type", "search", "show", "hide", "use",
    "laugh", "weep", "scream", "tremble", "sleep", "wake", "die",
    "appear", "vanish", "burn", "explode", "move", "other",
]  # fmt: skip
"""Kinds of what is done, whatever the script's language."""
ACTS: tuple[str, ...] = get_args(Act)
CONTACT: frozenset[str] = frozenset({
    "hug", "kiss", "hold_hands", "touch", "strike", "fight", "push", "drag", "stab", "kneel_beside", "bend_over",
    "hand_over", "take", "catch", "dance", "carry",
})  # fmt: skip
"""Acts that bring two people together, where they have a `whom`."""
