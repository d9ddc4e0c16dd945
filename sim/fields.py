"""From plain data to settings: every value is checked before it becomes a field, whoever wrote it.

What passes is plain Python: numbers and arrays of NumPy become numbers and tuples, paths become texts. So no number
overflows later, and every setting can be written as JSON.
"""

import dataclasses
import math
import os
from collections.abc import Callable, Iterator, Mapping
from textwrap import shorten
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import numpy as np

from sim.errors import UserError

MOST_QUOTED = 80  # characters of a wrong value in a sentence about it
MOST_LISTED = 300  # characters of what could have been meant
_KINDS: dict[Any, Any] = {float: int | float}  # what a field of a type also takes
_KIND_NAMES: dict[Any, str] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a text",
    None: "None",
    type(None): "None",
}

LATER = {"later": True}
"""Metadata of a field that came after its dataclass was first hashed: see ``definition``."""


class Range(NamedTuple):
    """The values that a number may have, in words and as a condition, which is false for NaN; annotates a field."""

    words: str
    holds: Callable[[Any], bool]


def between(least: float, most: float, unit: str = "") -> Range:
    """Numbers from ``least`` to ``most``, both included; ``unit`` follows them in the message."""
    return Range(f"from {least:g} to {most:g}{unit}", lambda value: least <= value <= most)


Count = Annotated[int, Range("1 or more", lambda value: value >= 1)]
Positive = Annotated[float, Range("a number above 0", lambda value: value > 0.0 and math.isfinite(value))]
Share = Annotated[float, between(0.0, 1.0)]
PositiveShare = Annotated[float, Range("above 0 and at most 1", lambda value: 0.0 < value <= 1.0)]
Seed = Annotated[int, Range(f"from 0 to {2**32 - 1}", lambda value: 0 <= value < 2**32)]

_Config = TypeVar("_Config")


