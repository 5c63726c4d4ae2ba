"""The catalogue and the places."""

from __future__ import annotations

from api.routes.route import Route, begin, patch, post
from domain.stock import catalogue
from domain.stock.place import Place

DEACTIVATE = begin("/warehouses/{id}/deactivate", Place.deactivate, "Close an empty warehouse")

CATALOGUE: tuple[Route, ...] = (
    post("/warehouses", catalogue.open_warehouse, "Open a warehouse, branch or store", 201),
    patch("/warehouses/{id}", Place.change, "Change a warehouse's name or time zone"),
    post("/warehouses/{id}/activate", Place.activate, "Let a warehouse take stock again"),
    DEACTIVATE,
    post("/inventory/storage-areas", catalogue.open_place, "Open an area, shelf or bin", 201),
    post("/parts", catalogue.create_product, "Add a product", 201),
)
