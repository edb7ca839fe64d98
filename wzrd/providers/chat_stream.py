"""Reading a chat completion as it arrives: the data of events to text. No I/O.

Tolerates what OpenAI-compatible servers really send: `x_groq` and other extras, missing `usage` or `index`, no `[DONE]`
after a finish reason, whole JSON instead of a stream. A reply that breaks any further is an error; what had come stays
readable in `text`.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from wzrd.contracts.wire import members_of
from wzrd.domain.checks import is_used_up
from wzrd.domain.errors import ProviderFailed, ProviderRejected
from wzrd.domain.refusals import ContentRefusal, refused
from wzrd.models.refusals import find_refusal
from wzrd.net.json_scan import Bounds
from wzrd.providers.provider_json import read_json, reason_of, writable
from wzrd.providers.thoughts import Thoughts

MAX_TEXT = 1_000_000
"""Characters of one answer, or of one event: far beyond any completion, below what hurts."""
_BOUNDS = Bounds(structure=20_000, depth=250)
"""The values of one event or body: a completion has dozens."""

_NO_NEWS = frozenset({"", "[DONE]", "PING", "[PING]", "KEEPALIVE", "KEEP-ALIVE", "HEARTBEAT"})
"""Data that add nothing to an answer, whatever their case."""


class Completion:
    """A chat completion, as much of it as has come. `thinks`, `json`: see `Thoughts`."""

    def __init__(self, name: str, *, thinks: bool = False, json: bool = False) -> None:
        self.name = name
        self.finish_reason: str | None = None
        self.done = False
        self.holds_choice = False
        self.refusal = ""
        self._parts: list[str] = []
        self._has_delta = False
        self._half = ""
        self.thoughts = Thoughts(thinks=thinks, json=json)
        self._size = 0
        self._about: dict[str, Any] = {}

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts) + self.thoughts.undecided

    def take_rest(self) -> str:
        """Give out the text that was kept back, of an answer that has ended."""
        self._parts.append(rest := self.thoughts.release(is_cut=self.finish_reason == "length"))
        return rest

    @property
    def has_text(self) -> bool:
        """True if any text has come."""
        return bool(self._parts)

    @property
    def complete(self) -> bool:
        """True if the provider sent an end mark."""
        return self.done or self.finish_reason is not None

    @property
    def cost_usd(self) -> float | None:
        """The cost that the provider reports, where it does."""
        usage = members_of(self._about.get("usage"))
        costs = [usage.get("cost")]
        if usage.get("is_byok") is True:  # OpenRouter's `cost` is its own fee then: the vendor is paid besides
            costs.append(members_of(usage.get("cost_details")).get("upstream_inference_cost"))
        numbers = [cost for cost in costs if isinstance(cost, int | float) and not isinstance(cost, bool)]
        known = [float(cost) for cost in numbers if 0 <= cost < 1e6]
        return sum(known) if len(known) == len(costs) else None

    def check(self) -> None:
        """See that a complete answer is no refusal in its place.

        Raises:
            ProviderFailed: the model, or its vendor's filter, has refused to answer.
        """
        filtered = _FILTERED.search(self.finish_reason or "")
        if not self.text.strip() and (self.refusal or filtered):
            words = self.refusal or f"its filter keeps the answer back ({self.finish_reason})"
            raise ProviderFailed(f"{self.name} refused to answer: {words}", **refused(ContentRefusal()))

    def about(self) -> dict[str, Any]:
        """Usage, the provider's id and model, and the finish reason, as far as known; fit for a row."""
        return cast("dict[str, Any]", writable({**self._about, "finish_reason": self.finish_reason}))

    def take(self, data: str) -> str:
        """Take one event's data in, and return the text that it adds.

        Raises:
            ProviderRejected: it is an error that says no before anything was said.
            ProviderFailed: it is an error, or nonsense.
        """
        word = data.strip().upper()
        if word == "[DONE]":
            self.done = True
        if word in _NO_NEWS:
            return ""
        chunk = parse_object(data)
        if chunk is None:
            raise ProviderFailed(f"{self.name} sent something that is not JSON, or too many values, in its stream")
        if _is_error(chunk):
            self._refuse(chunk)
        self._remember(chunk)
        text = self._take_text(chunk)
        if stopped := members_of(chunk.get("x_groq")).get("error"):
            self._refuse({"error": stopped})
        return text

    def _refuse(self, chunk: Mapping[str, Any]) -> None:
        """An error inside a stream is a refusal when it names a 4xx and nothing was said yet."""
        status, message = error_of(chunk)
        about = refused(find_refusal(chunk))
        if status is not None and 400 <= status < 500 and not self.has_text:
            raise ProviderRejected(f"{self.name}: {message}", status=status, **about)
        raise ProviderFailed(f"{self.name} failed while answering: {message}", **about)

    def _remember(self, chunk: Mapping[str, Any]) -> None:
        extra = chunk.get("x_groq")
        usage = chunk.get("usage") or members_of(extra).get("usage")
        if isinstance(usage, dict):
            self._about["usage"] = usage
        self._about |= {key: chunk[key] for key in ("id", "model") if isinstance(chunk.get(key), str)}

    def _take_text(self, chunk: Mapping[str, Any]) -> str:
        choices = chunk.get("choices")
        first: Any = cast("list[Any]", choices)[0] if isinstance(choices, list) and choices else None
        if not isinstance(first, dict):
            return ""
        choice, self.holds_choice = cast("Mapping[str, Any]", first), True
        if isinstance(choice.get("finish_reason"), str):
            self.finish_reason = choice["finish_reason"]
        delta = choice.get("delta")
        self._has_delta = self._has_delta or delta is not None
        message = members_of(delta if self._has_delta else choice.get("message"))  # MiniMax ends with the whole again
        said, refusal = self._joined(_text(message.get("content"))), _clean(_text(message.get("refusal")))
        self._size += len(said) + len(refusal)
        if self._size > MAX_TEXT:
            raise ProviderFailed(f"{self.name} would not stop writing")
        self.refusal += refusal
        if any(message.get(name) for name in _REASONING):
            self.thoughts.keeps_back = False
        was_aloud, text = self.thoughts.aloud, self.thoughts.leave_out(said)
        self._parts = [] if self.thoughts.aloud and not was_aloud else self._parts
        if text:
            self._parts.append(text)
        if choice.get("error") or self.finish_reason in _INTERRUPTED:
            self._refuse({"error": choice.get("error") or f"it broke off ({self.finish_reason})"})
        return text

    def _joined(self, text: str) -> str:
        """Servers that cut at tokens may send the halves of one character in two chunks: the first half waits."""
        text = self._half + text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return _clean(text.removesuffix(self._half))


