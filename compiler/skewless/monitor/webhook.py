"""A result that needs looking at into a POST of JSON, tried again with longer and longer pauses.

The address and the headers are secrets: no message of this module has them.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from skewless.ground.errors import SkewlessError
from skewless.ground.version import VERSION
from skewless.monitor.result import MonitorResult, as_dict
from skewless.project.environment import reveal
from skewless.project.model import Webhook

_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between the tries, of which there is one more."""
_BUSY = (408, 425, 429)
_KEYS = ("format", "project", "service", "level", "made_at", "since", "until", "rows", "baseline", "definitions")


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would carry the headers elsewhere, and turn the POST into a GET."""

    def redirect_request(self, *_: Any) -> None:
        return None


def is_wanted(webhook: Webhook, result: MonitorResult) -> bool:
    """Whether the webhook wants to hear of a result."""
    return (
        result.level
        in {"always": ("fail", "warn", "skip", "pass"), "warn": ("fail", "warn"), "fail": ("fail",)}[webhook.on]
    )


def message(result: MonitorResult) -> dict[str, Any]:
    """What is sent: the result without its counts, and the features that have findings. `text` is for people."""
    whole = as_dict(result)
    found = [
        {key: one[key] for key in ("name", "view", "level", "findings")} for one in whole["features"] if one["findings"]
    ]
    return {**{key: whole[key] for key in _KEYS}, "text": _text(result), "features": found}


def send(webhook: Webhook, content: Mapping[str, Any], pause: Callable[[float], None] = time.sleep) -> None:
    """Posts the content. Raises SkewlessError when it was refused, or failed at every try."""
    fault = ""
    for wait in (*_PAUSES, None):
        fault, is_final = _tried(webhook, json.dumps(content).encode())
        if not fault:
            return
        if is_final or wait is None:
            break
        pause(wait)
    raise SkewlessError(
        f"the webhook at {urlsplit(reveal(webhook.url)).hostname} was not told: {fault}",
        help="everything else of this run is done; check 'webhook' of the service's monitor",
    )


def _tried(webhook: Webhook, body: bytes) -> tuple[str, bool]:
    """What went wrong, and whether trying again is of no use; nothing when it has worked."""
    headers = {"Content-Type": "application/json", "User-Agent": f"skewless/{VERSION}", **reveal(webhook.headers)}
    request = Request(reveal(webhook.url), data=body, headers=headers, method="POST")  # noqa: S310 - http or https
    try:
        with build_opener(_NoRedirects).open(request, timeout=webhook.timeout):
            return "", True
    except HTTPError as error:
        error.close()
        return f"it answered {error.code}", error.code < 500 and error.code not in _BUSY
    except URLError as error:
        return f"it cannot be reached ({_cause(error.reason)})", False
    except TimeoutError:
        return f"it did not answer within {webhook.timeout:g} s", False
    except (OSError, http.client.HTTPException) as error:
        return f"the connection failed ({_cause(error)})", False
    except ValueError:  # of a header or an address that cannot be sent; its text would repeat it
        return "its url or a header has characters that cannot be sent", True


def _cause(error: object) -> str:
    return str(getattr(error, "strerror", None) or type(error).__name__)


def _text(result: MonitorResult) -> str:
    found = [one.name for one in result.features if one.findings]
    names = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
    counts = f"{result.count('fail')} failed, {result.count('warn')} warned of {len(result.features)} features"
    return f"{result.service}: {counts}" + (f": {names}" if names else "")
