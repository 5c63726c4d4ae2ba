"""The catalogue and the places."""

from __future__ import annotations

from api.routes.route import Route, post
from domain.stock import entries

CATALOGUE: tuple[Route, ...] = (
    post("/warehouses", entries.open_warehouse, "Open a warehouse, branch or store", 201),
    post("/inventory/storage-areas", entries.open_place, "Open an area, shelf or bin", 201),
    post("/parts", entries.create_product, "Add a product", 201),
)
