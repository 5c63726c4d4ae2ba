"""Invitations over HTTP: from the mail to the first log-in, whatever is lost in between."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from adapters.mail import newest
from adapters.tokens import Claims, Signer
from api.commands import Task
from api.services import now
from api.unit_of_work import Unit
from domain.base import Context
from domain.directory import Person
from domain.people.account import Offered, account_id
from domain.people.member import Member
from tests.api.conftest import Day
from tests.api.takes import at, refused
from tests.mail.conftest import outbox_to
from tests.mail.post_office import open_office
from tests.system import Company, System

ACCEPT = "/users/invitations/accept"
NEW_PASSWORD = "seven green kettles"  # noqa: S105 - of somebody who lives for one test


def address(company: Company, name: str = "nora") -> str:
    """Somebody's, whom nobody else has."""
    return f"{name}@{company.name}"


async def invited(company: Company, **facts: Any) -> str:
    """The id of whoever was invited."""
    body = {"username": address(company), "name": "Nora", "roles": ["counter"], **facts}
    return str((await company["admin"].done("/users/invitations", body))["id"])


async def mailed(system: System, username: str) -> list[str]:
    """The tokens that wait to be sent to that address, the newest first."""
    mails = await newest(system.services.pool, system.clock(), 200)
    texts = [mail.text or "" for mail in mails if mail.recipient == username]
    return [found[1] for text in texts if (found := re.search(r"^(eyJ\S+)$", text, re.MULTILINE))]


async def accepted(system: System, token: str, password: str = NEW_PASSWORD) -> httpx.Response:
    """What accepting with that token answers."""
    return await system.anonymous.post(ACCEPT, {"token": token, "password": password})


async def enters(system: System, username: str, password: str = NEW_PASSWORD) -> bool:
    """Whether he gets in."""
    body = {"username": username, "password": password}
    return (await system.anonymous.post("/auth/token", body)).status_code == 200


async def types(system: System, member: str) -> list[str]:
    """The types of a member's events."""
    found = await system.services.log.load([UUID(member)])
    return [str(one.event.__struct_config__.tag) for one in found]


def signer(system: System) -> Signer:
    """What signs the tokens of invitations."""
    return system.services.own_account._signer  # noqa: SLF001 - tokens are made nowhere else


async def status(company: Company, member: str) -> str:
    """What the list of members says of him, after all that has happened."""
    answer = await company["admin"].post("/warehouses", {"code": uuid4().hex, "name": "Later"})
    return str((await company["admin"].ask_after(answer, f"/members/{member}"))["status"])


async def test_an_invitation_leads_from_a_mail_to_a_log_in(
    system: System, company: Company
) -> None:
    """The mail server has it from us, and it works once."""
    member, username = await invited(company), address(company)
    assert await status(company, member) == "invited"
    assert not await enters(system, username)
    async with open_office() as office:
        sender = outbox_to(system.services.pool, f"smtp://127.0.0.1:{office.port}")
        while await sender.deliver(now()):
            pass
    (letter,) = [mail for mail in office.arrived if mail["To"] == username]
    assert letter["Subject"] == f"Company {company.name} invites you to Tallybook"
    text = letter.get_content()
    assert "Admin invites you" in text
    (token,) = re.findall(r"^(eyJ\S+)$", text.replace("\r", ""), re.MULTILINE)
    weak = await accepted(system, token, "password1")
    assert refused(weak, 422, "WEAK_PASSWORD")["pointer"] == "/password"
    assert (await accepted(system, token)).status_code == 204
    assert await status(company, member) == "active"
    assert await enters(system, username.upper())
    again = await accepted(system, token, "another green kettle")
    assert refused(again, 422, "OFFER_VOID")["pointer"] == "/token"
    assert not await enters(system, username, "another green kettle")
    exists = await company["admin"].post("/users/invitations", {"username": username})
    refused(exists, 409, "LOG_IN_EXISTS")


