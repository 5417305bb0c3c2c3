"""What is written out in the calls by which the functions of lists and JSON are proven."""

from __future__ import annotations

from portability.samples.sample import Samples

SAMPLES: Samples = {
    "json_extract_string": [
        ("'$.a'",),
        ("'$.n.b'",),
        ("'$.n.d[0]'",),
        ("'$.n.d[1]'",),
        ("'$.n.d[2].f'",),
        ("'$.n[1]'",),
        ("'$.n[2].b'",),
        ("'$[0].a'",),
        ("'$[0][0][0]'",),
        ("'$.z[1]'",),
        ("'a'",),
        ("'$.\"a\"'",),
        ("'$.a[*]'",),
        ("'$.a.b[0]'",),
    ],
    "array_to_string": [("','",), ("''",), ("' - '",)],
}
