"""No path has an operation that is not documented."""

from __future__ import annotations

import re

import msgspec

from api.app import openapi
from tests.system import Company, System

METHODS = {"DELETE", "GET", "PATCH", "POST", "PUT", "QUERY", "TRACE"}


async def test_a_path_refuses_every_method_that_is_not_documented(
    system: System, company: Company
) -> None:
    """With the documented ones in Allow."""
    headers = {"authorization": f"Bearer {company['admin'].token}"}
    otherwise = []
    for path, item in msgspec.json.decode(openapi())["paths"].items():
        documented = {method.upper() for method in item}
        for method in sorted(METHODS - documented):
            where = re.sub(r"{\w+}", "5", path)
            answer = await system.http.request(method, where, headers=headers)
            allowed = {one.strip() for one in answer.headers.get("allow", "").split(",")}
            seen = (answer.status_code, answer.headers["content-type"], allowed & METHODS)
            if seen != (405, "application/problem+json", documented):
                otherwise.append((method, path, seen))
    assert not otherwise
