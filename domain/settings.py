"""An organization's settings with the defaults of domain.md section 18."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from domain.quantity import MoneyLimit, Percent, QuantityLimit, UnitCostLimit

Class = Literal["A", "B", "C"]
EachClass = Meta(
    min_length=3,
    max_length=3,
    extra_json_schema={"propertyNames": {"type": "string", "enum": get_args(Class)}},
)
Percents = Annotated[dict[Class, Percent], EachClass]
PerYear = Annotated[dict[Class, Annotated[int, Meta(ge=0, le=366)]], EachClass]
Days = Annotated[int, Meta(ge=1, le=3_650)]
EachDay = Annotated[tuple[Days, ...], Meta(max_length=10)]
_percent = Percent.parse


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every number that an organization may choose; units stand last in the names."""

    lock_seconds: Annotated[int, Meta(ge=10, le=3_600)] = 300
    progress_poll_seconds: Annotated[int, Meta(ge=1, le=300)] = 5
    blind_counting: bool = True
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "EUR"
    currency_decimals: Annotated[int, Meta(ge=0, le=2)] = 2
    recount_value: MoneyLimit | None = None
    tolerance_percent: Percents = msgspec.field(
        default_factory=lambda: {"A": _percent("1"), "B": _percent("3"), "C": _percent("5")}
    )
    second_approver_gross_variance: MoneyLimit | None = None
    uncounted_policy: Literal["BLOCK", "LEAVE", "ZERO"] = "BLOCK"
    offline_grace_hours: Annotated[int, Meta(ge=0, le=720)] = 24
    offline_skew_seconds: Annotated[int, Meta(ge=0, le=3_600)] = 120
    abc_cut_offs_percent: tuple[Percent, Percent] = msgspec.field(
        default_factory=lambda: (_percent("80"), _percent("95"))
    )
    counts_per_year: PerYear = msgspec.field(default_factory=lambda: {"A": 4, "B": 2, "C": 1})
    reservation_lifetime_hours: Annotated[int, Meta(ge=1, le=87_600)] | None = None
    expiring_lot_days: Days = 30
    maintenance_due_days: Days = 30
    clearance_deadline_days: Days = 14
    clearance_reminder_days: EachDay = (30, 90)
    self_extensions: Annotated[int, Meta(ge=0, le=100)] = 2
    write_off_second_approver_value: MoneyLimit | None = None
    order_approval_total: MoneyLimit | None = None
    order_approval_quantity: QuantityLimit | None = None
    transaction_approval_quantity: QuantityLimit | None = None
    transaction_approval_adjustment: QuantityLimit | None = None
    transaction_approval_unit_price: UnitCostLimit | None = None
    transaction_approval_cross_organization: bool = False
    netting_delay_minutes: Annotated[int, Meta(ge=0, le=10_080)] = 60
    mail_attempts: Annotated[int, Meta(ge=1, le=20)] = 5
    nfpa_warning_days: EachDay = (180, 90, 30)
    lockout_failures: Annotated[int, Meta(ge=1, le=100)] = 5
    lockout_minutes: Annotated[int, Meta(ge=1, le=1_440)] = 15
    access_token_hours: Annotated[int, Meta(ge=1, le=24)] = 8
    refresh_token_days: Annotated[int, Meta(ge=1, le=30)] = 30
    refresh_lead_minutes: Annotated[int, Meta(ge=1, le=30)] = 5
    invitation_days: Annotated[int, Meta(ge=1, le=30)] = 7
    password_reset_hours: Annotated[int, Meta(ge=1, le=24)] = 1
    email_check_hours: Annotated[int, Meta(ge=1, le=168)] = 24
    scan_repeat_milliseconds: Annotated[int, Meta(ge=0, le=10_000)] = 500


ABPARTS: dict[str, Any] = {
    "order_approval_total": "1000.00",
    "order_approval_quantity": "100",
    "transaction_approval_quantity": "100",
    "transaction_approval_adjustment": "50",
    "transaction_approval_unit_price": "1000",
    "transaction_approval_cross_organization": True,
}
"""The limits that ABParts' organizations begin with."""


def settings_of(chosen: Mapping[str, Any]) -> Settings:
    """The settings with what was chosen, as JSON has it; raises msgspec.ValidationError."""
    return msgspec.convert(chosen, Settings, dec_hook=lambda kind, value: kind.parse(value))


def usable(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """As much of what was chosen as is a setting still, and within the bounds of today."""
    return {
        name: value for name, value in chosen.items() if value is not None and _fits(name, value)
    }


def _fits(name: str, value: Any) -> bool:
    try:
        settings_of({name: value})
    except msgspec.ValidationError:
        return False
    return True
