"""Signed tokens: what they say, and whether they are ours and still live at a given moment."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import jwt
import msgspec
from jwt.types import Options

from domain.base import NOBODY, Refused
from domain.people.offer import OfferUse

ALGORITHM = "HS256"
LONGEST = 400
"""Ours have half of it; nothing longer is parsed."""
UNTIMED: Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
"""PyJWT would compare with the machine's clock; the moment is passed in."""


class Unauthenticated(Refused, code="UNAUTHENTICATED"):
    """Log in first."""


Use = Literal["access", "refresh"] | OfferUse
"""What a token opens, and nothing else: the first two a session, the others something mailed."""


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a token says; the generation counts a refresh token's rotations, from 1.

    `sid` is the session, or what was offered by mail to the member `sub` of the organization `org`
    at the address `to`, which is a fingerprint of it.
    """

    use: Use
    sid: UUID
    exp: int
    iat: int = 0
    gen: int = 0
    sub: UUID = NOBODY
    org: UUID = NOBODY
    to: str = ""

    @property
    def expires_at(self) -> datetime:
        """From this moment on the token is void."""
        return datetime.fromtimestamp(self.exp, UTC)


class Signer:
    """Makes and reads tokens; the same claims always give the same token."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, claims: Claims) -> str:
        """The token, in the compact form of RFC 7519."""
        return jwt.encode(msgspec.to_builtins(claims), self._secret, ALGORITHM)

    def address(self, username: str) -> str:
        """What stands in a token for the address that it is mailed to."""
        return hmac.digest(self._secret, b"address\0" + username.encode(), "sha256").hex()[:32]

    def read(self, token: str, use: Use, now: datetime) -> Claims:
        """The claims; raises Unauthenticated for any token but a live one of ours for that use."""
        if len(token) > LONGEST:
            raise Unauthenticated
        try:
            payload = jwt.decode(token, self._secret, [ALGORITHM], options=UNTIMED)
            claims = msgspec.convert(payload, Claims)
        except (jwt.InvalidTokenError, msgspec.ValidationError):
            raise Unauthenticated from None
        if claims.use != use or now >= claims.expires_at:
            raise Unauthenticated
        return claims
