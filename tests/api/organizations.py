"""Customers, their suppliers, and names that nothing else has."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.system import Company


def named(what: str = "Supplier") -> str:
    """A name that nothing else has."""
    return f"{what} {uuid4()}"


def of(company: Company, **fields: Any) -> dict[str, Any]:
    """The body for a supplier of the company's."""
    return {"name": named(), "type": "supplier", "parent": str(company.id), **fields}


async def supplier(company: Company, who: str = "admin") -> dict[str, Any]:
    """A new one of the company's."""
    found: dict[str, Any] = await company[who].done("/organizations", of(company))
    return found
