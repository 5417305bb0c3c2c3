"""Where rows of a stream are landed: a folder for each date at which they became known, of Parquet files.

    FOLDER/known_date=2026-06-12/NAME.parquet

This module is shared by the processes that write the files and by the compiler, which has them read.
"""

from __future__ import annotations

import datetime as dt

DATE = "known_date"
"""What readers of folders such as these take for a column."""
SUFFIX = ".parquet"
"""Of complete files, and of nothing else."""
ABSENT = "absent"
"""Stands for the type of a declared column that landed files do not have: they are older than its declaration."""


def date_folder(date: dt.date) -> str:
    """The name of the folder of a date."""
    return f"{DATE}={date.isoformat()}"


def pattern(folder: str) -> str:
    """All landed files of a folder, as engines read files."""
    return f"{folder.rstrip('/')}/{DATE}=*/*{SUFFIX}"
