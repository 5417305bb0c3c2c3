"""Bearer tokens: who may ask."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence

from skewless.serve.http.refusal import NOT_ALLOWED, Refusal

_SCHEME = b"bearer "


def tokens_in(text: str) -> tuple[str, ...]:
    """Tokens are separated by commas, spaces or lines: several are valid at once while one replaces another."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


def digests_of(tokens: Iterable[str]) -> tuple[bytes, ...]:
    """What the server keeps of its tokens."""
    return tuple(hashlib.sha256(token.encode()).digest() for token in tokens)


def check_token(authorization: bytes | None, digests: Sequence[bytes]) -> None:
    """Raises Refusal unless the header holds one of the tokens. The time it takes does not depend on which, or on how
    much of one is right."""
    if authorization is None:
        raise _refused("a bearer token is needed, in the header Authorization")
    if authorization[: len(_SCHEME)].lower() != _SCHEME:
        raise _refused("the header Authorization is not of the form 'Bearer TOKEN'")
    given = authorization[len(_SCHEME) :].strip()
    digest = hashlib.sha256(given).digest()
    matches = [hmac.compare_digest(digest, known) for known in digests]  # all of them, whichever is right
    if not any(matches):
        raise _refused("the bearer token is not valid")


def _refused(message: str) -> Refusal:
    return Refusal(401, message, kind=NOT_ALLOWED, headers={"WWW-Authenticate": "Bearer"})
