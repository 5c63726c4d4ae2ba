"""What no field of each type may be given, as raw JSON."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import inspect

from domain.ids import LocalId

HUGE = "9" * 5_000
LONG = f'"{"x" * 100_000}"'
MANY = f"[{','.join(['1'] * 100_000)}]"
ID = "11111111-2222-4333-8444-555555555555"
NUL = '"a\\u0000b"'
NO_TEXT = ("5", "true", "[]", "{}", "1.5", NUL, LONG)
AMOUNTS = (
    '"NaN"',
    '"Infinity"',
    '"-Infinity"',
    '"sNaN"',
    '"1E+400000"',
    '"1e3"',
    '"1_0"',
    '" 1"',
    '"1 "',
    '"1\\n"',
    '"\\u0663"',
    '"\\uff11"',
    '"1.00000"',
    '"+1"',
    '".5"',
    '"1."',
    '"1,5"',
    '"0x10"',
    '"--1"',
    '""',
    '"1000000000000"',
    "1000000000000",
    "1.00001",
    "1e-5",
    "1e400",
    "1e308",
    "true",
    "false",
    "[]",
    "{}",
    "[1]",
    HUGE,
    f"-{HUGE}",
    f"1.{HUGE}",
    f'"{HUGE}"',
    NUL,
)
IDS = ('"x"', '""', "5", "true", "[]", "{}", f'"{ID}0"', f'"{ID[:-1]}"', f'" {ID}"', NUL, LONG)
LOCAL_IDS = (
    f'"{ID}"',
    f'"{ID}.0"',
    f'"{ID}.-1"',
    f'"{ID}.{10**30}"',
    f'"{ID}.1.1"',
    f'"{ID}.\\u0661"',
    f'"{"-" * 36}.1"',
    '".1"',
    "1.1",
    "null",
    NUL,
    LONG,
)
INSTANTS = (
    '"2025-01-01T00:00:00"',
    '"2025-01-01"',
    '"2025-02-30T00:00:00Z"',
    '"2025-01-01T25:00:00Z"',
    '"9999-12-31T23:59:59-14:00"',
    '"0001-01-01T00:00:00+14:00"',
    '"10000-01-01T00:00:00Z"',
    '"now"',
    '""',
    "1700000000",
    "true",
    "[]",
    NUL,
)
NUMBERS = ('"x"', '"1"', "true", "[]", "{}", "1.5", HUGE, f"-{HUGE}", NUL)
DATES = ('"2025-02-30"', '"2025-01-01T00:00:00Z"', '"x"', "20250101", "true", "[]")
LISTS = ("5", '"x"', "{}", "true", "[[]]", MANY)
OBJECTS = ("5", '"x"', "[]", "true")


OF_TYPE: dict[type[inspect.Type], tuple[str, ...]] = {
    inspect.StrType: NO_TEXT,
    inspect.LiteralType: (*NO_TEXT, '"UNHEARD_OF"'),
    inspect.UUIDType: IDS,
    inspect.DateTimeType: INSTANTS,
    inspect.DateType: DATES,
    inspect.IntType: NUMBERS,
    inspect.TupleType: LISTS,
    inspect.BoolType: ("1", "0", '"true"', "[]", '""'),
    inspect.VarTupleType: LISTS,
    inspect.StructType: OBJECTS,
    inspect.DictType: OBJECTS,
    inspect.NoneType: (),
}


def bad_values(kind: inspect.Type) -> Iterator[str]:
    """Raw JSON that a field of that type refuses."""
    if isinstance(kind, inspect.Metadata):
        yield from bad_values(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from bad_values(each)
    elif isinstance(kind, inspect.CustomType):
        yield from LOCAL_IDS if kind.cls is LocalId else AMOUNTS
    else:
        yield from OF_TYPE[type(kind)]


def fields(kind: type[msgspec.Struct]) -> Iterator[tuple[str, list[str]]]:
    """The name of each field and what it refuses."""
    for field in msgspec.structs.fields(kind):
        info = inspect.type_info(field.type)
        nothing = () if _takes_null(info) else ("null",)
        yield field.name, [*bad_values(info), *nothing]


def _takes_null(kind: inspect.Type) -> bool:
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return any(isinstance(each, inspect.NoneType) for each in kinds)
