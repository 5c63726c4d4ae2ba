"""For every command that is served, one request that is accepted as things stand."""

from __future__ import annotations

from api.app import GENERIC
from api.routes.route import PREFIX, Route
from tests.api.shop import Build
from tests.api.specimens_organizations import ORGANIZATIONS
from tests.api.specimens_people import PEOPLE
from tests.api.specimens_stock import STOCK
from tests.api.specimens_stock_take import STOCK_TAKE

COMMANDS: dict[str, Route] = {
    f"{route.method} {route.path.removeprefix(PREFIX)}": route
    for route in GENERIC
    if route.kind != "query"
}
"""Every command row by method and path."""

SPECIMENS: dict[str, Build] = {**ORGANIZATIONS, **PEOPLE, **STOCK, **STOCK_TAKE}
