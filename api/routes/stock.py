"""Stock: the doors of the stores, of their admins, and of the things themselves."""

from __future__ import annotations

from api.routes.route import Route, delete, post, put
from domain.stock import entries
from domain.stock.pool_stock import PoolStock

STOCK: tuple[Route, ...] = (
    post("/store/inventory/set", entries.set_at, "Set the exact quantity at a location"),
    post("/store/inventory/adjust", entries.adjust_at, "Add or remove a quantity"),
    post("/store/inventory/reserve", entries.reserve_at, "Reserve for an order"),
    post("/store/inventory/release", entries.release_at, "Cancel a reservation"),
    post("/store/inventory/fulfill", entries.fulfil_at, "Send out a reservation"),
    post("/store/inventory/transfer", entries.transfer, "Move between locations"),
    put("/store/inventory/{id}", PoolStock.update, "Change an entry's settings"),
    delete("/store/inventory/{id}", PoolStock.delete, "Remove an empty entry"),
    post("/admin/inventory/set", entries.admin_set_at, "Set a quantity in a named warehouse"),
    post("/admin/inventory/adjust", entries.admin_adjust_at, "Adjust in a named warehouse"),
    post("/admin/inventory/bulk-adjust", entries.bulk_adjust, "Adjust many, all or none"),
    put("/admin/inventory/{id}", PoolStock.update, "Change an entry's settings"),
    delete("/admin/inventory/{id}", PoolStock.delete, "Remove an empty entry"),
    post("/inventory/items/{id}/issue", PoolStock.issue, "Issue a quantity to a member"),
    post("/inventory/items/{id}/receive", entries.receive, "Receive stock at a cost"),
    post("/inventory/items/{id}/repair", PoolStock.repair, "Quarantined stock is usable again"),
    post("/inventory/issuances/{id}/return", PoolStock.take_back, "Take back what was issued"),
)
