"""An error of Snowflake's driver into one sentence of Snowflake's own words, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from skewless.engines.snowflake_login import SECRETS
from skewless.ground.errors import EngineError

_IDS = re.compile(r"\s*\((request_id|sfqid)=[^)]*\)")
_CODE = re.compile(r"^(\d{6} \(\w{5}\):\s*)(?:\1)+")
_HELP: tuple[tuple[str, str], ...] = (
    (r"incorrect username or password|390100", "check user and password in the profile"),
    (r"jwt token is invalid|390144",
     "the user's public key is not that of the private key: ALTER USER ... SET RSA_PUBLIC_KEY"),
    (r"requested role|390186|390189", "check role in the profile: it does not exist, or is not granted to the user"),
    (r"no active warehouse|000606", "set warehouse in the profile, and grant the role USAGE on it"),
    (r"current database|090105|090106", "set database and schema in the profile, and grant the role USAGE on them"),
    (r"does not exist or not authorized|002003|002043|002037",
     "check the name, and that the role may read it: SHOW GRANTS TO ROLE ..."),
    (r"insufficient privileges|003001", "grant the role what it lacks: SHOW GRANTS TO ROLE ..."),
    (r"timeout|000630", "raise statement_timeout in the profile, or use a larger warehouse"),
    (r"token has expired|session.*(expired|no longer)|connection.*(closed|reset|lost)|390111|390112|390114|250002",
     "run the command again; client_session_keep_alive: true keeps a session over long pauses"),
    (r"(failed to|could not) connect|connection refused|timed out|after retries|name or service|resolve|25000[13]",
     "check account or host, and that this machine reaches it"),
)  # fmt: skip


def engine_error(error: Exception, settings: Mapping[str, Any], *, opening: bool = False) -> EngineError:
    """The error of the driver, without secrets and without the text of SQL that nobody wrote."""
    words = _own_words(error, settings)
    query = getattr(error, "sfqid", None)
    where = f" (query {query})" if query and str(query) not in words else ""
    message = f"Snowflake cannot be connected to: {words}" if opening else f"{words}{where}"
    return EngineError(message, help=_help_for(error, words))


def _own_words(error: Exception, settings: Mapping[str, Any]) -> str:
    text = _CODE.sub(r"\1", _IDS.sub("", str(error)))
    for key in SECRETS:
        secret = settings.get(key)
        if secret:
            text = text.replace(str(secret), "*****")
    return " ".join(text.split()) or type(error).__name__


def _help_for(error: Exception, words: str) -> str | None:
    number = getattr(error, "errno", None)
    text = f"{number:06d} {words}" if isinstance(number, int) and number >= 0 else words
    return next((help_line for pattern, help_line in _HELP if re.search(pattern, text, re.IGNORECASE)), None)
