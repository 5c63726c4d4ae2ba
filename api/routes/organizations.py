"""Organizations: tenants in their hierarchy, and their settings."""

from __future__ import annotations

from api.routes.route import Route, delete, get, patch, post
from domain.people.founding import create_organization
from domain.people.organization_changes import (
    change_organization,
    change_settings,
    deactivate_organization,
)
from projections.queries.organizations import hierarchy, organization, organizations, settings

ORGANIZATIONS: tuple[Route, ...] = (
    get("/organizations", organizations, "Organizations that one may know of"),
    post("/organizations", create_organization, "Found an organization", 201),
    get("/organizations/{id}", organization, "One organization"),
    patch("/organizations/{id}", change_organization, "Rename, retype, move, close or open it"),
    delete("/organizations/{id}", deactivate_organization, "Deactivate an organization"),
    get("/organizations/{id}/hierarchy", hierarchy, "The tree under it"),
    get("/organizations/{id}/settings", settings, "Its settings with their defaults"),
    patch("/organizations/{id}/settings", change_settings, "Change settings"),
)
