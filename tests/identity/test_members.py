"""Organizations and members: made once, seen by their own organization only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import pytest

from adapters.fresh import Fresh
from adapters.identity import UNBORN
from api.people import Recruit
from domain.directory import Person
from domain.people.member import UnknownRole, UsernameTaken

if TYPE_CHECKING:
    from tests.identity.conftest import People

NOW = datetime(2025, 3, 25, 9, tzinfo=UTC)


async def test_names_are_those_of_the_organizations_own_members(people: People) -> None:
    """Strangers are left out, and stay left out when their own organization has asked for them."""
    made, identity = people.process.people, people.identity
    other = await made.found(f"Brigade {uuid4()}")
    stranger = await made.add(other, Recruit(name="Eve"))
    assert await identity.names(other, [stranger]) == {stranger: "Eve"}
    for _ in range(2):
        found = await identity.names(people.organization, [people.member, stranger, uuid4()])
        assert found == {people.member: "Ann"}
    assert await identity.person(people.organization, stranger) is None


async def test_adding_a_member_again_changes_nothing(people: People) -> None:
    """The username decides, so that a demonstration may be set up twice."""
    anna = Recruit(name="Anna", username=people.username.upper(), password="x", roles=("admin",))  # noqa: S106 - a test's
    assert await people.process.people.add(people.organization, anna) == people.member
    person = await people.identity.person(people.organization, people.member)
    assert person is not None
    assert (person.name, person.username) == ("Ann", people.username)
    tokens = await people.log_in(people.username, people.password, NOW)
    principal = await people.process.door.authenticate(tokens.access_token, NOW)
    assert principal.roles == ("counter",)


async def test_a_username_belongs_to_one_organization(people: People) -> None:
    """Logging in names no organization, so usernames are unique over all of them."""
    other = await people.process.people.found(f"Brigade {uuid4()}")
    with pytest.raises(UsernameTaken):
        await people.process.people.add(other, Recruit(name="Ann", username=people.username))
    stolen = Person(uuid4(), other, "Ann", people.username)
    with pytest.raises(UsernameTaken):
        await people.identity.register(stolen, datetime.now(UTC) + timedelta(days=1))


async def test_who_was_registered_and_never_added_is_forgotten(people: People) -> None:
    """A crash may come between the two; a minute later the username is free."""
    first, second = (Person(uuid4(), people.organization, "Bo", f"bo.{uuid4()}") for _ in range(2))
    second = msgspec.structs.replace(second, username=first.username)
    await people.identity.register(first, NOW)
    await people.identity.register(first, NOW)
    with pytest.raises(UsernameTaken):
        await people.identity.register(second, NOW + UNBORN)
    await people.identity.register(second, NOW + UNBORN + timedelta(microseconds=1))
    assert await people.identity.person(people.organization, first.id) is None
    assert await people.identity.known(str(first.username)) == second


async def test_an_organization_of_that_name_is_founded_once(people: People) -> None:
    """Whatever the case of its letters; it is found by its id as well."""
    made, name = people.process.people, f"Merchant {uuid4()}"
    merchant = await made.found(name)
    assert await made.found(f" {name.upper()} ") == merchant
    assert await made.named(str(merchant)) == merchant
    assert await made.named(str(people.member)) is None
    assert await made.named("Nobody's") is None


@pytest.mark.parametrize("role", ["system", "emperor"])
async def test_a_role_that_nobody_can_have_is_refused(people: People, role: str) -> None:
    """What the product does by itself is never granted to a person, who is not kept either."""
    username = f"mallory.{uuid4()}"
    mallory = Recruit(name="Mallory", username=username, roles=("counter", role))
    with pytest.raises(UnknownRole) as refused:
        await people.process.people.add(people.organization, mallory)
    assert refused.value.pointer == "/roles/1"
    assert await people.identity.known(username) is None


async def test_an_organizations_settings_reach_its_members(people: People) -> None:
    """Only what differs is kept, the rest follows the defaults of the code."""
    username = f"{uuid4()}@example.org"
    max_ = Recruit(name="Max", username=username, password="secret")  # noqa: S106 - a test's
    settings = {"access_token_hours": 1, "tolerance_percent": {"A": "0.5", "B": "3", "C": "5"}}
    await people.process.people.found(f"Merchant {uuid4()}", [max_], settings=settings)
    tokens = await people.log_in(username, "secret", NOW)
    assert tokens.expires_in == 3600
    chosen = (await people.process.door.authenticate(tokens.access_token, NOW)).settings
    assert (str(chosen.tolerance_percent["A"]), chosen.lock_seconds) == ("0.50", 300)


async def test_settings_that_nobody_could_read_are_refused(people: People) -> None:
    """A misspelt name would be passed over for ever."""
    with pytest.raises(msgspec.ValidationError, match="lock_minutes"):
        await people.process.people.found(f"{uuid4()}", settings={"lock_minutes": 5})


def test_what_is_kept_grows_old_and_never_grows_many() -> None:
    """The one unused for longest gives way; a clock that went back is not trusted either."""
    kept: Fresh[str, int] = Fresh(2, 10.0)
    kept.put("a", 1, 100.0)
    kept.put("b", 2, 105.0)
    assert (kept.get("a", 109.9), kept.get("a", 110.0), kept.get("a", 99.0)) == (1, None, None)
    assert kept.get("a", 105.0) == 1
    kept.put("c", 3, 105.0)
    assert [kept.get(key, 105.0) for key in "abc"] == [1, None, 3]
    kept.drop(lambda value: value == 3)
    assert [kept.get(key, 105.0) for key in "abc"] == [1, None, None]
