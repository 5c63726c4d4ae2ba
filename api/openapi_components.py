"""What the OpenAPI document's operations share: headers, problems and ways to log in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from api.credentials import NAMES, PROOF, SAFE
from api.problems import MEDIA_TYPE
from api.routes.route import PREFIX

TEXT = {"type": "string"}
HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {"description": "The stream's version, for If-Match.", "schema": TEXT},
    "Tallybook-Position": {
        "description": "What was done is seen by every query that sends this back.",
        "schema": TEXT,
    },
    "Tallybook-As-Of": {
        "description": "With as_of: the time that it was then.",
        "schema": {"type": "string", "format": "date-time"},
    },
    "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}},
    "Set-Cookie": {"description": "One of each token, and one for X-CSRF-Token.", "schema": TEXT},
    "WWW-Authenticate": {"description": "The scheme to use.", "schema": TEXT},
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "description": "Any text of the client's; with it the same request is done only once.",
        "schema": {"type": "string", "maxLength": 200, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    },
    "If-Match": {
        "description": "The ETag that the decision rests on; another version answers 412.",
        "schema": {"type": "string", "pattern": '^("[0-9]{1,9}"|\\*)$'},
    },
    "Tallybook-Position": {
        "description": "From an earlier answer: what is shown is at least as new.",
        "schema": TEXT,
    },
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457; a rule's facts are further members.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "code": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$"},
        "pointer": {"type": "string", "format": "json-pointer"},
        "instance": {"type": "string", "format": "uri-reference"},
        "retry_after": {"type": "number"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": TEXT, "detail": TEXT},
            },
        },
    },
}
REASONS = {
    400: "The request cannot be read, or its Host is not ours.",
    401: "There is no token, or it has ended.",
    403: "The permission is missing, or another site's page may have sent it.",
    404: "There is no such thing in the organization.",
    409: "The present state, a lock, or somebody who was faster does not allow it.",
    410: "The position was lost: the log was restored to an earlier point.",
    412: "It has changed since the version that If-Match names.",
    413: "The body is too large.",
    415: "A command's body is JSON.",
    422: "A value is not acceptable.",
    429: "Too often; wait for as long as Retry-After says.",
    500: "Something went wrong; the log knows the instance.",
    503: "Too much to do just now.",
}
ANSWERED_WITH = {
    401: "WWW-Authenticate",
    409: "Retry-After",
    429: "Retry-After",
    503: "Retry-After",
}
SCHEMES: dict[str, dict[str, Any]] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "password": {
        "type": "oauth2",
        "flows": {
            "password": {
                "tokenUrl": f"{PREFIX}/auth/token",
                "refreshUrl": f"{PREFIX}/auth/refresh",
                "scopes": {},
            }
        },
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": NAMES["access"],
        "description": "Set by a log-in with `cookie`.",
    },
    "proof": {
        "type": "apiKey",
        "in": "header",
        "name": PROOF,
        "description": f"What the cookie {NAMES['csrf']} says.",
    },
}


def security(method: str) -> list[dict[str, list[str]]]:
    """The ways to log in, one of which it takes; what changes something by cookie is proven."""
    proof: dict[str, list[str]] = {} if method in SAFE else {"proof": []}
    return [{"bearer": []}, {"password": []}, {"cookie": [], **proof}]


def phrase(status: int) -> str:
    """The name of the response with that status."""
    return "".join(HTTPStatus(status).phrase.title().split())


def problem(status: int) -> dict[str, Any]:
    """The response with that status."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    response: dict[str, Any] = {"description": REASONS[status], "content": content}
    if name := ANSWERED_WITH.get(status):
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"}}
    return response


def components(schemas: dict[str, Any]) -> dict[str, Any]:
    """All that operations refer to, with the schemas of requests and answers."""
    return {
        "schemas": dict(sorted({**schemas, "Problem": PROBLEM}.items())),
        "parameters": {
            name: {"name": name, "in": "header", "required": False, **parameter}
            for name, parameter in PARAMETERS.items()
        },
        "headers": HEADERS,
        "responses": {phrase(status): problem(status) for status in REASONS},
        "securitySchemes": SCHEMES,
    }
