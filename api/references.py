"""Ids that a client supplies: each has to be his organization's before anything is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Protocol
from uuid import UUID

import msgspec
from msgspec import inspect

from api.aggregates import Aggregates
from api.cached import Cached
from domain.base import Aggregate, Command, Context, NotFound
from domain.ids import LocalId
from domain.people.organization import Organization
from domain.stock.place import Place
from domain.stock.pool_stock import PoolStock
from domain.stock.product import Product
from domain.stock_take.item_count import ItemCount
from domain.stock_take.session import StockTakeSession

KINDS: dict[str, type[Aggregate]] = {
    "product": Product,
    "place": Place,
    "warehouse": Place,
    "pool": PoolStock,
    "session": StockTakeSession,
    "item_count": ItemCount,
}
MEMBER, ORGANIZATION = "member", "organization"

Found = tuple[str, str, UUID]
"""What it refers to, its JSON pointer, the id."""
Walk = Callable[[Any, str], Iterator[Found]]


class UnknownReference(NotFound, code="UNKNOWN_REFERENCE"):
    """There is no such thing in your organization."""


class Directory(Protocol):
    """Who belongs to an organization."""

    async def names(self, organization: UUID, ids: list[UUID]) -> dict[UUID, str]:
        """The names of those of the members who are there."""
        ...


class References:
    """Checks every reference of a command with one look-up per kind."""

    def __init__(self, aggregates: Aggregates, directory: Directory) -> None:
        self._aggregates, self._directory = aggregates, directory

    async def check(self, command: Command, context: Context) -> None:
        """Raises UnknownReference, pointing at the first id that is not the organization's."""
        await self._check(list(walk(type(command))(command, "")), context)

    async def check_path(
        self, parameters: Mapping[str, Any], path: Mapping[str, Any], context: Context
    ) -> None:
        """Raises NotFound for what a path names and is not there; `parameters` are its types."""
        found = (walk(kind)(path[name], "") for name, kind in parameters.items())
        try:
            await self._check([one for each in found for one in each], context)
        except UnknownReference:
            raise NotFound from None

    async def _check(self, found: list[Found], context: Context) -> None:
        for kind in sorted({kind for kind, _, _ in found}):
            wanted = {id_: pointer for k, pointer, id_ in reversed(found) if k == kind}
            known = await self._known(kind, context, list(wanted))
            for id_, pointer in reversed(wanted.items()):
                if id_ not in known:
                    raise UnknownReference(pointer=pointer)

    async def _known(self, kind: str, context: Context, ids: list[UUID]) -> set[UUID]:
        if kind == MEMBER:
            return set(await self._directory.names(context.organization, ids))
        if kind == ORGANIZATION:
            return await self._organizations(context, ids)
        found = await self._get(KINDS[kind], ids)
        return {
            cached.aggregate.id
            for cached in found
            if cached.aggregate.version
            and cached.organization == context.organization
            and isinstance(cached.aggregate, KINDS[kind])
            and not (kind == "warehouse" and getattr(cached.aggregate, "kind", "") != kind)
        }

    async def _get(self, kind: type[Aggregate], ids: list[UUID]) -> list[Cached]:
        """Each aggregate; the id of something else is as unknown as any."""
        try:
            return await self._aggregates.get(kind, ids)
        except NotFound:
            several = ids if len(ids) > 1 else ()
            return [one for id_ in several for one in await self._get(kind, [id_])]

    async def _organizations(self, context: Context, ids: list[UUID]) -> set[UUID]:
        """Those that the actor may know of."""
        found = [cached.aggregate for cached in await self._get(Organization, ids)]
        return {one.id for one in found if isinstance(one, Organization) and one.seen_by(context)}


@cache
def walk(command: Any) -> Walk:
    """What finds the references in a value of that type; made once for each type."""
    return _of(inspect.type_info(command)) or _nothing


def _nothing(_value: Any, _pointer: str) -> Iterator[Found]:
    return iter(())


def _of(kind: inspect.Type) -> Walk | None:
    if isinstance(kind, inspect.Metadata):
        refers = (kind.extra or {}).get("refers")
        return _reference(refers) if refers else _of(kind.type)
    if isinstance(kind, inspect.StructType):
        return _struct(kind)
    if isinstance(kind, inspect.UnionType):
        return next((each for one in kind.types if (each := _of(one))), None)
    if isinstance(kind, (inspect.VarTupleType, inspect.ListType)):
        return _sequence(each) if (each := _of(kind.item_type)) else None
    return None


def _reference(refers: str) -> Walk:
    def find(value: Any, pointer: str) -> Iterator[Found]:
        yield refers, pointer, value.stream if isinstance(value, LocalId) else value

    return find


def _struct(kind: inspect.StructType) -> Walk | None:
    walks = {f.name: _optional(each) for f in kind.fields if (each := _of(f.type))}

    def find(value: Any, pointer: str) -> Iterator[Found]:
        for name, each in walks.items():
            yield from each(getattr(value, name), f"{pointer}/{name}")

    return find if walks else None


def _optional(each: Walk) -> Walk:
    def find(value: Any, pointer: str) -> Iterator[Found]:
        if value is not None and value is not msgspec.UNSET:
            yield from each(value, pointer)

    return find


def _sequence(each: Walk) -> Walk:
    def find(value: Any, pointer: str) -> Iterator[Found]:
        for number, one in enumerate(value):
            yield from each(one, f"{pointer}/{number}")

    return find
