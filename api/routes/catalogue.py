"""The catalogue and the places."""

from __future__ import annotations

from api.routes.route import Route, post
from domain.stock import catalogue

CATALOGUE: tuple[Route, ...] = (
    post("/warehouses", catalogue.open_warehouse, "Open a warehouse, branch or store", 201),
    post("/inventory/storage-areas", catalogue.open_place, "Open an area, shelf or bin", 201),
    post("/parts", catalogue.create_product, "Add a product", 201),
)
