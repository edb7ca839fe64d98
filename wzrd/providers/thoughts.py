"""Thoughts that a model writes in tags before its answer, told apart from it as they come. No I/O."""

import re

_TAGS = ("<think>", "<thinking>", "<thought>", "<seed:think>", "[think]")
"""Tags in which thoughts stand where a server hands on what its model writes (Groq's `raw`, vLLM without a parser)."""
_LONGEST_END = 14
_ANY_END = re.compile(r"(?<![`'\"(])(?:</(?:think|thinking|thought|seed:think)>|\[/think\])", re.IGNORECASE)
"""An end that nobody quotes. A template that has written the beginning (DeepSeek R1's, Qwen's) leaves the end alone."""


class Thoughts:
    """Leaves out what a model thinks in tags before it answers, and the blanks behind them.

    An end without a beginning makes thoughts of all before it. Text is kept back until that is known where it is
    likely: `thinks`, the model is known for it, and `json`, the answer should be JSON and begins otherwise.
    """

    def __init__(self, *, thinks: bool, json: bool) -> None:
        self.keeps_back, self._thinks, self._json = thinks, thinks, json
        self.aloud = False
        self._held: list[str] = []  # text that may yet become a tag, or thoughts
        self._end: re.Pattern[str] | None = None
        self._hides = self._ended = self._over = False
        self._tail = ""

    @property
    def undecided(self) -> str:
        """Text that is kept back."""
        return "".join(self._held)

    def release(self, *, is_cut: bool = False) -> str:
        """Give out the text that is kept back. Thoughts that were cut off are no answer."""
        text = "" if is_cut and self._thinks and self.keeps_back else self.undecided
        self._held.clear()
        return text

    def leave_out(self, text: str) -> str:
        """Of the text that comes next, the part that is the answer's."""
        if self._over:
            return text
        if self._end is None:
            text = self.undecided + text
            word = text.lstrip()
            size = next((len(tag) for tag in _TAGS if tag.startswith(word[: len(tag)].lower())), 0)
            self._held = [text] if len(word) < size else []
            if self._held:
                return ""
            self._hides, self.keeps_back = size > 0, self.keeps_back or (self._json and word[0] not in "{[`")
            self._end = re.compile(re.escape(f"{word[0]}/{word[1:size]}")) if size else _ANY_END
            text = word[size:] if size else text
        seen = self._tail + text
        ends = (found.end() for found in self._end.finditer(seen) if found.end() > len(self._tail))
        if (end := len(self._tail) if self._ended else next(ends, None)) is not None:
            self.aloud, self._hides, self._ended = self.aloud or not self._hides, True, True
            self._held.clear()
            answer = seen[end:].lstrip()
            self._over = bool(answer)
            return answer
        self._tail = seen[-_LONGEST_END:]
        if not self._hides:
            self._held.append(text)
        return "" if self.keeps_back or self._hides else self.release()
