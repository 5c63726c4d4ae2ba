"""The tables of crud.sql for SQLAlchemy."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The tables of crud.sql."""

    __table_args__ = {"schema": "crud"}  # noqa: RUF012 - SQLAlchemy's way


class Member(Base):
    """A person."""

    __tablename__ = "members"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    name: Mapped[str]
    permissions: Mapped[list[str]] = mapped_column(ARRAY(TEXT))


class Session(Base):
    """A log-in."""

    __tablename__ = "sessions"
    token: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("crud.members.id"))
    expires_at: Mapped[datetime]


class Product(Base):
    """What a thing is."""

    __tablename__ = "products"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    sku: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]


class Warehouse(Base):
    """Where things are."""

    __tablename__ = "warehouses"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]


class Issuance(Base):
    """What a member has."""

    __tablename__ = "issuances"
    id: Mapped[int] = mapped_column(primary_key=True)
    stock_id: Mapped[UUID] = mapped_column(ForeignKey("crud.stock.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("crud.members.id"))
    quantity: Mapped[Decimal]
    reason: Mapped[str]
    at: Mapped[datetime]
    member: Mapped[Member] = relationship()


class Reservation(Base):
    """What is kept for an order."""

    __tablename__ = "reservations"
    id: Mapped[int] = mapped_column(primary_key=True)
    stock_id: Mapped[UUID] = mapped_column(ForeignKey("crud.stock.id"))
    order_reference: Mapped[str]
    quantity: Mapped[Decimal]
    expires_at: Mapped[datetime | None]


class Stock(Base):
    """The balance."""

    __tablename__ = "stock"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("crud.products.id"))
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("crud.warehouses.id"))
    location: Mapped[str]
    on_hand: Mapped[Decimal]
    reserved: Mapped[Decimal]
    issued: Mapped[Decimal]
    quarantine: Mapped[Decimal]
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(onupdate=func.now())
    product: Mapped[Product] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    issuances: Mapped[list[Issuance]] = relationship(order_by=Issuance.id)
    reservations: Mapped[list[Reservation]] = relationship(order_by=Reservation.id)
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - SQLAlchemy's way


class Audit(Base):
    """Who did what."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    stock_id: Mapped[UUID]
    actor: Mapped[UUID]
    action: Mapped[str]
    member_id: Mapped[UUID]
    quantity: Mapped[Decimal]
    on_hand: Mapped[Decimal]
    reason: Mapped[str]


class Key(Base):
    """A request that was answered."""

    __tablename__ = "keys"
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    answer: Mapped[bytes]