def from_fields(cls: type[_Config], fields: Mapping[str, Any]) -> _Config:
    """Builds a config dataclass from a (nested) mapping of its fields.

    Raises:
        UserError: a key is not a field of ``cls``, or a value is of another type or outside its range.
    """
    require(isinstance(fields, Mapping), f"{cls.__name__} is {quoted(fields)}, but must be a mapping of fields")
    known = {spec.name: spec for spec in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(str(name) for name in set(fields) - set(known))
    require(
        not unknown,
        f"{cls.__name__} has no field named {quoted(', '.join(unknown))[1:-1]}; "
        f"its fields are {shorten(', '.join(known), MOST_LISTED, placeholder=' ...')}",
    )
    missing = [name for name, spec in known.items() if name not in fields and _is_needed(spec)]
    require(not missing, f"{cls.__name__} lacks {', '.join(missing)}")
    return cls(**{name: _field_value(known[name], value) for name, value in fields.items()})


def definition(config: Any) -> dict[str, Any]:
    """All settings of a dataclass as plain data, to be hashed or compared with what was written earlier.

    Fields marked ``LATER`` are left out where they hold their default: so a setting that comes later leaves the hashes
    of before as they are.
    """
    values = {spec: getattr(config, spec.name) for spec in dataclasses.fields(config)}
    return {
        spec.name: definition(value) if dataclasses.is_dataclass(value) else value
        for spec, value in values.items()
        if not (spec.metadata.get("later") and value == _default_of(spec))
    }


def _default_of(spec: "dataclasses.Field[Any]") -> Any:
    return spec.default if spec.default_factory is dataclasses.MISSING else spec.default_factory()


def require_types(config: Any) -> None:
    """Makes sure that every field of a dataclass holds what its annotation says, and makes it plain Python.

    Raises:
        UserError: one does not.
    """
    for spec in dataclasses.fields(config):
        object.__setattr__(config, spec.name, _checked(spec, getattr(config, spec.name)))


def check_fields(config: Any, group: str = "") -> None:
    """Checks every field of a dataclass by its annotation: the type, the choices of a ``Literal``, a ``Range``.

    Args:
        config: The dataclass.
        group: What its fields belong to, for the message: "camera ".

    Raises:
        UserError: a field holds something else; None, where the type allows it, has no range.
    """
    require_types(config)
    for spec in dataclasses.fields(config):
        name, value = group + spec.name, getattr(config, spec.name)
        for part in () if value is None else _parts(spec.type):
            if get_origin(part) is Literal:
                choices = get_args(part)
                require(value in choices, f"{name} is {quoted(value)}, but must be one of {', '.join(choices)}")
            if isinstance(part, Range):
                require(part.holds(value), f"{name} is {value}, but must be {part.words}")


def require(condition: bool, sentence: str) -> None:
    """Makes sure that a setting is as it must be.

    Raises:
        UserError: it is not; ``sentence``, without its full stop, says why.
    """
    if not condition:
        raise UserError(sentence + ".")


def whole_number(value: object, what: str, least: int = 0, most: int | None = None) -> int:
    """A whole number from ``least`` to ``most``, or on, as a Python ``int``, which never overflows.

    Raises:
        UserError: it is something else; ``what`` begins the sentence.
    """
    plain = _plain(value, int)
    require(
        _fits(plain, int) and plain >= least and (most is None or plain <= most),
        f"{what} is {quoted(value)}, but must be a whole number from {least} {'on' if most is None else f'to {most}'}",
    )
    return int(plain)


def quoted(value: object) -> str:
    """A value as a sentence about it quotes it: in one line, and not longer than a line."""
    text = repr(value).replace("\n", " ")
    return text if len(text) <= MOST_QUOTED else f"{text[: MOST_QUOTED - 4]}...{text[-1]}"


def _parts(kind: Any) -> Iterator[Any]:
    """An annotation, and all that it is made of."""
    yield kind
    for part in get_args(kind):
        yield from _parts(part)


def _is_needed(spec: "dataclasses.Field[Any]") -> bool:
    return spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING


def _field_value(spec: "dataclasses.Field[Any]", value: Any) -> Any:
    if dataclasses.is_dataclass(spec.type) and isinstance(value, Mapping):
        return from_fields(spec.type, value)  # type: ignore[arg-type]
    return _checked(spec, value)


def _checked(spec: "dataclasses.Field[Any]", value: Any) -> Any:
    """The value of a field in plain Python, if it is one."""
    if dataclasses.is_dataclass(spec.type):
        require(isinstance(value, spec.type), f"{spec.name} is {quoted(value)}, but must be a mapping of fields")  # type: ignore[arg-type]
        return value
    plain = _plain(value, spec.type)
    require(_fits(plain, spec.type), f"{spec.name} is {quoted(value)}, but must be {_described(spec.type)}")
    return plain


def _plain(value: Any, kind: Any) -> Any:
    """A value of another library as Python has it, where a field of this type can mean it."""
    if isinstance(value, np.ndarray):
        value = value.tolist()  # a number, if it has no dimension
    if isinstance(value, tuple | list):
        return tuple(_plain(item, kind) for item in value)
    if isinstance(value, np.floating):
        return float(value)  # ``item`` leaves a longdouble as it is
    if isinstance(value, np.generic):
        return value.item()
    return os.fspath(value) if isinstance(value, os.PathLike) and str in (kind, *get_args(kind)) else value


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of the type of a field."""
    choices = get_args(kind)
    if get_origin(kind) is Annotated:
        return _fits(value, choices[0])
    if get_origin(kind) is Literal:
        return isinstance(value, str)  # which of them, each dataclass says in its own words
    if get_origin(kind) in (Union, UnionType):
        return any(_fits(value, choice) for choice in choices)
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_fits(item, choices[0]) for item in value)
    if kind in (None, type(None)):
        return value is None
    return isinstance(value, _KINDS.get(kind, kind)) and (kind is bool or not isinstance(value, bool))


def _described(kind: Any) -> str:
    if get_origin(kind) is Annotated:
        return _described(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    if get_origin(kind) in (Union, UnionType):
        return " or ".join(_described(choice) for choice in get_args(kind))
    if get_origin(kind) is tuple:
        return "a list of numbers"
    return _KIND_NAMES.get(kind, str(kind))
