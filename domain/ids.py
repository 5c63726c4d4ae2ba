"""Ids of streams and of things inside them: natural keys give ids, so absence is version 0."""

from __future__ import annotations

import re
from typing import Annotated, Self
from uuid import UUID, uuid5

from msgspec import Meta

_LOCAL = re.compile(r"([0-9a-fA-F-]{36})\.([1-9][0-9]{0,8})", re.ASCII)

OrganizationId = Annotated[UUID, Meta(extra={"refers": "organization"})]
MemberId = Annotated[UUID, Meta(extra={"refers": "member"})]
ProductId = Annotated[UUID, Meta(extra={"refers": "product"})]
PlaceId = Annotated[UUID, Meta(extra={"refers": "place"})]
WarehouseId = Annotated[UUID, Meta(extra={"refers": "warehouse"})]
SessionId = Annotated[UUID, Meta(extra={"refers": "session"})]
ItemCountId = Annotated[UUID, Meta(extra={"refers": "item_count"})]
"""A `refers` is looked up before a command is decided: another organization's id answers 404.
Of organizations those are there that the actor may know of."""

Note = Annotated[str, Meta(max_length=500)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
# Not blank, by what every dialect of regular expressions calls blank: clients have others.
READABLE = r"^[^\x00]*[^\s\x00-\x1f\x85\ufeff][^\x00]*$"
Reason = Annotated[str, Meta(pattern=READABLE, max_length=200)]
"""Why something was done, with something to be read in it."""
ADDRESS = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$"
)
LONGEST_ADDRESS = 254
MailAddress = Annotated[str, Meta(pattern=ADDRESS, max_length=LONGEST_ADDRESS)]
"""One address of ASCII characters, as mail servers take it."""
Code = Annotated[str, Meta(min_length=1, max_length=60)]
Lot = Annotated[str, Meta(pattern=READABLE, max_length=60)]
"""A lot's number, with something to be seen in it."""


class LocalId:
    """The n-th thing within a stream (an issuance, a reservation, a count line): `<stream>.<n>`."""

    __slots__ = ("number", "stream")

    def __init__(self, stream: UUID, number: int) -> None:
        self.stream, self.number = stream, number

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Reads the text form; raises ValueError."""
        match = _LOCAL.fullmatch(raw) if isinstance(raw, str) else None
        if match is None:
            msg = "Expected an id of the form <uuid>.<number>"
            raise ValueError(msg)
        return cls(UUID(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.stream}.{self.number}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LocalId) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((self.stream, self.number))


CountLineId = Annotated[LocalId, Meta(extra={"refers": "item_count"})]
ReservationId = Annotated[LocalId, Meta(extra={"refers": "pool"})]
"""Of a thing within a stream the stream is looked up."""


def normal(code: str) -> str:
    """A place's code as it is kept: trimmed, inner blanks collapsed, upper case (domain.md 1.3)."""
    return " ".join(code.split()).upper()


def product_id(organization: UUID, sku: str) -> UUID:
    """The product of that SKU, in any case of letters."""
    return uuid5(organization, f"product/{normal(sku)}")


def warehouse_id(organization: UUID, code: str) -> UUID:
    """The warehouse of that code."""
    return uuid5(organization, f"warehouse/{normal(code)}")


def place_id(warehouse: UUID, code: str) -> UUID:
    """The place of that code under a warehouse; no code means the warehouse itself."""
    return uuid5(warehouse, f"place/{normal(code)}") if code.strip() else warehouse


def pool_id(product: UUID, place: UUID) -> UUID:
    """The stock of a product at a place."""
    return uuid5(place, f"pool/{product}")


def item_count_id(session: UUID, item: UUID) -> UUID:
    """The counting of one item in one session."""
    return uuid5(session, f"item/{item}")


def counted_shelf_id(session: UUID, shelf: str) -> UUID:
    """One shelf in one session."""
    return uuid5(session, f"shelf/{normal(shelf)}")
