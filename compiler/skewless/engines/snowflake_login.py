"""A profile's settings, in dbt-snowflake's words, into the arguments of Snowflake's driver."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from skewless.ground.errors import EngineError, UsageError

_PLAIN = (
    "account", "user", "password", "role", "warehouse", "database", "schema", "authenticator", "host", "port",
    "protocol", "proxy_host", "proxy_port", "connection_name",
)  # fmt: skip
SECRETS = ("password", "private_key", "private_key_passphrase", "token", "oauth_client_secret")
_OAUTH = "oauth"
_PATIENCE_SECONDS = 30


def login(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What `snowflake.connector.connect` is called with, apart from session parameters."""
    arguments = {key: settings[key] for key in _PLAIN if settings.get(key) is not None}
    if (key := private_key(settings)) is not None:
        arguments["private_key"] = key
    if settings.get("insecure_mode"):
        arguments["insecure_mode"] = True
    if settings.get("authenticator"):
        arguments.update(client_store_temporary_credential=True, client_request_mfa_token=True)
    return {
        **arguments,
        **_oauth(settings),
        "application": "skewless",
        "paramstyle": "numeric",
        "autocommit": True,
        "arrow_number_to_decimal": True,
        "client_session_keep_alive": bool(settings.get("client_session_keep_alive")),
    }


def private_key(settings: Mapping[str, Any]) -> bytes | None:
    """The key in DER; from PEM or base64 text in the profile, or from a file. Raises UsageError."""
    path = settings.get("private_key_path") or settings.get("private_key_file")
    text = settings.get("private_key")
    if not path and not text:
        return None
    try:
        data = Path(path).expanduser().read_bytes() if path else _key_data(str(text))
        return _der(data, settings.get("private_key_passphrase"))
    except OSError as error:
        raise UsageError(f"the private key '{path}' cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise UsageError(
            "the private key cannot be used: it is neither PEM nor base64, or its passphrase is another",
            help="check private_key_path or private_key, and private_key_passphrase",
        ) from error


def _key_data(text: str) -> bytes:
    return text.encode() if text.lstrip().startswith("-----") else base64.b64decode(text)


def _der(data: bytes, passphrase: str | None) -> bytes:
    from cryptography.hazmat.primitives import serialization

    load = (
        serialization.load_pem_private_key if data.lstrip().startswith(b"-----") else serialization.load_der_private_key
    )
    key = load(data, password=str(passphrase).encode() if passphrase else None)
    der: bytes = key.private_bytes(
        encoding=serialization.Encoding.DER,
        format=serialization.PrivateFormat.PKCS8,
        encryption_algorithm=serialization.NoEncryption(),
    )
    return der


def _oauth(settings: Mapping[str, Any]) -> dict[str, Any]:
    """With a client's id and secret the token is one to refresh, as in dbt; the driver's own flows get all three."""
    keys = ("token", "oauth_client_id", "oauth_client_secret")
    given = {key: settings[key] for key in keys if settings.get(key)}
    if str(settings.get("authenticator") or "").lower() != _OAUTH:
        return given
    return {"token": access_token(settings)} if len(given) == len(keys) else {"token": given.get("token")}


def access_token(settings: Mapping[str, Any]) -> str:
    """An access token for the refresh token. Raises EngineError."""
    host = settings.get("host") or f"{settings['account']}.snowflakecomputing.com"
    client = f"{settings['oauth_client_id']}:{settings['oauth_client_secret']}"
    request = urllib.request.Request(
        f"https://{host}/oauth/token-request",
        data=urlencode({"grant_type": "refresh_token", "refresh_token": settings["token"]}).encode(),
        headers={"Authorization": f"Basic {base64.b64encode(client.encode()).decode()}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310
            return str(json.load(answer)["access_token"])
    except (OSError, ValueError, KeyError) as error:
        status = f" ({error.code})" if isinstance(error, urllib.error.HTTPError) else ""
        raise EngineError(
            f"Snowflake gave no access token for the refresh token{status}",
            help="check token, oauth_client_id and oauth_client_secret; a refresh token expires",
        ) from None  # its frames hold the token
