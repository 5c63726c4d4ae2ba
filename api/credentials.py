"""How a request says who sends it: a bearer token, or cookies with a proof that our page did."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from litestar import Response
from litestar.datastructures import Cookie

from adapters.log_in_sessions import Tokens
from adapters.tokens import Signer, Unauthenticated
from api.door import Principal
from api.routes.route import PREFIX
from domain.base import Forbidden

Headers = Mapping[bytes, bytes]
Use = Literal["access", "refresh", "csrf"]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""
NAMES: dict[Use, str] = {
    "access": "__Host-tallybook-access",
    "refresh": "__Secure-tallybook-refresh",
    "csrf": "__Host-tallybook-csrf",
}
PROOF = "X-CSRF-Token"
OURS = frozenset({b"same-origin", b"none"})
"""What a browser's Sec-Fetch-Site says of a page of this very origin, and of its user himself."""


class CsrfRefused(Forbidden, code="CSRF_REFUSED"):
    """What cookies authenticate has to come from our own page, with the token in X-CSRF-Token."""


class Credentials:
    """Reads and sets them."""

    def __init__(self, secret: bytes, *, insecure: bool = False) -> None:
        """`insecure`: cookies also travel over plain HTTP, without the names that forbid it."""
        self._secret, self._signer, self._insecure = secret, Signer(secret), insecure
        self.names = {
            use: name.removeprefix("__Host-").removeprefix("__Secure-") if insecure else name
            for use, name in NAMES.items()
        }

    async def caller(
        self,
        authenticate: Callable[[str, datetime], Awaitable[Principal]],
        method: str,
        headers: Headers,
        now: datetime,
    ) -> Principal:
        """Who sent it; raises Unauthenticated or CsrfRefused. A bearer token goes first."""
        if b"authorization" in headers:
            return await authenticate(bearer(headers[b"authorization"].decode("latin-1")), now)
        principal = await authenticate(self.cookie("access", headers), now)
        if method not in SAFE:
            self._prove(headers, principal.session)
        return principal

    def refreshing(self, headers: Headers, now: datetime) -> str:
        """The refresh token that cookies carry; raises Unauthenticated or CsrfRefused."""
        token = self.cookie("refresh", headers)
        self._prove(headers, self._session(token, now))
        return token

    def cookie(self, use: Use, headers: Headers) -> str:
        """The value of our cookie; raises Unauthenticated if there is none."""
        pairs = [pair.strip() for pair in headers.get(b"cookie", b"").decode("latin-1").split(";")]
        start = f"{self.names[use]}="
        found = next((pair for pair in pairs if pair.startswith(start)), None)
        if found is None:
            raise Unauthenticated
        return found.removeprefix(start)

    def set_cookies(self, tokens: Tokens, now: datetime) -> Response[None]:
        """The answer that keeps the tokens where no script can read them."""
        proof = self.proof(self._session(tokens.refresh_token, now))
        lasting = tokens.refresh_expires_in
        return self._answer(
            ("access", tokens.access_token, tokens.expires_in),
            ("refresh", tokens.refresh_token, lasting),
            ("csrf", proof, lasting),
        )

    def clear_cookies(self) -> Response[None]:
        """The answer after which the browser has none of them."""
        return self._answer(("access", "", 0), ("refresh", "", 0), ("csrf", "", 0))

    def proof(self, session: UUID) -> str:
        """What only a page of our origin can know of a session: it reads it in a cookie."""
        return hmac.digest(self._secret, b"csrf\0" + session.bytes, "sha256").hex()

    def _prove(self, headers: Headers, session: UUID) -> None:
        refuse_other_sites(headers)
        given = headers.get(PROOF.lower().encode(), b"")
        if not hmac.compare_digest(given, self.proof(session).encode()):
            raise CsrfRefused

    def _session(self, refresh_token: str, now: datetime) -> UUID:
        return self._signer.read(refresh_token, "refresh", now).sid

    def _answer(self, *values: tuple[Use, str, int]) -> Response[None]:
        return Response(None, cookies=[self._cookie(*value) for value in values], status_code=204)

    def _cookie(self, use: Use, text: str, seconds: int) -> Cookie:
        return Cookie(
            self.names[use],
            value=text,
            max_age=seconds,
            path=f"{PREFIX}/auth" if use == "refresh" else "/",
            httponly=use != "csrf",
            secure=not self._insecure,
            samesite="strict",
        )


def bearer(authorization: str | None) -> str:
    """The token in an Authorization header; raises Unauthenticated."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated
    return token.strip()


def refuse_other_sites(headers: Headers) -> None:
    """Raises CsrfRefused if the browser says that another site's page sent it.

    Each browser says one of both of whatever is not a plain GET; who says neither is no browser.
    """
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is not None:
        ours = site in OURS
    else:
        ours = origin is None or origin.lower().partition(b"://")[2] == headers[b"host"].lower()
    if not ours:
        raise CsrfRefused
