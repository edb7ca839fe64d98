"""Nodes of ComfyUI's that choose or calculate: switches, sliders, expressions."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from wzrd.graph.comfyui.values import Handler, Missing, NodeTranslation, UnreadableNode

MOST_CHARACTERS, MOST_VALUE = 200, 1e12
_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: float.__truediv__,
    ast.FloorDiv: float.__floordiv__,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_FUNCTIONS: Mapping[str, Any] = {
    "min": min, "max": max, "round": round, "floor": math.floor, "ceil": math.ceil, "abs": abs, "int": int,
    "float": float,
}  # fmt: skip


def switch(state: str, off: str, on: str) -> Handler:
    """One of two inputs, by a third that is written there."""

    def handle(scene: NodeTranslation) -> list[object]:
        chosen = scene.find(state, float) if state in scene.inputs else False
        if not isinstance(chosen, bool | int):
            raise UnreadableNode(f"its input {state!r} is not known: neither is which of the others goes on")
        name = on if chosen else off
        return [scene.inputs.get(name, Missing(f"its input {name!r} is empty"))]

    return handle


def first_of(beginning: str) -> Handler:
    """The first input of so named ones that something comes to."""

    def handle(scene: NodeTranslation) -> list[object]:
        named = sorted(name for name in scene.inputs if name.startswith(beginning))
        came = [value for name in named if (value := scene.inputs[name]) is not None]
        return [next((one for one in came if not isinstance(one, Missing)), next(iter(came), Missing("it is empty")))]

    return handle


def slider(scene: NodeTranslation) -> list[object]:
    """A slider's number, whole or not."""
    return [scene.number("Xf") if scene.inputs.get("isfloatX") in (1, True) else scene.whole("Xi", least=-(10**9))]


def calculate(*, whole_first: bool) -> Handler:
    """The number that an expression of other numbers makes, both as it is and as a whole one."""

    def handle(scene: NodeTranslation) -> list[object]:
        text = scene.words("expression").strip()
        try:
            value = _value(ast.parse(text if len(text) <= MOST_CHARACTERS else "", mode="eval").body, scene)
        except (SyntaxError, ValueError, TypeError, ArithmeticError, LookupError):
            raise UnreadableNode(f"its expression {text[:80]!r} is not calculated here") from None
        return [int(value), value] if whole_first else [value, int(value)]

    return handle


def _value(node: ast.AST, scene: NodeTranslation) -> float:
    """The number of a part of an expression.

    Raises:
        ValueError, TypeError, ArithmeticError, LookupError: it is none, or beyond bounds.
        UnreadableNode: a number that comes from another node did not come.
    """
    match node:
        case ast.Constant(value=int() | float() as made):
            pass
        case ast.Name(id=name):
            made = scene.number(f"values.{name}" if f"values.{name}" in scene.inputs else name)
        case ast.UnaryOp(op=op, operand=operand):
            made = _OPERATORS[type(op)](_value(operand, scene))
        case ast.BinOp(left=left, op=op, right=right):
            made = _OPERATORS[type(op)](float(_value(left, scene)), float(_value(right, scene)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            made = _FUNCTIONS[name](*(_value(one, scene) for one in arguments))
        case _:
            raise ValueError
    if not abs(made) <= MOST_VALUE:
        raise ValueError
    return made
