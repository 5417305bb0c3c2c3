"""The file of the compile cache: entries by what they were made of. Whatever is wrong with it, it is an empty one."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = ".compile_cache.db"
_TABLE = """CREATE TABLE IF NOT EXISTS entries (
    model TEXT, reads TEXT, lowered BLOB, compiled BLOB, used_at INTEGER, PRIMARY KEY (model, reads)
) WITHOUT ROWID"""
_KEPT_FOR = 30 * 86_400
"""Seconds for which an entry that nobody uses is kept."""
_WAIT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a model was compiled to. `model` is a digest of the model itself, and `reads` one of each thing it read."""

    model: str
    reads: Mapping[str, str]
    lowered: bytes
    compiled: bytes | None


class CacheFile:
    """Entries of models, each of which may have some for different things that it read."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def entries(self, models: Iterable[str]) -> dict[str, list[Entry]]:
        """Those of the models, the last used first."""
        wanted = set(models)
        found: dict[str, list[Entry]] = {}
        if not self._path.exists():
            return found
        try:
            with sqlite3.connect(self._path, timeout=_WAIT) as connection:
                rows = connection.execute(
                    "SELECT model, reads, lowered, compiled FROM entries ORDER BY used_at DESC"
                ).fetchall()
        except sqlite3.Error:
            return {}
        finally:
            _close(locals().get("connection"))
        for model, reads, lowered, compiled in rows:
            if model in wanted:
                unpacked = None if compiled is None else zlib.decompress(compiled)
                entry = Entry(model=model, reads=json.loads(reads), lowered=zlib.decompress(lowered), compiled=unpacked)
                found.setdefault(model, []).append(entry)
        return found

    def put(self, fresh: Iterable[Entry], used: Iterable[Entry]) -> None:
        """Adds entries, notes that others were used, and forgets those that nobody has used for long."""
        now = int(time.time())
        rows = [
            (
                one.model,
                _text(one.reads),
                zlib.compress(one.lowered, 1),
                None if one.compiled is None else zlib.compress(one.compiled, 1),
                now,
            )
            for one in fresh
        ]
        touched = [(now, one.model, _text(one.reads)) for one in used]
        connection = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=_WAIT)
            with connection:
                connection.execute(_TABLE)
                connection.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", rows)
                connection.executemany("UPDATE entries SET used_at = ? WHERE model = ? AND reads = ?", touched)
                connection.execute("DELETE FROM entries WHERE used_at < ?", (now - _KEPT_FOR,))
        except sqlite3.DatabaseError as error:
            if "not a database" in str(error) or "malformed" in str(error):
                self._path.unlink(missing_ok=True)
        except OSError:
            pass  # where nothing can be written, everything is compiled each time
        finally:
            _close(connection)


def _text(reads: Mapping[str, str]) -> str:
    return json.dumps(dict(reads), sort_keys=True)


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        connection.close()
