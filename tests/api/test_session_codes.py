"""Session codes by the branch's own date (domain.md 1.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.api.takes import refused
from tests.system import Clock, Company, System


async def company_at(system: System, clock: Clock, instant: str) -> Company:
    """A company that exists from that instant on."""
    clock.fixed = datetime.fromisoformat(instant)
    return await system.company()


async def branch(company: Company, code: str, timezone: str) -> str:
    """A branch in a time zone."""
    body = {"code": code, "name": code, "timezone": timezone}
    return str((await company["admin"].done("/warehouses", body))["id"])


async def plan(company: Company, warehouse: str) -> dict[str, Any]:
    """Plans a stock-take there."""
    session: dict[str, Any] = await company["auditor"].done(
        "/stock-take/sessions", {"warehouse": warehouse}
    )
    return session


@pytest.mark.rule("1.2-1")
async def test_the_date_is_that_of_the_branch(system: System, clock: Clock) -> None:
    """In Nairobi it is the 25th already; a second branch takes the next letter."""
    company = await company_at(system, clock, "2025-03-24T21:30:00+00:00")
    nairobi = await branch(company, "NBO", "Africa/Nairobi")
    assert (await plan(company, nairobi))["code"] == "ST-MAR25A"
    mombasa = await branch(company, "MBA", "Africa/Nairobi")
    assert (await plan(company, mombasa))["code"] == "ST-MAR25B"


@pytest.mark.rule("1.2-2")
async def test_west_of_greenwich_it_is_still_the_day_before(system: System, clock: Clock) -> None:
    """In New York the evening of the 24th."""
    company = await company_at(system, clock, "2025-03-25T02:00:00+00:00")
    new_york = await branch(company, "NYC", "America/New_York")
    assert (await plan(company, new_york))["code"] == "ST-MAR24A"


@pytest.mark.rule("1.2-3")
async def test_after_z_comes_aa(system: System, clock: Clock) -> None:
    """As in the columns of a spreadsheet."""
    company = await company_at(system, clock, "2025-03-25T09:00:00+00:00")
    main = str(company.warehouse)
    codes = [(await plan(company, main))["code"] for _ in range(28)]
    letters = [code.removeprefix("ST-MAR25") for code in codes]
    assert letters == [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AA", "AB"]


@pytest.mark.rule("1.2-4")
async def test_the_day_has_two_digits(system: System, clock: Clock) -> None:
    """5 January."""
    company = await company_at(system, clock, "2025-01-05T09:00:00+00:00")
    assert (await plan(company, str(company.warehouse)))["code"] == "ST-JAN05A"


@pytest.mark.rule("1.2-5")
async def test_a_cancelled_ones_code_is_not_given_again(system: System, clock: Clock) -> None:
    """Nor is it a year later."""
    company = await company_at(system, clock, "2025-03-25T09:00:00+00:00")
    main = str(company.warehouse)
    first = await plan(company, main)
    reason = {"reason": "flood"}
    await company["admin"].done(f"/stock-take/sessions/{first['id']}/cancel", reason)
    assert (await plan(company, main))["code"] == "ST-MAR25B"


@pytest.mark.parametrize("written", ["st-mar25a", "  ST-MAR25A ", "sT-mAr25A\t"])
async def test_a_code_is_found_however_it_is_written(
    system: System, clock: Clock, written: str
) -> None:
    """Case and blanks around it do not matter; a DRAFT answers with its status."""
    company = await company_at(system, clock, "2025-03-25T09:00:00+00:00")
    session = await plan(company, str(company.warehouse))
    found = await company["counter1"].done("/stock-take/sessions/join", {"code": written})
    assert (found["id"], found["status"]) == (session["id"], "DRAFT")


async def test_another_organizations_code_is_unknown(system: System, clock: Clock) -> None:
    """Each organization has its own ST-MAR25A."""
    company = await company_at(system, clock, "2025-03-25T09:00:00+00:00")
    other = await company_at(system, clock, "2025-03-25T09:00:00+00:00")
    await plan(other, str(other.warehouse))
    answer = await company["counter1"].post("/stock-take/sessions/join", {"code": "ST-MAR25A"})
    refused(answer, 404, "SESSION_NOT_FOUND")