async def test_of_all_who_accept_at_once_one_gets_in(system: System, company: Company) -> None:
    """With the password that he has chosen, and no other."""
    await invited(company)
    (token,) = await mailed(system, address(company))
    passwords = [f"{n} green kettles sing" for n in range(4)]  # a fifth failure would lock
    answers = await asyncio.gather(*(accepted(system, token, one) for one in passwords))
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [204, *[422] * 3]
    entered = [await enters(system, address(company), one) for one in passwords]
    assert entered == [status == 204 for status in statuses]


async def test_the_newest_invitation_voids_the_former(system: System, company: Company) -> None:
    """By username or by id; what is named is changed."""
    member = await invited(company)
    (first,) = await mailed(system, address(company))
    assert await invited(company, roles=["auditor"], name="Nora B.") == member
    assert await invited(company, member=member, username=address(company, "nora.b")) == member
    (second,) = await mailed(system, address(company, "nora.b"))
    refused(await accepted(system, first), 422, "OFFER_VOID")
    assert (await accepted(system, second)).status_code == 204
    assert not await enters(system, address(company))
    assert await enters(system, address(company, "nora.b"))
    details = (await company["admin"].get(f"/users/{member}")).json()
    assert (details["name"], details["roles"]) == ("Nora", ["counter"])


async def test_who_is_deactivated_or_erased_accepts_nothing(
    system: System, company: Company
) -> None:
    """Not even when he is let in again."""
    admin, member = company["admin"], await invited(company)
    (token,) = await mailed(system, address(company))
    await admin.done(f"/users/{member}/deactivate", {})
    refused(await accepted(system, token), 422, "OFFER_VOID")
    refused(
        await admin.post("/users/invitations", {"username": address(company)}),
        409,
        "MEMBER_INACTIVE",
    )
    await admin.done(f"/users/{member}/activate", {})
    refused(await accepted(system, token), 422, "OFFER_VOID")
    await invited(company)
    newest_token = (await mailed(system, address(company)))[0]
    await admin.done(f"/members/{member}", None, "DELETE")
    refused(await accepted(system, newest_token), 422, "OFFER_VOID")
    assert await invited(company) != member


async def test_an_invitation_is_good_for_a_week(system: System, day: Day) -> None:
    """To the second."""
    company = day.company
    await invited(company)
    (token,) = await mailed(system, address(company))
    system.clock.fixed = at("09:00") + timedelta(days=7)
    refused(await accepted(system, token), 422, "OFFER_VOID")
    system.clock.fixed -= timedelta(seconds=1)
    assert (await accepted(system, token)).status_code == 204


def forged(company: Company, member: str) -> list[Claims]:
    """Claims of no invitation, for another door, and of nobody."""
    good = Claims("invitation", uuid4(), 2**31, sub=UUID(member), org=company.id)
    others = ({"use": "password_reset"}, {"org": uuid4()}, {"sub": uuid4()})
    return [good, *(msgspec.structs.replace(good, **other) for other in others)]


async def test_a_forged_token_opens_nothing(system: System, company: Company) -> None:
    """Signed by whom it may be; all are answered alike, and nothing is recorded."""
    member = await invited(company)
    signers = [Signer(b"another secret, of at least 32 bytes"), signer(system)]
    tokens = [s.sign(claims) for s in signers for claims in forged(company, member)]
    (real,) = await mailed(system, address(company))
    answers = [await accepted(system, token) for token in [*tokens, real[:-2] + "AA", "x", "é"]]
    assert {answer.content for answer in answers} == {answers[0].content}
    refused(answers[0], 422, "OFFER_VOID")
    assert await types(system, member) == ["member.added", "member.invited"]
    assert (await accepted(system, real)).status_code == 204


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{}", (422, "INVALID_VALUE")),
        (b'{"token":"a","password":"b","more":1}', (422, "INVALID_VALUE")),
        (b"token=a&password=b", (400, "MALFORMED")),
        (b'{"token":"\\u0000","password":"b"}', (422, "INVALID_VALUE")),
    ],
)
async def test_a_wrong_body_is_refused(system: System, body: bytes, code: tuple[int, str]) -> None:
    """As everywhere."""
    refused(await system.anonymous.post(ACCEPT, body), *code)


