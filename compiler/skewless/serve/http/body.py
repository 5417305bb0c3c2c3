"""A request into its body, refused while it is read once it is too long."""

from __future__ import annotations

from starlette.requests import Request

from skewless.serve.http.refusal import Refusal


async def read_body(request: Request, most_bytes: int) -> bytes:
    """Raises Refusal for a body that says that it is too long, or turns out to be."""
    declared = request.headers.get("content-length")
    if declared is not None and declared.isdecimal() and int(declared) > most_bytes:
        raise _too_long(most_bytes)
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > most_bytes:
            raise _too_long(most_bytes)
        parts.append(part)
    return b"".join(parts)


def _too_long(most_bytes: int) -> Refusal:
    return Refusal(413, f"the body is longer than {most_bytes:,} bytes")