_REASONING = ("reasoning", "reasoning_content")
"""Fields in which a server that knows thoughts from answers hands them on."""
_INTERRUPTED = frozenset({"error", "insufficient_system_resource", "aborted", "abort", "network_error"})
"""Finish reasons of a server that could not go on: OpenRouter's, DeepSeek's (two), vLLM's, Zhipu's."""
_FILTERED = re.compile(r"(?i)content_filter|safety|prohibited_content|blocklist|recitation|spii|sensitive|^refusal$")
"""Finish reasons of a filter, as gateways hand them on: OpenAI's, Gemini's (in capitals), Zhipu's, Anthropic's."""


def _is_error(chunk: Mapping[str, Any]) -> bool:
    """`error`, as OpenAI spells it; or, without choices, what other servers send.

    These are vLLM (`object`), Anthropic (`type`), FastAPI, Cerebras (a `message` at the top), MiniMax (`base_resp`).
    """
    if chunk.get("error") or (not chunk.get("choices") and members_of(chunk.get("base_resp")).get("status_code")):
        return True
    if chunk.get("choices") is not None:
        return False
    says = bool(chunk.get("detail")) or isinstance(chunk.get("message"), str)
    return "error" in (chunk.get("object"), chunk.get("type")) or says


def parse_object(data: str | bytes) -> Mapping[str, Any] | None:
    """The JSON object in `data`, or None when it is none or has too many values.

    A list of one object counts as that object: Google wraps its errors so.
    """
    value = read_json(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data, _BOUNDS)
    if isinstance(value, list) and len(cast("list[object]", value)) == 1:
        value = cast("list[object]", value)[0]
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else None


_CODES = {
    "rate_limit_exceeded": 429,
    "insufficient_quota": 402,
    "billing_not_active": 402,
    "billing_hard_limit_reached": 402,
    "RESOURCE_EXHAUSTED": 429,
    "invalid_api_key": 401,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "model_not_found": 404,
    "NOT_FOUND": 404,
    "INVALID_ARGUMENT": 400,
}
"""Codes in words (OpenAI's and Groq's, Google's in capitals) and the HTTP status that each means."""


def error_of(body: Mapping[str, Any]) -> tuple[int | None, str]:
    """The status and message of an error body: `{"error": {"message", "code" | "type"}}`, or those at its top."""
    error = body.get("error") or body.get("base_resp")
    about = cast("Mapping[str, Any]", error) if isinstance(error, dict) else body
    if about is body and not isinstance(body.get("message"), str):
        return None, _clean(reason_of(body))
    codes = [about.get(name) for name in ("status", "code", "type", "status_code")]
    status = next((status for one in codes if (status := _status_of(one)) is not None), None)
    said = about.get("message") or about.get("status_msg")
    words = _clean(str(said or next((one for one in codes if one), "no reason given")))
    return 402 if is_used_up(status or 429, f"{codes} {words}") else status, words


def _status_of(code: object) -> int | None:
    """The HTTP status that a code means, in numbers or in words."""
    text = str(code)
    if isinstance(code, bool) or not (text.isascii() and text.isdigit() and len(text) == 3):
        return _CODES.get(text)
    return int(text)


def _text(content: object) -> str:
    """A message's content: a string, or a list of parts of which those for the reader count, not a model's thoughts."""
    if isinstance(content, list):
        return "".join(_text(part) for part in cast("list[object]", content))
    if isinstance(content, dict):
        part = cast("Mapping[str, Any]", content)
        is_answer, content = part.get("type", "text") in ("text", "output_text"), part.get("text")
        content = content if is_answer else ""
    return content if isinstance(content, str) else ""


def _clean(text: str) -> str:
    """PostgreSQL stores no NUL, and UTF-8 has no lone surrogates: neither may cost us an answer that was paid for."""
    text = text.replace("\x00", "")
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


SIGN_BYTES = 6
"""So many first bytes tell: the longest name of an event's field is `event` or `retry`, with its colon."""
_BOM = b"\xef\xbb\xbf"
_FIELDS = (b"data", b"event", b"id", b"retry", b":")


def is_whole(begin: bytes, content_type: str, *, streamed: bool) -> bool:
    """True if the body must be read to its end before it can be parsed."""
    first = begin.lstrip().removeprefix(_BOM).lstrip()
    if first[:1] in {b"{", b"["} and first:
        return True
    if first.startswith(_FIELDS):
        return False
    return "application/json" in content_type or not (streamed or "event-stream" in content_type)


def lines_of(body: bytes) -> list[str]:
    """A whole body as the one JSON that it is, else each line that has something on it."""
    text = body.decode("utf-8-sig", "replace")
    if parse_object(text) is not None:
        return [text]
    return [line for line in text.splitlines() if line.strip()] or [text]
