"""The elements of a scene as JSON: in rows, and in the JSON form of a screenplay."""

from collections.abc import Iterable
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from wzrd.domain.shown import shown
from wzrd.screenplay.model import Element, ElementKind


def storable(text: str) -> str:
    """The text without what no row keeps.

    Raises:
        ValueError: it holds a NUL character.
    """
    if "\0" in text:
        raise ValueError("must not hold a NUL character")
    return shown(text).strip()


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


Text = Annotated[str, AfterValidator(storable)]
Spoken = Annotated[Text, AfterValidator(_not_empty)]


class Form(BaseModel):
    """Base of all forms: camelCase, no unknown field."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True, defer_build=True
    )


class LineForm(Form):
    """A line of dialogue."""

    character: Spoken
    text: Spoken
    parenthetical: Text | None = None
    extension: Text = ""
    dual: bool = False


class ElementForm(Form):
    """One element of a scene."""

    type: ElementKind
    text: Spoken
    character: Text = ""
    parenthetical: Text | None = None
    extension: Text = ""
    dual: bool = False

    @model_validator(mode="after")
    def _somebody_speaks(self) -> "ElementForm":
        if self.type == "dialogue" and not self.character:
            raise ValueError("dialogue needs a character")
        return self


def element_of(kind: ElementKind, form: LineForm | ElementForm) -> Element:
    """The element that a form describes."""
    return Element(kind, form.text, form.character, form.parenthetical or "", form.extension, form.dual)


def elements_to_json(elements: Iterable[Element]) -> list[dict[str, Any]]:
    """The elements as JSON values: `type` and `text`, and of the other fields those that say something."""
    return [{"type": element.kind, "text": element.text} | _said(element) for element in elements]


def _said(element: Element) -> dict[str, Any]:
    facts = {
        "character": element.character,
        "parenthetical": element.parenthetical,
        "extension": element.extension,
        "dual": element.dual,
    }
    return {name: fact for name, fact in facts.items() if fact}


def elements_from_json(values: object) -> tuple[Element, ...]:
    """The elements in stored JSON. What is no element (somebody edited the row) is left out."""
    elements: list[Element] = []
    for value in cast("list[object]", values) if isinstance(values, list) else []:
        try:
            form = ElementForm.model_validate(value)
        except ValidationError:
            continue
        elements.append(element_of(form.type, form))
    return tuple(elements)
