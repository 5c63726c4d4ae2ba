"""Account: log-ins, lockout and what else concerns security, of one username (domain.md 11).

Nobody's name or address is in here: a member is known by his id, a caller by a fingerprint of
his network address. A username that nobody has gets an account as well, so that guessing looks the
same from outside whether there is somebody or not.

Invariants: locked iff now < locked_until; while it is locked no try is recorded, so that an attack
neither extends the lock nor fills the log. That somebody guesses is recorded all the same, which is
once an hour.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from domain.base import NEVER, NOBODY, Aggregate, Command, Context, Event, View
from domain.ids import MemberId
from domain.people.offer import Offer, check
from domain.permissions import Permission
from domain.ports import UnitOfWork

AccountUse = Literal["password_reset", "email_check"]
"""What an account offers; the third offer, an invitation, is in its member."""
EndReason = Literal["logged_out", "refresh_reused", "ended", "deactivated", "password_changed"]


def account_id(member: UUID) -> UUID:
    """The account of a member."""
    return uuid5(member, "account")


def unknown_account_id(username: str) -> UUID:
    """The account of a username that nobody has; it belongs to no organization."""
    return uuid5(NOBODY, f"account/{username.strip().lower()}")


class AccountEvent(Event):
    """Something that concerns an account; `member` is null where nobody has the username."""

    member: UUID | None


class LogInFailed(AccountEvent, tag="account.log_in_failed"):
    """A wrong password; `failures` counts those in a row, this one among them."""

    failures: int
    at: datetime
    source: str

    def apply(self, account: Account, /) -> None:
        """Remembers when, as many as there are in a row."""
        account.failures = (*account.failures, self.at)[-self.failures :]


class AccountLocked(AccountEvent, tag="account.locked"):
    """Too many failures in a row: not even the right password is taken for a while."""

    until: datetime

    def apply(self, account: Account, /) -> None:
        """Locks it; when it ends, counting starts over."""
        account.locked_until, account.failures = self.until, ()


class AccountUnlocked(AccountEvent, tag="account.unlocked"):
    """An admin lifted the lock."""

    def apply(self, account: Account, /) -> None:
        """Opens it and forgets the failures."""
        account.locked_until, account.failures = NEVER, ()


class LoggedIn(AccountEvent, tag="account.logged_in"):
    """The right password: a session begins."""

    session: UUID
    source: str

    def apply(self, account: Account, /) -> None:
        """Forgets the failures."""
        account.failures = ()


class GuessingSuspected(AccountEvent, tag="account.guessing_suspected"):
    """From one place came many failures within an hour, whoever's they were, this one last."""

    failures: int
    source: str

    def apply(self, account: Account, /) -> None:
        """Changes nothing."""


class PermissionRefused(AccountEvent, tag="account.permission_refused"):
    """A member asked for what his roles do not allow."""

    permission: str

    def apply(self, account: Account, /) -> None:
        """Changes nothing."""


class SessionEnded(AccountEvent, tag="account.session_ended"):
    """A session's tokens are void from now on."""

    session: UUID
    reason: EndReason

    def apply(self, account: Account, /) -> None:
        """Changes nothing: which sessions are live is known where tokens are checked."""


class PasswordChanged(AccountEvent, tag="account.password_changed"):
    """Another password opens the account; the log-in sessions end, but for one that is spared.

    It is written before the password is: a change that nobody could see cannot be.
    """

    how: Literal["changed", "reset"]
    spared: UUID | None = None

    def apply(self, account: Account, /) -> None:
        """Voids what was offered to set one."""
        account.offers.pop("password_reset", None)


class Offered(AccountEvent, tag="account.offered"):
    """Something was offered by mail instead of what was before; a token that names it opens it."""

    offer: UUID
    use: AccountUse
    until: datetime

    def apply(self, account: Account, /) -> None:
        """Knows it."""
        account.offers[self.use] = Offer(self.offer, self.until)


class EmailVerified(AccountEvent, tag="account.email_verified"):
    """He has shown that mail reaches him."""

    offer: UUID

    def apply(self, account: Account, /) -> None:
        """Voids the offer."""
        account.offers.pop("email_check", None)


class UnlockAccount(Command):
    """Lets a member try again."""

    permission = Permission.MEMBERS_MANAGE


