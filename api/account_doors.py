"""The doors to one's own account that take a secret: passwords, and tokens that came by mail.

They are no commands like the others, because of those a hash of the whole request is kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
import structlog
from litestar import Request, Response, post
from litestar.background_tasks import BackgroundTask
from litestar.handlers import HTTPRouteHandler

from api import http
from api.credentials import Credentials
from api.door import Door
from api.log_ins import LogIns
from api.own_account import OwnAccount
from api.routes.route import PREFIX, door

S = TypeVar("S", bound="Secret")
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Username = Annotated[str, msgspec.Meta(min_length=1, max_length=320)]
Asked = Request[None, None, Any]
logger = structlog.get_logger()


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body that is never shown."""

    def __repr__(self) -> str:
        return type(self).__name__


class ChangePassword(Secret, frozen=True):
    """The password of now, and the one to log in with from now on."""

    current: Text
    new: Text


class AskReset(Secret, frozen=True):
    """Whose password was forgotten."""

    username: Username


class AcceptInvitation(Secret, frozen=True):
    """The token that came by mail, and the password to log in with from now on."""

    token: Text
    password: Text


class ResetPassword(Secret, frozen=True):
    """The token that came by mail, and the password to log in with from now on."""

    token: Text
    password: Text


class VerifyEmail(Secret, frozen=True):
    """The token that came by mail."""

    token: Text


ACCEPT = PREFIX + "/users/invitations/accept"
CHANGE = PREFIX + "/users/me/password"
ASK_RESET = PREFIX + "/auth/password-reset"
RESET = PREFIX + "/auth/password-reset/confirm"
VERIFY = PREFIX + "/auth/verify-email"
ROUTES = (
    door("POST", ACCEPT, "Accept an invitation", request=AcceptInvitation, status=204),
    door(
        "POST",
        CHANGE,
        "Change one's own password",
        request=ChangePassword,
        status=204,
        public=False,
        limited=True,
    ),
    door("POST", ASK_RESET, "Forgotten password", request=AskReset, status=202, limited=True),
    door("POST", RESET, "Set a forgotten password anew", request=ResetPassword, status=204),
    door("POST", VERIFY, "Confirm a mail address", request=VerifyEmail, status=204),
)


def account_doors(
    own: OwnAccount,
    log_ins: LogIns,
    door: Door,
    credentials: Credentials,
    clock: Callable[[], datetime],
) -> list[HTTPRouteHandler]:
    """The handlers of the rows above."""

    @post(ACCEPT, status_code=204, include_in_schema=False)
    async def accept_invitation(request: Asked) -> None:
        asked = await _read(request, AcceptInvitation)
        await own.accept_invitation(asked.token, asked.password, clock())

    @post(CHANGE, status_code=204, include_in_schema=False)
    async def change_password(request: Asked) -> None:
        headers, now = dict(request.scope["headers"]), clock()
        principal = await credentials.caller(door.authenticate, "POST", headers, now)
        asked = await _read(request, ChangePassword)
        await own.change_password(principal, asked.current, asked.new, _address(request), now)

    @post(ASK_RESET, status_code=202, include_in_schema=False)
    async def ask_reset(request: Asked) -> Response[None]:
        asked, now = await _read(request, AskReset), clock()
        await log_ins.limit_resets(asked.username, _address(request), now)
        # The answer does not wait: how long it takes would tell whether there is such a username.
        work = BackgroundTask(_quietly, own.ask_reset, asked.username, now)
        return Response(None, status_code=202, background=work)

    @post(RESET, status_code=204, include_in_schema=False)
    async def reset_password(request: Asked) -> None:
        asked = await _read(request, ResetPassword)
        await own.reset_password(asked.token, asked.password, clock())

    @post(VERIFY, status_code=204, include_in_schema=False)
    async def verify_email(request: Asked) -> None:
        asked = await _read(request, VerifyEmail)
        await own.verify_email(asked.token, clock())

    return [accept_invitation, change_password, ask_reset, reset_password, verify_email]


async def _quietly(
    work: Callable[[str, datetime], Awaitable[None]], username: str, now: datetime
) -> None:
    """Nobody waits for it any more: he will ask again."""
    try:
        await work(username, now)
    except Exception as error:  # noqa: BLE001 - the answer has gone out
        logger.warning("reset_not_offered", error=type(error).__name__)


async def _read(request: Asked, kind: type[S]) -> S:
    http.must_be_json(dict(request.scope["headers"]))
    sent = await http.body(request.receive, http.LARGEST_FORM_BYTES)
    return http.decode(msgspec.json.Decoder(kind), sent)


def _address(request: Asked) -> str:
    return request.client.host if request.client else ""
