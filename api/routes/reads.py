"""Everything that is read: stock, catalogue, places and stock-takes."""

from __future__ import annotations

from api.routes.route import Route, get
from projections.queries import catalogue, parts, pools, stock

READS: tuple[Route, ...] = (
    get("/store/inventory", stock.store_inventory, "Stock of the caller's own store"),
    get("/store/inventory/product/{id}", stock.store_product, "A product in the own store"),
    get("/admin/inventory", stock.all_inventory, "Stock of all stores"),
    get("/admin/inventory/low-stock", stock.low_stock, "What is low, out or in excess"),
    get("/admin/inventory/stores/{store_id}", stock.store_stock, "Stock of one store"),
    get("/admin/inventory/products/{product_id}", stock.admin_product, "A product in all stores"),
    get("/inventory/items/{id}", pools.pool_item, "One item"),
    get("/warehouses", catalogue.warehouses, "Warehouses, branches, stores"),
    get("/warehouses/{id}", catalogue.warehouse, "One warehouse with its places"),
    get("/warehouses/{id}/inventory", stock.warehouse_stock, "Stock of one warehouse"),
    get("/parts", parts.parts, "The catalogue"),
    get("/parts/{id}", parts.part, "One product with its stock"),
)