class AccountView(View):
    """Whether no password is taken at the moment, and until when."""

    locked: bool
    locked_until: datetime | None


class Account(Aggregate):
    """The log-ins of one username."""

    name = "account"
    events = AccountEvent

    def __init__(self) -> None:
        self.failures: tuple[datetime, ...] = ()
        self.locked_until = NEVER
        self.offers: dict[AccountUse, Offer] = {}

    def locked(self, now: datetime) -> bool:
        """Whether no password is taken."""
        return now < self.locked_until

    def attempt(self, attempt: Attempt, context: Context) -> bool:
        """Whether he is let in; five failures in a row lock the account (settings, 18)."""
        locked = self.locked(context.now)
        if attempt.right and not locked:
            entered = LoggedIn(
                member=attempt.member, session=attempt.session, source=attempt.source
            )
            self.record(entered, context)
            return True
        if not locked:
            self._fail(attempt, context)
        if attempt.suspected:
            suspected = GuessingSuspected(
                member=attempt.member, failures=attempt.suspected, source=attempt.source
            )
            self.record(suspected, context)
        return False

    def unlock(self, member: UUID, context: Context) -> None:
        """Lifts a lock; an account that is open stays as it is."""
        if self.locked(context.now):
            self.record(AccountUnlocked(member=member), context)

    def _fail(self, attempt: Attempt, context: Context) -> None:
        settings = context.settings
        window = timedelta(minutes=settings.lockout_minutes)
        recent = [at for at in self.failures if context.now - at <= window]
        failed = LogInFailed(
            member=attempt.member,
            failures=len(recent) + 1,
            at=context.now,
            source=attempt.source,
        )
        self.record(failed, context)
        if failed.failures >= settings.lockout_failures:
            until = context.now + window
            self.record(AccountLocked(member=attempt.member, until=until), context)

    def offer(self, use: AccountUse, member: UUID | None, context: Context) -> Offer:
        """Offers something by mail; what was offered for the same use before is void."""
        settings = context.settings
        life = {
            "password_reset": timedelta(hours=settings.password_reset_hours),
            "email_check": timedelta(hours=settings.email_check_hours),
        }
        made = Offer(context.id(use), context.now + life[use])
        self.record(Offered(member=member, offer=made.id, use=use, until=made.until), context)
        return made

    def check_offer(self, use: AccountUse, offer: UUID, context: Context) -> None:
        """Raises OfferVoid unless that was offered last, and not long ago."""
        check(self.offers.get(use), offer, context)

    def change_password(self, member: UUID, spared: UUID, context: Context) -> None:
        """He changes it himself, in a session that goes on."""
        self.record(PasswordChanged(member=member, how="changed", spared=spared), context)

    def reset_password(self, member: UUID, offer: UUID, context: Context) -> None:
        """He has forgotten it, and shows what was mailed to him; a lock stays. Raises OfferVoid."""
        self.check_offer("password_reset", offer, context)
        self.record(PasswordChanged(member=member, how="reset"), context)

    def verify_email(self, member: UUID, offer: UUID, context: Context) -> None:
        """He shows what was mailed to his address; raises OfferVoid."""
        self.check_offer("email_check", offer, context)
        self.record(EmailVerified(member=member, offer=offer), context)

    def refuse(self, member: UUID, permission: str, context: Context) -> None:
        """Notes that he asked for what he may not do."""
        self.record(PermissionRefused(member=member, permission=permission), context)

    def end_session(self, member: UUID, session: UUID, reason: EndReason, context: Context) -> None:
        """Notes that a session has ended."""
        self.record(SessionEnded(member=member, session=session, reason=reason), context)

    def view(self, context: Context) -> AccountView:
        """What an admin sees."""
        locked = self.locked(context.now)
        return AccountView(locked=locked, locked_until=self.locked_until if locked else None)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody tries to log in; `right` says whether the password was."""

    member: UUID | None
    right: bool
    session: UUID
    source: str
    suspected: int = 0
    """Failures from the same source within the hour, once they are too many."""


async def unlock(command: UnlockAccount, unit: UnitOfWork, id: MemberId) -> Account:  # noqa: A002 - the path's name
    """Lifts the lock of a member's account."""
    account = await unit.load(Account, account_id(id))
    account.unlock(id, unit.context)
    return account
