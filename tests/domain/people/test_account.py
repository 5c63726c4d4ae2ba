"""Lockout: five failures in a row close an account for a quarter of an hour (domain.md 11)."""

from __future__ import annotations

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st
from msgspec import structs

from domain.base import Event
from domain.people import account as a
from domain.people.account import Account, Attempt
from tests.domain.properties.effort import effort
from tests.specification import ANN, EVE, FRESH, at, fold, given

IN = a.LoggedIn(member=ANN, session=FRESH, source="f1")


def attempt(*, right: bool) -> Attempt:
    """Ann's."""
    return Attempt(member=ANN, right=right, session=FRESH, source="f1")


def failed(clock: str, failures: int) -> a.LogInFailed:
    """A wrong password at that time."""
    return a.LogInFailed(member=ANN, failures=failures, at=at(clock).now, source="f1")


def locked(until: str) -> a.AccountLocked:
    """No more tries."""
    return a.AccountLocked(member=ANN, until=at(until).now)


FOUR = [failed(f"10:0{n}", n + 1) for n in range(4)]
LOCKED: list[Event] = [*FOUR, failed("10:04", 5), locked("10:19")]


@pytest.mark.rule("11-1")
def test_the_fifth_failure_locks_for_fifteen_minutes() -> None:
    """From the fifth on, to the second."""
    fifth = given(Account, *FOUR).when(Account.attempt, attempt(right=False), at("10:04"))
    fifth.then(failed("10:04", 5), locked("10:19"))
    early = given(Account, *LOCKED).when(Account.attempt, attempt(right=True), at("10:18:59"))
    early.then()
    given(Account, *LOCKED).when(Account.attempt, attempt(right=True), at("10:19")).then(IN)


def test_tries_while_it_is_locked_do_not_extend_it() -> None:
    """Nor are they recorded."""
    account = given(Account, *LOCKED)
    for minute in range(5, 19):
        account.when(Account.attempt, attempt(right=False), at(f"10:{minute:02}"))
    account.then()


def test_guessing_is_told_of_a_locked_account_too() -> None:
    """Only the wrong password makes one suspicious, and the lock stays as long as it was."""
    guess = structs.replace(attempt(right=False), suspected=10)
    told = a.GuessingSuspected(member=ANN, failures=10, source="f1")
    given(Account, *LOCKED).when(Account.attempt, guess, at("10:05")).then(told)
    account = given(Account, *LOCKED, told)
    account.when(Account.attempt, attempt(right=True), at("10:19")).then(IN)


@pytest.mark.rule("11-2")
def test_a_success_starts_the_count_over() -> None:
    """Four failures, a success, a failure: one."""
    account = given(Account, *FOUR, IN)
    account.when(Account.attempt, attempt(right=False), at("10:06")).then(failed("10:06", 1))


def test_the_end_of_a_lock_starts_the_count_over() -> None:
    """Also when no success lies between."""
    account = given(Account, *LOCKED)
    account.when(Account.attempt, attempt(right=False), at("10:19")).then(failed("10:19", 1))


@pytest.mark.parametrize(("clock", "failures"), [("10:15", 5), ("10:15:01", 4), ("10:18:01", 1)])
def test_failures_older_than_fifteen_minutes_are_forgotten(clock: str, failures: int) -> None:
    """The first was at 10:00, the fourth at 10:03."""
    account = given(Account, *FOUR).when(Account.attempt, attempt(right=False), at(clock))
    assert account.recorded[0] == failed(clock, failures)
    assert (len(account.recorded) == 2) == (failures == 5)


def test_an_admin_lifts_a_lock() -> None:
    """And the failures are forgotten."""
    lifted = a.AccountUnlocked(member=ANN)
    given(Account, *LOCKED).when(Account.unlock, ANN, at("10:05", EVE)).then(lifted)
    account = given(Account, *LOCKED, lifted)
    account.when(Account.attempt, attempt(right=False), at("10:06")).then(failed("10:06", 1))
    given(Account, *FOUR).when(Account.unlock, ANN, at("10:05", EVE)).then()


@examples(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=40))
@effort(100)
def test_nobody_guesses_more_often_than_the_lock_allows(tries: list[tuple[int, bool]]) -> None:
    """In any quarter of an hour at most five wrong passwords are looked at since a success."""
    account, seconds = fold(Account), 0
    wrong: list[int] = []
    for pause, right in tries:
        seconds += pause
        context = at(f"{9 + seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}")
        was_locked = account.locked(context.now)
        entered = account.attempt(attempt(right=right), context)
        recorded = account.collect_events()
        assert bool(recorded) == (not was_locked)
        assert entered == (right and not was_locked)
        if entered:
            wrong.clear()
        elif recorded:
            wrong = [*(one for one in wrong if seconds - one <= 15 * 60), seconds]
        assert len(wrong) <= 5
