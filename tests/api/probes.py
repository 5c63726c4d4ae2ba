"""Requests that name what is another organization's, in one place each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx

from api.routes.route import PREFIX, Route
from tests.api.holdings import holdings
from tests.api.slots import Kind, Slot, filled, in_path, path_slots
from tests.api.specimens import COMMANDS
from tests.api.strangers import Strangers
from tests.api.window import Window
from tests.system import System

NOT_404 = {
    ("PUT /stock-take/sessions/{id}", "/assigned_shelves/KEY"): 422,
    ("POST /stock-take/sessions", "/assigned_shelves/KEY"): 422,
}
"""Ids that have to be in a list of the same request or stream, and are refused as not being so."""
BY_TEXT = {("POST /stock-take/sessions/join", "/code")}
"""Texts of commands that are found over all that there is of an organization's."""
NOWHERE: dict[Kind, str] = {
    "id": str(uuid4()),
    "local": f"{uuid4()}.1",
    "text": "ST-NOWHERE",
    "number": str(10**17),
}


@asynccontextmanager
async def unchanged(system: System, window: Window, strangers: Strangers) -> AsyncIterator[None]:
    """Nothing is changed in ours, and no row whatever of theirs."""
    events, held = await system.events(window.company), await holdings(system, strangers.company)
    yield
    assert await system.events(window.company) == events
    assert await holdings(system, strangers.company) == held


def names(row: str, slot: Slot) -> bool:
    """Whether it is where a thing is named."""
    pointer, kind = slot
    return kind in {"id", "local"} or (row, pointer) in BY_TEXT


def foreign(strangers: Strangers, kind: Kind, own: str) -> list[str]:
    """What they have in place of that: the same thing of theirs first, then anything else."""
    others = strangers.kinds.values()
    if kind == "local":
        return [own, *(f"{id_}.1" for id_ in others)]
    if kind == "text":
        return [strangers.code]
    return [own, *others] if kind == "id" else [own]


def bodies(
    window: Window, strangers: Strangers, row: str
) -> Iterator[tuple[str, str, Any, dict[str, Any], dict[str, Any]]]:
    """Our body with one id of theirs; the same with one that is nowhere."""
    kind = COMMANDS[row].request
    theirs = {slot: own for slot, _, own, _ in filled(kind, strangers.window[row].body)}
    for slot, what, _, put in filled(kind, window[row].body):
        if names(row, (slot, what)):
            for id_ in foreign(strangers, what, theirs[slot]):
                yield slot, id_, NOWHERE[what], put(id_), put(NOWHERE[what])


def paths(
    strangers: Strangers, route: Route, ours: str, theirs: str
) -> Iterator[tuple[str, str, str, str]]:
    """Our path with one name of theirs; the same with one that is nowhere."""
    own, other = in_path(route, ours), in_path(route, theirs)
    for name, kind in path_slots(route).items():
        template, nowhere = route.path.removeprefix(PREFIX), NOWHERE[kind]
        for id_ in foreign(strangers, kind, other[name]):
            yield (
                id_,
                nowhere,
                filled_in(template, own | {name: id_}),
                filled_in(template, own | {name: nowhere}),
            )


def filled_in(template: str, names: dict[str, str]) -> str:
    """The path with these names."""
    for name, text in names.items():
        template = template.replace(f"{{{name}}}", text)
    return template


def alike(one: httpx.Response, id_: str, other: httpx.Response, nowhere: str) -> bool:
    """Whether nobody can tell the two answers apart."""
    seen = one.status_code, one.text.replace(id_, "?")
    return seen == (other.status_code, other.text.replace(nowhere, "?"))
