"""Takes a stock list into the log, or only tries it."""

from __future__ import annotations

import hashlib
from collections import Counter
from uuid import UUID

import msgspec

from api import http
from api.commands import Task
from api.problems import wrong_value
from api.services import Services, system
from api.unit_of_work import Unit
from domain.stock.history import ImportHistory, import_history
from domain.stock.imported_file import ImportedFile
from domain.stock.movement import StockReceived
from domain.stock.opening import ImportStock, import_stock
from domain.stock.place import Place

ADMIN = ("admin",)


class Taken(msgspec.Struct, frozen=True):
    """What became of a list: streams by what they are, and how many entries received stock."""

    created: Counter[str]
    there: Counter[str]
    received: int


class Import:
    """One list for one organization."""

    def __init__(
        self, services: Services, organization: UUID, command: ImportStock | ImportHistory
    ) -> None:
        self._services, self._command = services, command
        self._context = system(organization, ADMIN)
        self._taken = Taken(Counter(), Counter(), 0)

    async def attempt(self) -> Taken:
        """Decides and writes nothing; raises what the list would be refused for."""
        services = self._services
        books = services.books(self._context.organization)
        unit = Unit(services.log, services.aggregates, books, self._context)
        try:
            await self._decide(unit)
        finally:
            unit.evict()
        return self._taken

    async def run(self) -> Taken:
        """Writes all or nothing; the same list again is answered by its content's hash."""
        content = hashlib.sha256(http.encode(self._command)).digest()
        key = (f"import {content.hex()}", content)
        before = await self._services.log.head()
        answer = await self._services.commands.run(Task(self._decide, Place, self._context, key))
        if answer.position <= before:  # answered as the first time, whatever has changed since
            return Taken(Counter(), self._taken.created + self._taken.there, 0)
        return self._taken

    async def _decide(self, unit: Unit) -> Place:
        command = self._command
        _check(command)
        if isinstance(command, ImportStock):
            place = await import_stock(command, unit)
        else:
            place = await import_history(command, unit)
        self._taken = _taken(unit)
        return place


def _check(command: ImportStock | ImportHistory) -> None:
    """Raises InvalidValue for what a request could not ask for either: a reader only made it."""
    decoder = msgspec.json.Decoder(type(command), dec_hook=http.decode_hook, float_hook=http.number)
    try:
        http.decode(decoder, http.encode(command))
    except msgspec.ValidationError as error:
        raise wrong_value(error) from None


def _taken(unit: Unit) -> Taken:
    created, there = Counter[str](), Counter[str]()
    received = 0
    for cached in unit.touched.values():
        aggregate = cached.aggregate
        if isinstance(aggregate, ImportedFile):
            continue
        kind = aggregate.kind if isinstance(aggregate, Place) else type(aggregate).name
        (created if aggregate.pending_events else there)[kind] += 1
        events = (getattr(pending, "event", None) for pending in aggregate.pending_events)
        received += sum(isinstance(event, StockReceived) for event in events)
    return Taken(created, there, received)
