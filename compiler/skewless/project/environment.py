"""A mapping of environment variables into one that knows what was read of it, and which values are secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

_SECRET_WORDS = ("SECRET", "PASSWORD", "TOKEN", "KEY")
MASK = "*****"


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name holds a value that must not be printed."""
    return any(word in name.upper() for word in _SECRET_WORDS)


def secret_refused(name: str, place: str) -> tuple[str, str]:
    """The message and the help where a variable that is secret by its name is read for what is written down."""
    return (
        f"the environment variable '{name}' is secret by its name, and {place} is written to files and the registry",
        "keep secrets in profiles.yml; if this is none, give it a name without SECRET, PASSWORD, TOKEN and KEY",
    )


class Secret(str):
    """Text that does not show itself: `str()`, `repr()` and f-strings give `*****`, `reveal()` the value.

    It is a `str`, so that settings keep their type; a driver is given `reveal(settings)`.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"'{MASK}'"

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def reveal(self) -> str:
        return "".join(self)


@dataclass(frozen=True, slots=True)
class Memory:
    """Names that were asked for, and secret values that were given."""

    names: frozenset[str]
    secrets: frozenset[str] = field(repr=False)


class Environment(Mapping[str, str]):
    """Environment variables; remembers the names that were asked for and the secret values that were given.

    One is made per command, around `os.environ`, and handed to every reader as `environ`. What leaves the
    process as text then passes through `redact` once, wherever it was made: a message of a driver included.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._names: set[str] = set()
        self._secrets: set[str] = set()

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Environment:
        """The mapping itself when it is one already: what it remembers must not be split over two."""
        return variables if isinstance(variables, cls) else cls(variables)

    def unread(self) -> Environment:
        """The same variables, of which nothing has been asked for: another process tells what it asked for itself."""
        return Environment(dict(self._variables))

    def __getitem__(self, name: str) -> str:
        # A variable that is missing was asked for too: setting it later changes what the project says.
        self._names.add(name)
        value = self._variables[name]
        if is_secret_name(name):
            self.remember(value)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)

    @property
    def names_read(self) -> tuple[str, ...]:
        """Every name that was asked for, set or not, in order of the alphabet."""
        return tuple(sorted(self._names))

    def holds_secret(self, name: str) -> bool:
        """Whether a variable's value must not be kept: by its name, or because a password is a part of it."""
        value = self._variables.get(name, "")
        return is_secret_name(name) or any(_contains(value, secret) for secret in self._secrets)

    @property
    def memory(self) -> Memory:
        """What is remembered, for another process to learn."""
        return Memory(frozenset(self._names), frozenset(self._secrets))

    def learn(self, memory: Memory) -> None:
        """Takes over what was read in another process."""
        self._names |= memory.names
        self._secrets |= memory.secrets

    def remember(self, secret: str) -> None:
        """Keep a value out of all text from now on."""
        if secret.strip():
            self._secrets.add("".join(secret))

    def redact(self, text: str) -> str:
        """The text with `*****` in the place of every secret, also where it is quoted for a URL or as JSON."""
        for spelling in sorted(self._spellings(), key=len, reverse=True):
            text = _mask(text, spelling)
        return text

    def protect(self, value: Any) -> Any:
        """The value with each string that contains a secret as a `Secret`, in mappings and lists too."""
        if isinstance(value, Mapping):
            return {key: self.protect(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.protect(item) for item in value]
        if isinstance(value, str) and any(_contains(value, secret) for secret in self._secrets):
            return Secret(value)
        return value

    def _spellings(self) -> Iterator[str]:
        for secret in self._secrets:
            yield from {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
            # A private key has lines, and a driver may complain of one of them.
            yield from (line for line in secret.splitlines() if len(line) >= 8)


def reveal(settings: Any) -> Any:
    """Settings as a driver needs them: every `Secret` in them as plain text."""
    if isinstance(settings, Mapping):
        return {key: reveal(item) for key, item in settings.items()}
    if isinstance(settings, list | tuple):
        return type(settings)(reveal(item) for item in settings)
    return settings.reveal() if isinstance(settings, Secret) else settings


def _contains(text: str, secret: str) -> bool:
    return secret in text if len(secret) >= 4 else secret == text


def _mask(text: str, secret: str) -> str:
    if len(secret) >= 4:
        return text.replace(secret, MASK)
    # Replaced everywhere, a value such as `1` would make a message unreadable and give the secret away.
    return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, text)
