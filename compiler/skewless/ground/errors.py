"""The exceptions of the public interface, each with its exit code.

SkewlessError
├── UsageError            the call is wrong: options, arguments, a missing file            exit 2
│   └── DriverMissing     an optional driver is not installed                              exit 2
├── CompileError          the project is wrong: carries the diagnostics                    exit 2
├── DataError             the given data are wrong: a spine, a request, a pushed row       exit 2
├── EngineError           the warehouse said no: carries its own words                     exit 1
├── StoreError            the online store said no, or does not hold what is asked         exit 1
├── RegistryError         the registry cannot be used, or somebody else holds it           exit 1
└── TestsFailed           a unit, data or parity test failed                               exit 1
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skewless.ground.diagnostics import Diagnostic


class SkewlessError(Exception):
    """Any fault that skewless reports on purpose; its text is meant for the user."""

    exit_code = 1

    def __init__(self, message: str, *, help: str | None = None) -> None:  # noqa: A002 - the word users see
        super().__init__(message)
        self.message = message
        self.help = help


class UsageError(SkewlessError):
    """The call cannot be carried out as it was written."""

    exit_code = 2


class DriverMissing(UsageError):
    """An optional driver is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs packages that are not installed", help=f"pip install 'skewless[{extra}]'")


class CompileError(SkewlessError):
    """The project does not compile; `diagnostics` holds every fault that was found."""

    exit_code = 2

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        first = diagnostics[0]
        where = f" ({first.span})" if first.span else ""
        more = f", and {len(diagnostics) - 1} more" if len(diagnostics) > 1 else ""
        super().__init__(f"{first.code}: {first.message}{where}{more}", help=first.help)
        self.diagnostics = diagnostics


class DataError(SkewlessError):
    """Data handed to skewless cannot be used."""

    exit_code = 2


class EngineError(SkewlessError):
    """The warehouse engine refused or failed; the message holds its own words."""


class StoreError(SkewlessError):
    """The online store refused, failed, or does not hold what was asked for."""


class RegistryError(SkewlessError):
    """The registry cannot be used, does not know what is asked, or somebody else is at work."""


class TestsFailed(SkewlessError):
    """At least one test failed."""

    __test__ = False
