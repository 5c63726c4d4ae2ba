"""Everything that is read: stock, catalogue, places and stock-takes."""

from __future__ import annotations

from api.routes.route import Route, get
from projections.queries import (
    adjustments,
    catalogue,
    counts,
    history,
    items,
    parts,
    pools,
    progress,
    serial_units,
    sessions,
    stock,
    transactions,
    variances,
)

SESSION = "/stock-take/sessions/{id}"

READS: tuple[Route, ...] = (
    get("/store/inventory", stock.store_inventory, "Stock of the caller's own store"),
    get("/store/inventory/product/{id}", stock.store_product, "A product in the own store"),
    get("/admin/inventory", stock.all_inventory, "Stock of all stores"),
    get("/admin/inventory/low-stock", stock.low_stock, "What is low, out or in excess"),
    get("/admin/inventory/stores/{store_id}", stock.store_stock, "Stock of one store"),
    get("/admin/inventory/products/{product_id}", stock.admin_product, "A product in all stores"),
    get("/inventory/serials", serial_units.units, "Units with serial numbers"),
    get("/inventory/items/{id}", pools.pool_item, "One item"),
    get("/transactions", transactions.transactions, "Movements of stock"),
    get("/transactions/{id}", transactions.transaction, "One movement"),
    get("/warehouses", catalogue.warehouses, "Warehouses, branches, stores"),
    get("/warehouses/{id}", catalogue.warehouse, "One warehouse with its places"),
    get("/warehouses/{id}/inventory", stock.warehouse_stock, "Stock of one warehouse"),
    get("/parts", parts.parts, "The catalogue"),
    get("/parts/{id}", parts.part, "One product with its stock"),
    get("/stock-take/sessions", sessions.sessions, "Stock-takes, newest first"),
    get(SESSION, sessions.session, "One stock-take"),
    get("/stock-take/sessions/code/{code}", sessions.session_of_code, "A stock-take by its code"),
    get(f"{SESSION}/counts", counts.counts, "Count lines"),
    get(f"{SESSION}/locks", sessions.locks, "Who is counting what now"),
    get(f"{SESSION}/progress", progress.progress, "How far it has come"),
    get(f"{SESSION}/items", items.items, "What is to be counted"),
    get(f"{SESSION}/variances", variances.item_variances, "What was counted against the books"),
    get(f"{SESSION}/adjustments", adjustments.adjustments, "What is posted, or would be"),
    get(f"{SESSION}/history", history.history, "The auditor's replay"),
)
