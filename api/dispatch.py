"""From a path to its endpoint: Litestar routes of plain ASGI cannot have parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from litestar.types import Receive, Scope, Send

from api.endpoint import Endpoint, send_reply, unknown_path

PARAMETER = "{}"
END = "/"


class Dispatch:
    """A tree of path segments; a literal one wins over a parameter."""

    def __init__(self, prefix: str, endpoints: Iterable[Endpoint]) -> None:
        """Paths arrive without the prefix that this is mounted at."""
        self._tree: dict[str, Any] = {}
        for endpoint in endpoints:
            branch = self._tree
            for segment in endpoint.path.removeprefix(prefix).strip("/").split("/"):
                branch = branch.setdefault(PARAMETER if segment[:1] == "{" else segment, {})
            names = [s[1:-1] for s in endpoint.path.split("/") if s[:1] == "{"]
            branch[END] = (endpoint, names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, if only that there is nothing."""
        segments = scope["path"].strip("/").split("/")
        found = self._find(self._tree, segments, [])
        if found is None:
            await send_reply(unknown_path(), send)
            return
        (endpoint, names), values = found
        scope["path_params"] = dict(zip(names, values, strict=True))
        await endpoint(scope, receive, send)

    def _find(
        self, branch: dict[str, Any], segments: list[str], values: list[str]
    ) -> tuple[Any, list[str]] | None:
        if not segments:
            return (branch[END], values) if END in branch else None
        head, *rest = segments
        if head in branch and (found := self._find(branch[head], rest, values)):
            return found
        if PARAMETER in branch and head:
            return self._find(branch[PARAMETER], rest, [*values, head])
        return None
