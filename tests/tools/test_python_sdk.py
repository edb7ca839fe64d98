"""Inputs read from the source of a Python SDK, without importing it."""

import pytest

from tools.model_schemas.python_sdk import Sources

FILES = {
    "sdk/chat/params.py": '''
from typing import Optional, Union, Iterable, Dict
from typing_extensions import Literal, Required, TypedDict
from .message import Message
from ..shared import Effort as Effort

class ParamsBase(TypedDict, total=False):
    messages: Required[Iterable[Message]]
    model: Required[Union[str, Literal["a", "b"]]]
    temperature: Optional[float]
    """What sampling temperature to use, between 0 and 2."""
    logit_bias: Optional[Dict[str, int]]
    """Values between -1 and 1 should do."""
    effort: Effort
    stop: Union[Optional[str], Iterable[str], None]
    format: Format

class Format(TypedDict, total=False):
    kind: Required[Literal["text"]]
    nested: Message

class NotStreamed(ParamsBase, total=False):
    stream: Optional[Literal[False]]

class Streamed(ParamsBase):
    stream: Required[Literal[True]]
''',
    "sdk/chat/message.py": "class Message(TypedDict):\n    role: str\n",
    "sdk/shared/__init__.py": "from .effort import Effort as Effort\n",
    "sdk/shared/effort.py": 'Effort: TypeAlias = Optional[Literal["low", "high"]]\n',
    "sdk/client.py": '''
OMIT = ...

class RawClient:
    def convert(self, voice_id: str, *, text: str, output: typing.Optional[str] = None,
                seconds: typing.Optional[float] = OMIT, settings_: typing.Optional[Settings] = OMIT):
        """
        Speak.

        Parameters
        ----------
        text : str
            The words, between 1 and 9 of them.

        seconds : typing.Optional[float]
            The length. Must be at least 0.5 and at most 30.
        """
        self.post(voice_id, params={"output": output},
                  json={"text": text, "seconds": seconds, "settings": ready(object_=settings_, annotation=Settings)})

class Settings(UncheckedBaseModel):
    speed: typing.Optional[float] = pydantic.Field(default=None)
''',
}


def test_a_class_of_parameters() -> None:
    """Literals, unions, lists, one step into classes and aliases of other modules, bounds of numbers alone."""
    schema = Sources(FILES).params("sdk/chat/params.py", "ParamsBase")
    assert schema == {
        "type": "object",
        "properties": {
            "messages": {"type": "array", "items": {"type": "object"}},
            "model": {"type": "string"},
            "temperature": {"type": "number", "minimum": 0, "maximum": 2},
            "logit_bias": {"type": "object"},
            "effort": {"enum": ["low", "high"]},
            "stop": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            "format": {
                "type": "object",
                "properties": {"kind": {"enum": ["text"]}, "nested": {"type": "object"}},
                "required": ["kind"],
                "additionalProperties": False,
            },
            "stream": {"type": "boolean"},
        },
        "required": ["messages", "model"],
        "additionalProperties": False,
    }


def test_a_method_of_a_client() -> None:
    """The members of its JSON, by the names of the wire; what is in the path or the query is no part of it."""
    schema = Sources(FILES).method("sdk/client.py", "convert")
    assert schema["properties"] == {
        "text": {"type": "string"},
        "seconds": {"type": "number", "minimum": 0.5, "maximum": 30},
        "settings": {"type": "object", "properties": {"speed": {"type": "number"}}, "additionalProperties": False},
    }
    assert schema["required"] == ["text"]


def test_what_is_not_there_is_an_error() -> None:
    """A release that has moved a call is seen, not skipped."""
    for path, name in (("sdk/none.py", "ParamsBase"), ("sdk/chat/params.py", "Nothing")):
        with pytest.raises(KeyError):
            Sources(FILES).params(path, name)
