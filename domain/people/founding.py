"""Founding an organization with its first warehouse and its first people (domain.md 11)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import msgspec

from domain.base import NOBODY, Context
from domain.directory import Person
from domain.effects import MailOffer
from domain.ids import normal, warehouse_id
from domain.people.member import Member, grantable
from domain.people.organization import SINGLETONS, Organization, normal_name
from domain.people.organization_commands import (
    AdminNeeded,
    CreateOrganization,
    NameTaken,
    NotYours,
    OrganizationType,
    SingletonTaken,
)
from domain.permissions import Permission
from domain.ports import GLOBAL, UnitOfWork
from domain.settings import ABPARTS
from domain.stock.place import OpenWarehouse, Place

NAME, TYPE = "organization_name", "organization_type"
"""Claims over all organizations."""
LIMITED = SINGLETONS | {"customer"}
"""Whose orders and transactions need somebody's approval beyond some limits."""
FOUNDERS = ("admin", "super_admin")
"""What the first admin is; the second only where there are such."""
LONGEST_CODE = 60


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who belongs to the organization from its beginning."""

    id: UUID
    name: str
    username: str | None = None
    roles: tuple[str, ...] = ("member",)
    warehouses: tuple[UUID, ...] = ()
    invited: bool = False
    """By mail, to choose a password."""


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


async def create_organization(command: CreateOrganization, unit: UnitOfWork) -> Organization:
    """Founds an organization of any type, or a supplier of one's own."""
    context = unit.context
    own = (command.type, command.parent) == ("supplier", context.organization)
    if not (own or context.may(Permission.ORGANIZATIONS_ADMINISTER)):
        raise NotYours
    plan = planned(command, context.id("organization"), context.id("admin"))
    return await found(plan, unit)


def planned(
    command: CreateOrganization, id_: UUID, admin: UUID, *, invited: bool = True
) -> Founding:
    """All that it takes, with these ids; raises AdminNeeded."""
    customer = command.type == "customer"
    if customer and command.admin is None:
        raise AdminNeeded(pointer="/admin")
    named = command.name.strip()
    code = named[:LONGEST_CODE]
    newcomer = Newcomer(
        id=admin,
        name="" if command.admin is None else command.admin.name.strip(),
        username=None if command.admin is None else command.admin.username,
        roles=FOUNDERS if command.type == "oraseas_ee" else FOUNDERS[:1],
        warehouses=(warehouse_id(id_, code),) if customer else (),
        invited=invited,
    )
    return Founding(
        id=id_,
        name=named,
        type=command.type,
        parent=command.parent,
        settings=ABPARTS if command.type in LIMITED else {},
        warehouse=OpenWarehouse(code=code, name=named) if customer else None,
        people=() if command.admin is None else (newcomer,),
    )


async def found(plan: Founding, unit: UnitOfWork) -> Organization:
    """Founds it with everything at once, or nothing; raises NameTaken, SingletonTaken and more."""
    context = _inside(plan, unit.context)
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
    organization.check_new(plan.name, plan.type, parent)
    for one in plan.people:  # nobody is kept whose organization is refused
        grantable(one.roles)
    await unit.ahead(organization)
    if plan.people and await unit.holder(NAME, name_claim(plan.name), of=GLOBAL):
        raise NameTaken(pointer="/name")
    for one in plan.people:
        person = Person(one.id, plan.id, one.name, one.username)
        await unit.directory.register(person, context.now)
    organization.create(plan.name, plan.type, parent, context)
    organization.choose(plan.settings, context)
    if place is not None and plan.warehouse is not None:
        place.open_warehouse(plan.warehouse, context)
    for member, one in zip(members, plan.people, strict=True):
        member.add(one.roles, one.warehouses, context)
        if one.invited:
            unit.then(invitation(member, organization, context))
    unit.take(NAME, name_claim(plan.name), plan.id, NameTaken, of=GLOBAL)
    if plan.type in SINGLETONS:
        unit.take(TYPE, plan.type, plan.id, SingletonTaken, of=GLOBAL)
    return organization


def invitation(member: Member, organization: Organization, context: Context) -> MailOffer:
    """Offers a log-in to somebody of an organization that need not be the actor's."""
    return MailOffer(
        member=member.id,
        use="invitation",
        offer=member.invite(context.within(organization.id)),
        organization=organization.id,
    )


def _inside(plan: Founding, context: Context) -> Context:
    """The founder's context as one of the new organization."""
    own = context.within(plan.id)
    return msgspec.structs.replace(own, organization_name=plan.name, organization_type=plan.type)
