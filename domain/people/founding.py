"""Founding an organization with its first warehouse and its first people (domain.md 11)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import msgspec

from domain.base import NOBODY
from domain.ids import normal, warehouse_id
from domain.people.member import Member
from domain.people.organization import (
    SINGLETONS,
    NameTaken,
    Organization,
    OrganizationType,
    SingletonTaken,
    normal_name,
)
from domain.ports import GLOBAL, Person, UnitOfWork
from domain.stock.place import OpenWarehouse, Place

NAME, TYPE = "organization_name", "organization_type"
"""Claims over all organizations."""


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who belongs to the organization from its beginning."""

    id: UUID
    name: str
    username: str | None = None
    roles: tuple[str, ...] = ("member",)
    warehouses: tuple[UUID, ...] = ()


class Founding(msgspec.Struct, frozen=True, kw_only=True):
    """An organization to be; its id is given, and a warehouse is opened if it is described."""

    id: UUID
    name: str
    type: OrganizationType = "independent"
    parent: UUID | None = None
    settings: dict[str, Any] = {}
    warehouse: OpenWarehouse | None = None
    people: tuple[Newcomer, ...] = ()


def name_claim(name: str) -> str:
    """What an organization of that name holds; a name may be longer than a claim."""
    return str(uuid5(NOBODY, f"organization/{normal_name(name)}"))


async def found(plan: Founding, unit: UnitOfWork) -> Organization:
    """Founds it with everything at once, or nothing; raises NameTaken, SingletonTaken and more."""
    context = unit.context.within(plan.id)
    parent = None
    if plan.parent is not None:
        parent = await unit.load(Organization, plan.parent, of=plan.parent)
    organization = await unit.load(Organization, plan.id, of=plan.id)
    ids = [newcomer.id for newcomer in plan.people]
    members = await unit.load_all(Member, ids, of=plan.id)
    place = None
    if plan.warehouse is not None:
        root = warehouse_id(plan.id, normal(plan.warehouse.code))
        place = await unit.load(Place, root, of=plan.id)
    for one in plan.people:
        person = Person(one.id, plan.id, one.name, one.username)
        await unit.directory.register(person, context.now)
    organization.create(plan.name, plan.type, parent, context)
    organization.choose(plan.settings, context)
    if place is not None and plan.warehouse is not None:
        place.open_warehouse(plan.warehouse, context)
    for member, one in zip(members, plan.people, strict=True):
        member.add(one.roles, one.warehouses, context)
    unit.take(NAME, name_claim(plan.name), plan.id, NameTaken, of=GLOBAL)
    if plan.type in SINGLETONS:
        unit.take(TYPE, plan.type, plan.id, SingletonTaken, of=GLOBAL)
    return organization
