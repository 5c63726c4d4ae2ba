"""A route is a row: method, path, what decides and a line of summary; annotations say the rest."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Literal, get_type_hints
from uuid import UUID

import msgspec

from domain.base import Aggregate
from domain.ids import LocalId
from domain.permissions import Permission

PREFIX = "/api/v1"
"""Rows are written below it; a route's `path` is the whole one."""

Kind = Literal["aggregate", "work", "query", "door"]
"""What `decide` is: the method `(self, command, context)` of an aggregate, with a third parameter
`number` for a thing within its stream; `async (command, unit, **path) -> aggregate`;
`async (query, reads, **path) -> answer`; or nothing: a door has a handler of its own, and the row
only describes it."""

_NAMES = re.compile(r"{(\w+)}")


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One row, complete: what the endpoints decode, enforce and answer, and what OpenAPI says."""

    method: str
    path: str
    summary: str
    kind: Kind
    status: int
    request: type[msgspec.Struct] | None
    """The command or query: the body's type, or that of the query string."""
    answer: Any
    """A View, a `Page[...]` or None for an empty answer."""
    parameters: dict[str, Any] = {}
    """Types of the path's {names}: UUID, LocalId, str or int."""
    permission: Permission | None = None
    decide: Callable[..., Any] | None = None
    aggregate: type[Aggregate] | None = None
    """Whose view a command answers; where `decide` is its method, the path's {id} is its stream."""
    public: bool = False
    """Needs no token."""
    form: bool = False
    """The body may be a form as well: OAuth 2 asks for it."""
    lasting: bool = False
    """The timers end what it begins (api/ending.py): answered 202 where that takes long."""
    limited: bool = False
    """Who asks too often is answered 429."""
    text: bool = False
    """Answers plain text."""
    cookies: bool = False
    """May answer 204, with what `answer` has in cookies."""

    @property
    def numbered(self) -> bool:
        """Whether {id} names a thing within the stream, whose number `decide` takes as well."""
        return self.kind == "aggregate" and self.parameters["id"] is LocalId


def post(path: str, decide: Callable[..., Any], summary: str, status: int = 200) -> Route:
    """A command that makes something or that has a name."""
    return _command("POST", path, decide, summary, status)


def begin(path: str, decide: Callable[..., Any], summary: str) -> Route:
    """A command whose end is waited for, a while."""
    return msgspec.structs.replace(post(path, decide, summary), lasting=True)


def put(path: str, decide: Callable[..., Any], summary: str, status: int = 200) -> Route:
    """A command that may be sent twice: what it sets is the whole."""
    return _command("PUT", path, decide, summary, status)


def patch(path: str, decide: Callable[..., Any], summary: str, status: int = 200) -> Route:
    """A command that changes the fields it names."""
    return _command("PATCH", path, decide, summary, status)


def delete(path: str, decide: Callable[..., Any], summary: str, status: int = 200) -> Route:
    """A command that takes away; it has no body unless its struct has fields."""
    return _command("DELETE", path, decide, summary, status)


def get(path: str, answer: Callable[..., Any], summary: str) -> Route:
    """A query over the read models."""
    query = _first(answer)
    return Route(
        method="GET",
        path=PREFIX + path,
        summary=summary,
        kind="query",
        status=200,
        request=query,
        answer=_hint(answer, "return"),
        parameters={name: _hint(answer, name) for name in _NAMES.findall(path)},
        permission=_permission(query),
        decide=answer,
    )


def door(  # noqa: PLR0913 - a row that nothing can be derived for
    method: str,
    path: str,
    summary: str,
    *,
    request: type[msgspec.Struct] | None = None,
    answer: Any = None,
    status: int = 200,
    public: bool = True,
    form: bool = False,
    limited: bool = False,
    cookies: bool = False,
    text: bool = False,
) -> Route:
    """An entry with a handler of its own; its path is the whole one."""
    return Route(
        method=method,
        path=path,
        summary=summary,
        kind="door",
        status=status,
        request=request,
        answer=answer,
        public=public,
        form=form,
        limited=limited,
        cookies=cookies,
        text=text,
    )


def _command(
    method: str, path: str, decide: Callable[..., Any], summary: str, status: int
) -> Route:
    command = _first(decide)
    names = _NAMES.findall(path)
    aggregate = None if inspect.iscoroutinefunction(decide) else _owner(decide)
    if aggregate is None:
        parameters = {name: _hint(decide, name) for name in names}
        made = _returned(decide)
    elif names == ["id"]:
        numbered = "number" in inspect.signature(decide).parameters
        parameters, made = {"id": LocalId if numbered else UUID}, aggregate
    else:
        raise TypeError(f"{path}: the {{id}} of one stream has to be its only parameter")
    return Route(
        method=method,
        path=PREFIX + path,
        summary=summary,
        kind="work" if aggregate is None else "aggregate",
        status=status,
        request=command,
        answer=_hint(made.view, "return"),
        parameters=parameters,
        permission=_permission(command),
        decide=decide,
        aggregate=made,
    )


def _hint(function: Callable[..., Any], name: str) -> Any:
    """One annotation by itself: others may name what is imported for type checkers only."""
    notes = inspect.get_annotations(function)
    if name not in notes:
        raise TypeError(f"{function.__qualname__} has to annotate `{name}`")
    alone = SimpleNamespace(__annotations__={name: notes[name]})
    names = inspect.unwrap(function).__globals__
    hint = get_type_hints(alone, globalns=names, include_extras=True)[name]
    return None if hint is type(None) else hint


def _first(function: Callable[..., Any]) -> type[msgspec.Struct]:
    """The command or query that it takes first, whatever it calls it."""
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    name = names[0] if names else "command"
    kind = _hint(function, name)
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        raise TypeError(f"{function.__qualname__}: `{name}` has to be one struct")
    return kind


def _owner(method: Callable[..., Any]) -> type[Aggregate]:
    """The aggregate in whose body the method stands."""
    name = method.__qualname__.rpartition(".")[0]
    owner = getattr(sys.modules[method.__module__], name, None)
    if not (isinstance(owner, type) and issubclass(owner, Aggregate)):
        raise TypeError(f"{method.__qualname__} is neither an aggregate's method nor async")
    return owner


def _returned(work: Callable[..., Any]) -> type[Aggregate]:
    """The aggregate whose view the command answers."""
    made = _hint(work, "return")
    if not (isinstance(made, type) and issubclass(made, Aggregate)):
        raise TypeError(f"{work.__qualname__} has to answer with an aggregate")
    return made


def _permission(request: type[msgspec.Struct]) -> Permission:
    permission = getattr(request, "permission", None)
    if not isinstance(permission, Permission):
        raise TypeError(f"{request.__qualname__} has to declare its permission")
    return permission
