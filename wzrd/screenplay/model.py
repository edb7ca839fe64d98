"""A screenplay as values: what Fountain and JSON are read into, and what a writer learns of a scene."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from wzrd.domain.shots import Line, SceneBrief
from wzrd.screenplay.asides import is_label

MAX_SCENES = 2_000
UNTITLED = "Untitled screenplay"

IntExt = Literal["", "INT", "EXT", "INT/EXT", "EST"]
ElementKind = Literal["action", "dialogue", "lyric", "parenthetical", "transition", "centered", "cast"]


@dataclass(frozen=True, slots=True)
class Element:
    """One thing on the page, in plain text: emphasis and comments are gone, intended line breaks are kept.

    `character` is set for dialogue, for a lyric that somebody sings and for a parenthetical that no speech follows.
    `extension` is what stood in parentheses beside the name (V.O., O.S.) except CONT'D. `dual` marks the second
    of two who speak at once. The script's list of its people is an element of its first scene (`cast`).
    """

    kind: ElementKind
    text: str
    character: str = ""
    parenthetical: str = ""
    extension: str = ""
    dual: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene; facts that the screenplay does not give are empty strings.

    `number` counts from 1 in the order of the file; `label` is the author's own scene number ("12A").
    """

    number: int
    heading: str
    int_ext: IntExt = ""
    place: str = ""
    time_of_day: str = ""
    label: str = ""
    title: str = ""
    description: str = ""
    location: str = ""
    lighting: str = ""
    weather: str = ""
    synopsis: str = ""
    elements: tuple[Element, ...] = ()

    @property
    def characters(self) -> tuple[str, ...]:
        """Who speaks, in order of appearance."""
        return speakers(self.dialogue)

    @property
    def dialogue(self) -> tuple[Line, ...]:
        """The spoken and sung lines in order, each as one paragraph."""
        return spoken_lines(self.elements)

    @property
    def actions(self) -> tuple[str, ...]:
        """The action paragraphs in order, each as one paragraph."""
        return action_paragraphs(self.elements)


@dataclass(frozen=True, slots=True)
class Screenplay:
    """A whole screenplay. `metadata` holds every key of the title page, lower case, with its value.

    `warnings` tell in words what was read otherwise than it was written, or may have been meant otherwise.
    """

    title: str
    author: str
    scenes: tuple[Scene, ...]
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    warnings: tuple[str, ...] = ()

    @property
    def tone(self) -> str:
        """The title page's Tone, for the project."""
        return self.metadata.get("tone", "")

    @property
    def genre(self) -> str:
        """The title page's Genre, for the project."""
        return self.metadata.get("genre", "")

    @property
    def style(self) -> str:
        """The title page's Style, for the project's video style."""
        return self.metadata.get("style", "")

    @property
    def aspect_ratio(self) -> str:
        """The title page's Aspect Ratio as "W:H", or nothing."""
        return read_aspect_ratio(self.metadata.get("aspect ratio", "")) or ""


def one_line(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


def read_aspect_ratio(text: str) -> str | None:
    """The ratio in "16:9", "16x9", "16 / 9" or "2.39" as "W:H"; None when it is not one or two numbers in (0, 100)."""
    parts = [part.strip() for part in text.lower().replace("x", ":").replace("/", ":").split(":")]
    width, height = parts if len(parts) == 2 else (parts[0], "1") if len(parts) == 1 else ("", "")
    return f"{width}:{height}" if _is_side(width) and _is_side(height) else None


def _is_side(text: str) -> bool:
    digits = text.replace(".", "", 1)
    return len(text) <= 5 and digits.isascii() and digits.isdigit() and 0 < float(text) < 100


def spoken_lines(elements: Iterable[Element]) -> tuple[Line, ...]:
    """Lines that voices say, in order. A sung line without a direction of its own says so."""
    return tuple(line for element in elements if (line := _spoken(element)) is not None)


def _spoken(element: Element) -> Line | None:
    if element.kind not in {"dialogue", "lyric"} or not element.character:
        return None
    how = element.parenthetical or ("singing" if element.kind == "lyric" else None)
    return Line(element.character, one_line(element.text), how, element.extension, element.dual)


def action_paragraphs(elements: Iterable[Element]) -> tuple[str, ...]:
    """Paragraphs of what is seen, in order: action and centred text (a title card), without the labels of acts."""
    seen = (element.text for element in elements if element.kind in {"action", "centered"})
    paragraphs = (one_line(" ".join(line for line in text.split("\n") if not is_label(line))) for text in seen)
    return tuple(filter(None, paragraphs))


def cast_of(elements: Iterable[Element]) -> str:
    """The script's list of its people, a line each; empty where it has none."""
    return "\n".join(element.text for element in elements if element.kind == "cast")


def script_of(elements: Iterable[Element]) -> tuple[str | Line, ...]:
    """Script of paragraphs seen and lines said, interleaved as on the page."""
    script: list[str | Line] = []
    for element in elements:
        script += action_paragraphs([element])
        script += spoken_lines([element])
    return tuple(script)


def speakers(lines: Iterable[Line]) -> tuple[str, ...]:
    """The characters of these lines, each once, in order of appearance."""
    return tuple(dict.fromkeys(line.character for line in lines))


def scene_brief(scene: Scene, *, tone: str = "", genre: str = "", style: str = "") -> SceneBrief:
    """Brief of this scene for a writer of shots; tone, genre and style are the project's."""
    return SceneBrief(
        number=scene.number,
        title=scene.title,
        description=scene.description,
        location=scene.location,
        lighting=scene.lighting,
        weather=scene.weather,
        tone=tone,
        genre=genre,
        style=style,
        actions=scene.actions,
        dialogue=scene.dialogue,
        characters=scene.characters,
        script=script_of(scene.elements),
        cast=cast_of(scene.elements),
    )