async def test_who_was_registered_and_never_invited_is_invited(
    system: System, company: Company
) -> None:
    """A process was killed before its append: the same command again, at once."""
    lost = Person(uuid4(), company.id, "Nora", address(company))
    await system.services.identity.register(lost, now())
    assert await invited(company) == str(lost.id)
    (token,) = await mailed(system, address(company))
    assert (await accepted(system, token)).status_code == 204


async def test_a_mail_that_was_lost_is_asked_for_again(system: System, company: Company) -> None:
    """A process was killed between its append and the mail."""
    member = await invited(company)
    forget = "DELETE FROM identity.mails WHERE recipient = $1"
    await system.services.pool.execute(forget, address(company))
    assert await invited(company) == member
    (token,) = await mailed(system, address(company))
    assert (await accepted(system, token)).status_code == 204


async def test_who_was_stopped_before_his_password_accepts_again(
    system: System, company: Company
) -> None:
    """A process was killed between the event and the password."""
    member = UUID(await invited(company))
    (token,) = await mailed(system, address(company))
    claims = signer(system).read(token, "invitation", now())

    async def decide(unit: Unit) -> Member:
        found = await unit.load(Member, member)
        found.accept(claims.sid, unit.context)
        return found

    context = Context(company.id, member, now(), uuid4())
    await system.services.commands.run(Task(decide, Member, context))
    assert not await enters(system, address(company))
    assert (await accepted(system, token)).status_code == 204
    accepts = ["member.added", "member.invited", "member.invitation_accepted"]
    assert await types(system, str(member)) == accepts
    assert await enters(system, address(company))


async def test_who_has_no_password_has_none_to_forget(system: System, day: Day) -> None:
    """Else an invitation would be good for longer than it is."""
    company = day.company
    member = await invited(company)
    system.clock.fixed = at("09:00") + timedelta(days=8)
    ask = {"username": address(company)}
    assert (await system.anonymous.post("/auth/password-reset", ask)).status_code == 202
    assert await mailed(system, address(company)) == []
    (offered,) = await system.services.log.load([account_id(UUID(member))])
    assert isinstance(offered.event, Offered)
    until = int(offered.event.until.timestamp())
    claims = Claims("password_reset", offered.event.offer, until, sub=UUID(member), org=company.id)
    body = {"token": signer(system).sign(claims), "password": NEW_PASSWORD}
    refused(await system.anonymous.post("/auth/password-reset/confirm", body), 422, "OFFER_VOID")
    assert not await enters(system, address(company))


async def test_usernames_are_unique_over_all_organizations(
    system: System, company: Company
) -> None:
    """Also that of somebody who cannot log in yet; the address is one that mail can go to."""
    other = await system.company(("admin",))
    await invited(company)
    taken = await other["admin"].post(
        "/users/invitations", {"username": address(company).upper(), "name": "Nora"}
    )
    assert refused(taken, 409, "USERNAME_TAKEN")["pointer"] == "/username"
    member = str((await company["admin"].done("/members", {"name": "Bo"}))["id"])
    body = {"username": address(company), "member": member}
    refused(await company["admin"].post("/users/invitations", body), 409, "USERNAME_TAKEN")
    for username in ("nora", "a@b@c", "nora @x", "nora@", "n\u00f6ra@x", "a,b@x"):
        answer = await company["admin"].post(
            "/users/invitations", {"username": username, "name": "Nora"}
        )
        assert refused(answer, 422, "INVALID_VALUE")["pointer"] == "/username"
    nobody = await company["admin"].post("/users/invitations", {"username": f"x@{company.name}"})
    assert refused(nobody, 422, "NAME_MISSING")["pointer"] == "/name"
