"""A row is complete, or it is refused when it is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from api.app import ROUTES
from api.ending import ENDINGS
from api.routes.route import post
from domain.base import Command, Context
from domain.ids import LocalId
from domain.permissions import Permission
from domain.stock.pool_commands import IssueStock, ReleaseReservation, StockView
from domain.stock.pool_stock import PoolStock


class MoveStock(Command, kw_only=True):
    """Moves stock."""

    permission = Permission.STOCK_TRANSFER


async def move(command: MoveStock, unit: Unseen, place: str) -> PoolStock:  # type: ignore[name-defined]  # noqa: F821 - as if imported for type checkers only
    """Stands for a command over several aggregates."""
    raise NotImplementedError


async def number(command: MoveStock, unit: Any) -> int:
    """Answers with no aggregate."""
    raise NotImplementedError


def test_a_method_of_an_aggregate_says_everything() -> None:
    """Its stream is the id, its command the body, its view the answer."""
    row = post("/items/{id}/issue", PoolStock.issue, "Issue", 201)
    assert (row.method, row.path, row.status) == ("POST", "/api/v1/items/{id}/issue", 201)
    assert (row.kind, row.aggregate, row.request) == ("aggregate", PoolStock, IssueStock)
    assert (row.parameters, row.numbered) == ({"id": UUID}, False)
    assert (row.permission, row.answer) == (Permission.STOCK_ISSUE, StockView)


def test_a_method_that_takes_a_number_is_of_a_thing_within_the_stream() -> None:
    """The id then names stream and number."""
    row = post("/reservations/{id}/release", PoolStock.release, "Release")
    assert (row.request, row.parameters) == (ReleaseReservation, {"id": LocalId})
    assert row.numbered


def test_a_function_over_several_aggregates_answers_the_first_ones_view() -> None:
    """Its path parameters have the types that it gives them."""
    row = post("/places/{place}/moves", move, "Move")
    assert (row.kind, row.aggregate, row.request) == ("work", PoolStock, MoveStock)
    assert (row.parameters, row.answer) == ({"place": str}, StockView)


class Undeclared(Command):
    """A command that forgot its permission."""


async def undeclared(command: Undeclared, unit: Any) -> PoolStock:
    """Stands for a command."""
    raise NotImplementedError


def not_a_method(command: MoveStock, context: Context) -> None:
    """Belongs to no aggregate."""


@pytest.mark.parametrize(
    ("path", "decide", "reason"),
    [
        ("/moves", undeclared, "declare its permission"),
        ("/moves", not_a_method, "neither an aggregate's method nor async"),
        ("/moves", number, "answer with an aggregate"),
        ("/moves/{a}", move, "has to annotate `a`"),
        ("/moves", PoolStock.issue, "only parameter"),
        ("/moves/{id}/{line}", PoolStock.issue, "only parameter"),
    ],
)
def test_a_row_that_does_not_add_up_is_refused(path: str, decide: Any, reason: str) -> None:
    """When it is written, not when it is called."""
    with pytest.raises(TypeError, match=reason):
        post(path, decide, "Never served")


def test_every_row_whose_end_is_waited_for_says_how_it_ends() -> None:
    """And no other."""
    assert {route.path for route in ROUTES if route.lasting} == ENDINGS.keys()
