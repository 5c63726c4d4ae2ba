"""Ids in the wrong place: of another kind of thing, not in memory yet, ours and theirs together."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.api.probes import NOT_404, NOWHERE, alike, filled_in, names, unchanged
from tests.api.questions import QUERIES, question
from tests.api.shop import Request
from tests.api.slots import Kind, filled, in_path, path_slots
from tests.api.specimens import COMMANDS
from tests.api.strangers import KINDS, Strangers
from tests.api.window import Window
from tests.system import Client, System

SEEDS = range(4)
REQUESTS = 50
"""Of each seed."""
TYPE = "SELECT stream_type FROM es.events WHERE stream_id = $1::text::uuid LIMIT 1"


def named(row: str, request: Request) -> Iterator[tuple[str, Kind, str]]:
    """Where a request names something: the slot (a path's name first), its kind, what is there."""
    route = COMMANDS[row]
    found = in_path(route, request.path)
    for name, kind in path_slots(route).items():
        yield name, kind, found[name]
    for slot, what, was, _ in filled(route.request, request.body):
        if names(row, (slot, what)):
            yield slot, what, was


def changed(row: str, request: Request, place: int, to: str) -> Request:
    """The request with something else in its n-th slot."""
    route = COMMANDS[row]
    in_it = list(path_slots(route))
    if place < len(in_it):
        path = filled_in(row.partition(" ")[2], in_path(route, request.path) | {in_it[place]: to})
        return Request(path, request.body, request.who)
    puts = [
        put
        for slot, what, _, put in filled(route.request, request.body)
        if names(row, (slot, what))
    ]
    return Request(request.path, puts[place - len(in_it)](to), request.who)


async def others(system: System, window: Window, kind: Kind, was: str) -> list[str]:
    """Ids of ours that are of another kind of thing than that."""
    pool = system.services.pool
    own = await pool.fetchval(TYPE, was.partition(".")[0])
    found = {row[0]: row[1] for row in await pool.fetch(KINDS, window.company.id)}
    end = ".1" if kind == "local" else ""
    return [f"{id_}{end}" for stream_type, id_ in found.items() if stream_type != own]


def forget(system: System) -> None:
    """Nothing is in memory, as in a process that has just begun."""
    system.services.aggregates._cached.clear()  # noqa: SLF001 - no client could, a new process does


@pytest.mark.parametrize("row", sorted(COMMANDS))
async def test_an_id_of_another_kind_of_thing_is_as_unknown_as_any(
    window: Window, strangers: Strangers, system: System, row: str
) -> None:
    """Whether the thing is in memory or not: nobody learns that there is something."""
    request, client = window[row], window.company[window[row].who]
    async with unchanged(system, window, strangers):
        for place, (slot, kind, was) in enumerate(named(row, request)):
            if kind not in {"id", "local"}:
                continue
            nowhere = NOWHERE[kind]
            blank = changed(row, request, place, nowhere)
            unknown = await client.send(COMMANDS[row].method, blank.path, blank.body)
            for id_ in await others(system, window, kind, was):
                forget(system)
                wrong = changed(row, request, place, id_)
                answer = await client.send(COMMANDS[row].method, wrong.path, wrong.body)
                assert answer.status_code == NOT_404.get((row, slot), 404), (wrong, answer.text)
                assert alike(answer, id_, unknown, nowhere), (wrong, answer.text, unknown.text)


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_mixture_of_ours_and_theirs_does_anything(
    window: Window, strangers: Strangers, system: System, seed: int
) -> None:
    """Some slots theirs, at least one of them, the others ours."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    rows = [row for row in sorted(COMMANDS) if len(list(named(row, window[row]))) > 1]
    async with unchanged(system, window, strangers):
        for _ in range(REQUESTS):
            row = chance.choice(rows)
            request = window[row]
            slots = list(named(row, strangers.window[row]))
            chosen = chance.sample(range(len(slots)), chance.randint(1, len(slots)))
            for place in chosen:
                request = changed(row, request, place, slots[place][2])
            answer = await window.company[request.who].send(
                COMMANDS[row].method, request.path, request.body
            )
            allowed = {404} | {NOT_404.get((row, slots[place][0]), 404) for place in chosen}
            assert answer.status_code in allowed, (request, answer.text)
            assert not strangers.seen_in(answer, request)


DOORS = ("/health/live", "/health/ready", "/metrics")


@pytest.mark.parametrize("path", DOORS)
async def test_what_everybody_may_ask_tells_nothing_of_any_organization(
    strangers: Strangers, system: System, path: str
) -> None:
    """No id, no name, no username; not in the names of figures either."""
    answer = await system.anonymous.get(path)
    assert answer.status_code == 200, answer.text
    assert not strangers.seen_in(answer)


async def test_whoever_has_no_token_learns_nothing_of_what_there_is(
    strangers: Strangers, system: System
) -> None:
    """401 for what exists and for what does not."""
    nobody = Client(system.http, "", strangers.company["admin"].member)
    for row in QUERIES:
        answer = await nobody.get(question(strangers.window, row))
        assert answer.status_code == 401, answer.text
        assert not strangers.seen_in(answer)
