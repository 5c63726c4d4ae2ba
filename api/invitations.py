"""The public door for who was invited: a token by mail, and the password that he chooses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.handlers import HTTPRouteHandler
from uuid_utils.compat import uuid7

from adapters.identity import Identity
from adapters.passwords import refuse_weak
from adapters.tokens import Claims, Signer, Unauthenticated
from api import http
from api.commands import Commands, Task
from api.door import Door
from api.routes.route import PREFIX, door
from api.unit_of_work import Unit
from domain.base import Context
from domain.people.member import InvitationVoid, Member

ACCEPT = PREFIX + "/users/invitations/accept"
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class AcceptInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token that came by mail, and the password to log in with from now on."""

    token: Text
    password: Text

    def __repr__(self) -> str:
        return type(self).__name__


ROUTES = (door("POST", ACCEPT, "Accept an invitation", request=AcceptInvitation, status=204),)
_DECODER = msgspec.json.Decoder(AcceptInvitation)


class Invitations:
    """Lets in who was invited; he logs in by himself then."""

    def __init__(self, identity: Identity, signer: Signer, door: Door, commands: Commands) -> None:
        self._identity, self._signer = identity, signer
        self._door, self._commands = door, commands

    async def accept(self, token: str, password: str, now: datetime) -> None:
        """Sets his first password; raises InvitationVoid, whatever is wrong, or WeakPassword.

        The event comes first: killed in between, he sends the same again, as long as there is no
        password. Of all who send it at once, one gets in.
        """
        claims = self._read(token, now)
        person = await self._identity.person(claims.org, claims.sub)
        standing = await self._door.standing(claims.sub, claims.org)
        if person is None or person.username is None or person.has_password or not standing.good:
            raise InvitationVoid(pointer="/token")
        if claims.to != self._signer.address(person.username):
            raise InvitationVoid(pointer="/token")
        refuse_weak(password, person.username)

        async def decide(unit: Unit) -> Member:
            member = await unit.load(Member, claims.sub)
            member.accept(claims.sid, unit.context)
            return member

        context = Context(claims.org, claims.sub, now, uuid7())
        await self._commands.run(Task(decide, Member, context))
        username = person.username
        if not await self._identity.set_first_password(claims.sub, username, password, now):
            raise InvitationVoid(pointer="/token")

    def _read(self, token: str, now: datetime) -> Claims:
        try:
            return self._signer.read(token, "invitation", now)
        except Unauthenticated:
            raise InvitationVoid(pointer="/token") from None


def invitations(invited: Invitations, clock: Callable[[], datetime]) -> list[HTTPRouteHandler]:
    """The handler of the row above."""

    @post(ACCEPT, status_code=204, include_in_schema=False)
    async def accept(request: Request[None, None, Any]) -> None:
        http.must_be_json(dict(request.scope["headers"]))
        sent = await http.body(request.receive, http.LARGEST_FORM_BYTES)
        asked = http.decode(_DECODER, sent)
        await invited.accept(asked.token, asked.password, clock())

    return [accept]
