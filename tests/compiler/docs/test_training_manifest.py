"""The reference of the training manifest lists its fields, and nothing else."""

from __future__ import annotations

import msgspec
import pytest

from skewless.tasks.near_digests import NearDigest
from skewless.tasks.source_snapshots import FileSnapshot, SourceSnapshot
from skewless.tasks.training_manifest import (
    FORMAT,
    ColumnRecord,
    FeatureRecord,
    InstanceRecord,
    Made,
    OutputRecord,
    SpineRecord,
    TrainingManifest,
)

from .pages import headings, listed, read, section

PAGE = read("reference/training-manifest.md")
PARTS: dict[str, type[msgspec.Struct]] = {
    "Manifest": TrainingManifest,
    "Feature": FeatureRecord,
    "Source": SourceSnapshot,
    "File": FileSnapshot,
    "Spine": SpineRecord,
    "Instance": InstanceRecord,
    "Output": OutputRecord,
    "Column": ColumnRecord,
    "Near": NearDigest,
    "Made": Made,
}


@pytest.mark.parametrize("heading", PARTS)
def test_fields_are_listed(heading: str) -> None:
    assert listed(section(PAGE, heading)) == [field.name for field in msgspec.structs.fields(PARTS[heading])]


def test_nothing_else_is_listed() -> None:
    assert headings(PAGE) == ["Training manifest", *PARTS]
    assert f"| `format` | {FORMAT};" in PAGE
