"""An organization's settings with the defaults of domain.md section 18."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every number that an organization may choose; units stand last in the names."""

    lock_seconds: int = 300
    progress_poll_seconds: int = 5
    blind_counting: bool = True
    currency: str = "EUR"
    currency_decimals: int = 2
    recount_value: Decimal | None = None
    tolerance_percent: dict[str, Decimal] = msgspec.field(
        default_factory=lambda: {"A": Decimal(1), "B": Decimal(3), "C": Decimal(5)}
    )
    second_approver_gross_variance: Decimal | None = None
    uncounted_policy: Literal["BLOCK", "LEAVE", "ZERO"] = "BLOCK"
    offline_grace_hours: int = 24
    offline_skew_seconds: int = 120
    abc_cut_offs_percent: tuple[Decimal, Decimal] = (Decimal(80), Decimal(95))
    counts_per_year: dict[str, int] = msgspec.field(
        default_factory=lambda: {"A": 4, "B": 2, "C": 1}
    )
    reservation_lifetime_hours: int | None = None
    expiring_lot_days: int = 30
    maintenance_due_days: int = 30
    clearance_deadline_days: int = 14
    clearance_reminder_days: tuple[int, ...] = (30, 90)
    self_extensions: int = 2
    write_off_second_approver_value: Decimal | None = None
    order_approval_total: Decimal | None = None
    order_approval_quantity: Decimal | None = None
    transaction_approval_quantity: Decimal | None = None
    transaction_approval_adjustment: Decimal | None = None
    transaction_approval_unit_price: Decimal | None = None
    transaction_approval_cross_organization: bool = False
    netting_delay_minutes: int = 60
    mail_attempts: int = 5
    nfpa_warning_days: tuple[int, ...] = (180, 90, 30)
    lockout_failures: int = 5
    lockout_minutes: int = 15
    access_token_hours: int = 8
    refresh_token_days: int = 30
    refresh_lead_minutes: int = 5
    invitation_days: int = 7
    password_reset_hours: int = 1
    email_check_hours: int = 24
    scan_repeat_milliseconds: int = 500
