"""Dialects that nobody can run here: what their vendors' documentation makes sure, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from skewless.dialects.catalogue.casts import cast_of
from skewless.dialects.catalogue.documented.bigquery import BIGQUERY
from skewless.dialects.catalogue.documented.databricks import as_on_spark
from skewless.dialects.catalogue.documented.manual import EXACT_DIGITS, Documented, exact_double
from skewless.dialects.catalogue.documented.postgres import POSTGRES
from skewless.dialects.catalogue.documented.redshift import REDSHIFT
from skewless.dialects.catalogue.entry import Entry, Refused, Support, Unproven, Written
from skewless.ground.dtypes import NULL, DataType

_BY_DIALECT: Mapping[Unproven, Documented] = {"bigquery": BIGQUERY, "postgres": POSTGRES, "redshift": REDSHIFT}
_VENDORS: Mapping[Unproven, str] = {
    "bigquery": "BigQuery's", "databricks": "Databricks'", "postgres": "PostgreSQL's", "redshift": "Redshift's",
}  # fmt: skip
_ANY = re.compile(r"\b(?:ANY|SCALAR)\b(?!\[)")
_PLAIN, _ITSELF = Written("CAST($1 AS RESULT)"), Written("$1")


def documented_call(engine: Unproven, entry: Entry, types: Sequence[DataType]) -> Support:
    """The dialect's SQL of an entry, over arguments of these types."""
    if engine == "databricks":
        return as_on_spark(entry.spark) or unread(engine)
    forms = _BY_DIALECT[engine].forms
    return forms.get(_with_types(entry, types)) or forms.get(entry.signature) or unread(engine)


def documented_cast(engine: Unproven, given: DataType | None, wanted: DataType, *, is_safe: bool) -> Support:
    """The dialect's SQL of a cast; of a column as the engine has it when nothing is given."""
    if engine == "databricks":
        return _PLAIN if given in (None, NULL) else _cast_on_spark(engine, given, wanted, is_safe)
    known = _BY_DIALECT[engine]
    if (lacking := known.lacks.get(wanted.kind)) is not None:
        return lacking
    if given is None:
        return known.reads.get(wanted.kind, _PLAIN)
    if given == NULL:
        return _PLAIN
    if is_safe:
        return Refused("its documentation has not been read for TRY_CAST", "cast it at the source")
    if (given.kind, wanted.kind) == ("DECIMAL", "DOUBLE") and given.precision > EXACT_DIGITS:
        return _of_many_digits(known, given)
    return known.casts.get((given.kind, wanted.kind)) or unread(engine)


def documented_key(engine: Unproven, dtype: DataType) -> Support:
    """What stands for a value of the type where rows are ordered, grouped or looked up by it."""
    return _ITSELF if engine == "databricks" else _BY_DIALECT[engine].keys.get(dtype.kind, _ITSELF)


def _of_many_digits(known: Documented, given: DataType) -> Support:
    if not known.double or given.scale > EXACT_DIGITS:
        return Refused("its last digits depend on the engine", f"use a decimal of at most {EXACT_DIGITS} digits")
    page = known.casts["DECIMAL", "DOUBLE"]
    return replace(page, sql=exact_double("$1", known.double, given.scale)) if isinstance(page, Written) else page


def documented_forms(entries: Iterable[Entry]) -> Iterator[tuple[str, Unproven, Written]]:
    """Signatures that are written for a dialect; one that says ANY of some types is there once for each of them."""
    for engine, known in _BY_DIALECT.items():
        yield from ((name, engine, form) for name, form in known.forms.items() if isinstance(form, Written))
    for entry in entries:
        if isinstance(form := documented_call("databricks", entry, ()), Written):
            yield entry.signature, "databricks", form


def unread(engine: Unproven) -> Refused:
    return Refused(
        f"{_VENDORS[engine]} documentation has not been read for it",
        "compile for duckdb, spark or snowflake, or compute it upstream",
    )


def _cast_on_spark(engine: Unproven, given: DataType, wanted: DataType, is_safe: bool) -> Support:
    return as_on_spark(cast_of(given, wanted, is_safe=is_safe).spark) or unread(engine)


def _with_types(entry: Entry, types: Sequence[DataType]) -> str:
    """The signature with the kind of type that ANY or SCALAR stands for."""
    for parameter, dtype in zip(entry.parameters, types, strict=False):
        if parameter.text in ("ANY", "SCALAR"):
            return _ANY.sub(dtype.kind, entry.signature)
    return entry.signature
