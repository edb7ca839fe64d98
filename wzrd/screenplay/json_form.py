"""The JSON form of a screenplay (docs/screenplays.md). Its elements are shaped as elements.py has them."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NoReturn, cast

import orjson
from pydantic import AfterValidator, Field, ValidationError, model_validator

from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.elements import ElementForm, Form, LineForm, Text, element_of
from wzrd.screenplay.headings import Heading, read_heading
from wzrd.screenplay.model import MAX_SCENES, Element, IntExt, Screenplay, read_aspect_ratio
from wzrd.screenplay.scenes import SceneDraft, assemble
from wzrd.screenplay.source import decode, place_of

_Path = Sequence[str | int]
_PLAINER = {
    "missing": "is missing",
    "model_type": "should be a valid dictionary, an object; see docs/screenplays.md",
    "extra_forbidden": "is no field of the form; see docs/screenplays.md",
}
_SPACE = re.compile(r"[ \t\n\r]*")
_SCAN = json.JSONDecoder()


def _ratio(text: str) -> str:
    if text and not read_aspect_ratio(text):
        raise ValueError(f"{text!r} is no ratio; write it as 16:9")
    return text


class _SceneForm(Form):
    heading: Text = ""
    location: Text = ""
    int_ext: Literal["", "INT", "EXT", "INT/EXT", "EST"] = ""
    time_of_day: Text = ""
    title: Text = ""
    description: Text = ""
    synopsis: Text = ""
    lighting: Text = ""
    weather: Text = ""
    action: list[Text] = Field(default_factory=list[Text])
    dialogue: list[LineForm] = Field(default_factory=list[LineForm])
    elements: list[ElementForm] | None = None

    @model_validator(mode="after")
    def _one_place_and_one_order(self) -> "_SceneForm":
        if not self.heading and not self.location:
            raise ValueError("a scene needs a heading or a location")
        if self.heading and (self.int_ext or self.time_of_day):
            raise ValueError("give a heading, or location, intExt and timeOfDay, not both")
        if self.elements is not None and (self.action or self.dialogue):
            raise ValueError("give elements in order, or action and dialogue, not both")
        return self


class _ScreenplayForm(Form):
    title: Text = ""
    author: Text = ""
    tone: Text = ""
    genre: Text = ""
    style: Text = ""
    aspect_ratio: Annotated[Text, AfterValidator(_ratio)] = ""
    scenes: list[_SceneForm] = Field(min_length=1, max_length=MAX_SCENES)


def parse_json(data: bytes) -> Screenplay:
    """The screenplay in this JSON document.

    Raises:
        ScreenplayError: what is wrong, with line and column; a wrong value is named by its path (scenes[2].title).
    """
    text, warnings = decode(data, is_json=True)
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ScreenplayError(f"no valid JSON: {error.msg}", line=error.lineno, column=error.colno) from error
    try:
        form = _ScreenplayForm.model_validate(document)
    except ValidationError as error:
        _refuse(error, text)
    metadata = form.model_dump(include={"title", "author", "tone", "genre", "style"})
    metadata["aspect ratio"] = form.aspect_ratio
    known = {key: text for key, text in metadata.items() if text}
    return assemble([_draft(scene) for scene in form.scenes], known, warnings)


def _draft(scene: _SceneForm) -> SceneDraft:
    heading = read_heading(scene.heading, forced=True) if scene.heading else None
    return SceneDraft(
        heading=heading or _made_heading(scene),
        elements=list(_elements(scene)),
        synopsis=[scene.synopsis],
        title=scene.title,
        description=scene.description,
        location=scene.location if scene.heading else "",
        lighting=scene.lighting,
        weather=scene.weather,
    )


def _made_heading(scene: _SceneForm) -> Heading:
    prefix = f"{scene.int_ext}. " if scene.int_ext else ""
    time = f" - {scene.time_of_day}" if scene.time_of_day else ""
    int_ext: IntExt = scene.int_ext
    return Heading(f"{prefix}{scene.location}{time}".upper(), int_ext, scene.location, scene.time_of_day)


def _elements(scene: _SceneForm) -> Iterable[Element]:
    if scene.elements is not None:
        yield from (element_of(form.type, form) for form in scene.elements)
        return
    yield from (Element("action", paragraph) for paragraph in scene.action if paragraph)
    yield from (element_of("dialogue", line) for line in scene.dialogue)


def _refuse(error: ValidationError, text: str) -> NoReturn:
    """The first thing that is wrong, by its path and its place in the file."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = _existing(first["loc"], orjson.loads(text))
    message = _PLAINER.get(first["type"], first["msg"].removeprefix("Value error, "))
    named = _path_name(first["loc"][: len(path) + 1])
    try:
        line, column = place_of(text, locate(text, path))
    except (RecursionError, ValueError):  # nested or long beyond what json scans: the path alone has to do
        line, column = 1, 1
    raise ScreenplayError(f"{named}: {message}" if named else message, line=line, column=column)


def _existing(path: _Path, document: object) -> _Path:
    """As much of the path as the document has: pydantic adds union members and names of absent fields."""
    found: list[str | int] = []
    for step in path:
        if isinstance(document, Mapping) and step in document:
            document = cast("Mapping[Any, object]", document)[step]
        elif isinstance(document, list) and isinstance(step, int):
            document = cast("list[object]", document)[step]
        else:
            break
        found.append(step)
    return found


def _path_name(path: _Path) -> str:
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return name.removeprefix(".")


def locate(text: str, path: _Path) -> int:
    """Where in valid JSON the value at this path begins, as an offset; each level is scanned once."""
    at = _after_space(text, 0)
    for step in path:
        at = _item(text, at, step) if isinstance(step, int) else _member(text, at, step)
    return at


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _item(text: str, at: int, index: int) -> int:
    at = _after_space(text, at + 1)
    for _ in range(index):
        _, end = _SCAN.raw_decode(text, at)
        at = _after_space(text, _after_space(text, end) + 1)
    return at


def _member(text: str, at: int, name: str) -> int:
    """The last member of this name: that is the one a reader of JSON keeps."""
    place = at
    while text[at] != "}":
        at = _after_space(text, at + 1)
        key, end = _SCAN.raw_decode(text, at)
        at = _after_space(text, _after_space(text, end) + 1)
        place = at if key == name else place
        _, end = _SCAN.raw_decode(text, at)
        at = _after_space(text, end)
    return place
