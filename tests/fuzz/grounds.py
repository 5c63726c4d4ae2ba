"""What there is to ask about: an organization of ours and another one."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import msgspec

from api.routes.route import PREFIX
from tests.api.conftest import PEOPLE
from tests.api.questions import QUERIES, question
from tests.api.specimens import COMMANDS, SPECIMENS
from tests.api.window import Window
from tests.fuzz.checks import ID
from tests.system import PASSWORD, SUPER_ADMIN, System

LOCKED_OUT = "counter3"
"""Who logs in with whatever is generated; he asks nothing else."""
REFRESH = "POST /auth/refresh"


class Known(msgspec.Struct, frozen=True):
    """A request that would be accepted: path parameters and body."""

    path: dict[str, str]
    body: dict[str, Any] | None


class Grounds:
    """Both organizations, with one request for each operation."""

    def __init__(self, system: System, own: Window, foreign: Window) -> None:
        self._system, self.own, self._foreign = system, own, foreign
        self._spent: set[str] = set()
        self._people = _people(own)
        self.foreign_ids = frozenset(_ids(foreign))

    @classmethod
    async def of(cls, system: System) -> Grounds:
        """Two that are nobody else's."""
        return cls(system, await _window(system), await _window(system))

    @property
    def ids(self) -> list[str]:
        """Ids that are known to somebody."""
        return [*_ids(self.own), *_ids(self._foreign)]

    def username(self, who: str) -> str:
        """Of a person of ours."""
        return f"{who}@{self.own.company.name}"

    async def leave(self) -> None:
        """Goes on in a fresh organization."""
        self.own, self._spent = await _window(self._system), set()
        self._people |= _people(self.own)

    def spend(self, label: str) -> None:
        """What was accepted may not be a second time."""
        self._spent.add(_row(label))

    async def own_request(self, label: str) -> Known:
        """What is accepted of us."""
        row = _row(label)
        if row in self._spent and row in SPECIMENS:
            self.own[row] = await SPECIMENS[row](self.own.shop)
            self._spent.remove(row)
        known = self._request(self.own, label)
        return known or Known({}, await self._door(row))

    def foreign_request(self, label: str) -> Known | None:
        """What is accepted of somebody in the other organization, as it stood at the beginning."""
        return self._request(self._foreign, label)

    async def changed_abroad(self) -> list[str]:
        """The types of the other organization's events that are by people of ours."""
        asked = "SELECT event_type FROM es.events WHERE organization_id = $1 AND actor = ANY ($2)"
        pool, abroad = self._system.services.pool, self._foreign.company.id
        return [row[0] for row in await pool.fetch(asked, abroad, sorted(self._people))]

    def _request(self, window: Window, label: str) -> Known | None:
        row, template = _row(label), label.partition(" ")[2]
        if row in QUERIES:
            return Known(_parameters(template, PREFIX + question(window, row)), None)
        if row in COMMANDS:
            request = window[row]
            return Known(_parameters(template, PREFIX + request.path), request.body)
        return None

    async def _door(self, row: str) -> dict[str, Any]:
        log_in = {"username": self.username(LOCKED_OUT), "password": PASSWORD}
        if row != REFRESH:
            return log_in
        answer = await self._system.anonymous.post("/auth/token", log_in)
        return {"refresh_token": answer.json().get("refresh_token", "")}


async def _window(system: System) -> Window:
    return await Window.of(await system.company(PEOPLE))


def _row(label: str) -> str:
    return label.replace(PREFIX, "")


def _parameters(template: str, path: str) -> dict[str, str]:
    """What stands for each {name} of the template in a path."""
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/?]+)", re.escape(template))
    found = re.match(pattern, path)
    return dict(found.groupdict()) if found else {}


def _people(window: Window) -> set[UUID]:
    people = window.company.people
    return {client.member for name, client in people.items() if name != SUPER_ADMIN}


def _ids(window: Window) -> list[str]:
    """Ids of the organization: its people, its main warehouse, what its requests are about."""
    people = sorted(map(str, _people(window)))
    about = msgspec.json.encode([[request.path, request.body] for request in window.values()])
    return list(
        dict.fromkeys([*people, str(window.company.warehouse), *ID.findall(about.decode())])
    )
