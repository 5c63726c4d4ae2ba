"""Where a request names something, found by the types of its path, query string and body."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import inspect

from api.routes.route import PREFIX, Route
from domain.ids import LocalId

Kind = Literal["id", "local", "text", "number"]
"""A UUID, a `<uuid>.<n>`, a text, the number of a movement."""

Slot = tuple[str, Kind]
"""Its pointer, with * for each of many and KEY for the keys of a map; what may be there."""
Filled = tuple[str, Kind, Any, Callable[[Any], Any]]
"""A slot with what is there, and what gives the whole with something else there."""

LEAVES: dict[type[inspect.Type], Kind] = {inspect.UUIDType: "id", inspect.StrType: "text"}
OPAQUE = (inspect.AnyType, inspect.RawType, inspect.BytesType)
"""Whatever is in there, its type does not say."""
MANY = (inspect.VarTupleType, inspect.ListType, inspect.SetType, inspect.FrozenSetType)


def path_slots(route: Route) -> dict[str, Kind]:
    """The names in the path; all of them name something."""
    return {name: _of_parameter(kind) for name, kind in route.parameters.items()}


def _of_parameter(kind: Any) -> Kind:
    kinds: dict[Any, Kind] = {UUID: "id", LocalId: "local", str: "text", int: "number"}
    return kinds[getattr(kind, "__origin__", kind)]


def slots(kind: type[msgspec.Struct] | None) -> Iterator[Slot]:
    """All slots that a value of that type may have."""
    return iter(()) if kind is None else _slots(inspect.type_info(kind), "")


def _slots(info: inspect.Type, at: str) -> Iterator[Slot]:
    assert not isinstance(info, OPAQUE), f"{at}: nobody can tell whether ids are in there"
    if kind := _leaf(info):
        yield at, kind
    for step, inner in _inner(info):
        yield from _slots(inner, at + step)


def _leaf(info: inspect.Type) -> Kind | None:
    if isinstance(info, inspect.CustomType):
        return "local" if info.cls is LocalId else None
    return LEAVES.get(type(info))


def _inner(info: inspect.Type) -> Iterator[tuple[str, inspect.Type]]:
    """What a type is made of."""
    if isinstance(info, inspect.Metadata):
        yield "", info.type
    elif isinstance(info, inspect.UnionType):
        yield from (("", each) for each in info.types)
    elif isinstance(info, inspect.StructType):
        yield from ((f"/{field.encode_name}", field.type) for field in info.fields)
    elif isinstance(info, MANY):
        yield "/*", info.item_type
    elif isinstance(info, inspect.TupleType):
        yield from ((f"/{place}", each) for place, each in enumerate(info.item_types))
    elif isinstance(info, inspect.DictType):
        yield from (("/KEY", info.key_type), ("/*", info.value_type))


def filled(kind: type[msgspec.Struct] | None, body: Any) -> Iterator[Filled]:
    """The slots that a body fills."""
    return iter(()) if kind is None else _filled(inspect.type_info(kind), body, "")


def _filled(info: inspect.Type, value: Any, at: str) -> Iterator[Filled]:
    if value is None:
        return
    if kind := _leaf(info):
        if isinstance(value, (str, UUID)):
            yield at, kind, str(value), _itself
        return
    for step, inner in _inner(info):
        for part, put in _parts(step, value):
            for pointer, found, was, deeper in _filled(inner, part, at + step):
                yield pointer, found, was, partial(_put, put, deeper)


def _parts(step: str, value: Any) -> Iterator[tuple[Any, Callable[[Any], Any]]]:
    """What is there one step down, and how the whole is made with something else."""
    name = step.removeprefix("/")
    if not step:
        yield value, _itself
    elif isinstance(value, dict) and name == "KEY":
        yield from ((key, partial(_renamed, value, key)) for key in value)
    elif isinstance(value, dict):
        keys = value if name == "*" else {name} & value.keys()
        yield from ((value[key], partial(_changed, value, key)) for key in keys)
    elif isinstance(value, list):
        yield from ((each, partial(_moved, value, place)) for place, each in enumerate(value))


def _itself(new: Any) -> Any:
    return new


def _put(put: Callable[[Any], Any], deeper: Callable[[Any], Any], new: Any) -> Any:
    return put(deeper(new))


def _renamed(value: dict[str, Any], key: str, new: str) -> dict[str, Any]:
    return {new if one == key else one: each for one, each in value.items()}


def _changed(value: dict[str, Any], key: str, new: Any) -> dict[str, Any]:
    return {**value, key: new}


def _moved(value: list[Any], place: int, new: Any) -> list[Any]:
    return [*value[:place], new, *value[place + 1 :]]


def in_path(route: Route, path: str) -> dict[str, str]:
    """What stands for each name of the row's path."""
    pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/?]+)", route.path.removeprefix(PREFIX))
    found = re.fullmatch(pattern, path.partition("?")[0])
    assert found, (route.path, path)
    return found.groupdict()
