"""Upper and lower case."""

from __future__ import annotations

from collections.abc import Iterator

from skewless.dialects.catalogue.entry import Entry, entry, of_function
from skewless.ground.dtypes import VARCHAR

# Case. DuckDB changes each code point by itself ('ß' to 'ẞ', 'İ' to 'i', no final sigma), by the Unicode of its
# release; engines follow the longer rules of Unicode, by the version of theirs. So the letters are written out.
# first-last/step:distance to the other case, in hexadecimal.
_SMALL_WITH_GREAT = (
    "61-7a:-20 df:+1dbf e0-f6:-20 f8-fe:-20 ff:+79 101-12f/2:-1 133-137/2:-1 13a-148/2:-1 14b-177/2:-1 17a-17e/2:-1 "
    "180:+c3 183-185/2:-1 188:-1 18c:-1 192:-1 195:+61 199:-1 19a:+a3 19e:+82 1a1-1a5/2:-1 1a8:-1 1ad:-1 1b0:-1 "
    "1b4-1b6/2:-1 1b9:-1 1bd:-1 1bf:+38 1c6:-2 1c9:-2 1cc:-2 1ce-1dc/2:-1 1dd:-4f 1df-1ef/2:-1 1f3:-2 1f5:-1 "
    "1f9-21f/2:-1 223-233/2:-1 23c:-1 23f-240:+2a3f 242:-1 247-24f/2:-1 250:+2a1f 251:+2a1c 252:+2a1e 253:-d2 "
    "254:-ce 256-257:-cd 259:-ca 25b:-cb 25c:+a54f 260:-cd 261:+a54b 263:-cf 265:+a528 266:+a544 268:-d1 269:-d3 "
    "26a:+a544 26b:+29f7 26c:+a541 26f:-d3 271:+29fd 272:-d5 275:-d6 27d:+29e7 280:-da 282:+a543 283:-da 287:+a52a "
    "288:-da 289:-45 28a-28b:-d9 28c:-47 292:-db 29d:+a515 29e:+a512 371-373/2:-1 377:-1 37b-37d:+82 3ac:-26 "
    "3ad-3af:-25 3b1-3c1:-20 3c3-3cb:-20 3cc:-40 3cd-3ce:-3f 3d7:-8 3d9-3ef/2:-1 3f2:+7 3f3:-74 3f8:-1 3fb:-1 "
    "430-44f:-20 450-45f:-50 461-481/2:-1 48b-4bf/2:-1 4c2-4ce/2:-1 4cf:-f 4d1-52f/2:-1 561-586:-30 10d0-10fa:+bc0 "
    "10fd-10ff:+bc0 13f8-13fd:-8 1d79:+8a04 1d7d:+ee6 1d8e:+8a38 1e01-1e95/2:-1 1ea1-1eff/2:-1 1f00-1f07:+8 "
    "1f10-1f15:+8 1f20-1f27:+8 1f30-1f37:+8 1f40-1f45:+8 1f51-1f57/2:+8 1f60-1f67:+8 1f70-1f71:+4a 1f72-1f75:+56 "
    "1f76-1f77:+64 1f78-1f79:+80 1f7a-1f7b:+70 1f7c-1f7d:+7e 1f80-1f87:+8 1f90-1f97:+8 1fa0-1fa7:+8 1fb0-1fb1:+8 "
    "1fb3:+9 1fc3:+9 1fd0-1fd1:+8 1fe0-1fe1:+8 1fe5:+7 1ff3:+9 214e:-1c 2170-217f:-10 2184:-1 24d0-24e9:-1a "
    "2c30-2c5f:-30 2c61:-1 2c65:-2a2b 2c66:-2a28 2c68-2c6c/2:-1 2c73:-1 2c76:-1 2c81-2ce3/2:-1 2cec-2cee/2:-1 "
    "2cf3:-1 2d00-2d25:-1c60 2d27:-1c60 2d2d:-1c60 a641-a66d/2:-1 a681-a69b/2:-1 a723-a72f/2:-1 a733-a76f/2:-1 "
    "a77a-a77c/2:-1 a77f-a787/2:-1 a78c:-1 a791-a793/2:-1 a794:+30 a797-a7a9/2:-1 a7b5-a7c3/2:-1 a7c8-a7ca/2:-1 "
    "a7d1:-1 a7d7-a7d9/2:-1 a7f6:-1 ab53:-3a0 ab70-abbf:-97d0 ff41-ff5a:-20 10428-1044f:-28 104d8-104fb:-28 "
    "10597-105bb/2:-27 10598-105a0/2:-27 105a4-105b0/2:-27 105b4-105b8/2:-27 105bc:-27 10cc0-10cf2:-40 "
    "118c0-118df:-20 16e60-16e7f:-20 1e922-1e943:-22 "
)
_SMALL_ONLY = (
    "b5:+2e7 131:-e8 17f:-12c 1c5:-1 1c8:-1 1cb:-1 1f2:-1 345:+54 3c2:-1f 3d0:-3e 3d1:-39 3d5:-2f 3d6:-36 3f0:-56 "
    "3f1:-50 3f5:-60 1c80:-186e 1c81:-186d 1c82:-1864 1c83:-1862 1c84:-1862 1c85:-1863 1c86:-185c 1c87:-1825 "
    "1c88:+89c2 1e9b:-3b 1fbe:-1c25 "
)
_GREAT_ONLY = "130:-c7 1c5:+1 1c8:+1 1cb:+1 1f2:+1 3f4:-3c 2126:-1d5d 212a:-20bf 212b:-2046 "


def _letters(ranges: str) -> Iterator[tuple[str, str]]:
    for part in ranges.split():
        letters, _, distance = part.partition(":")
        bounds, _, step = letters.partition("/")
        low, _, high = bounds.partition("-")
        for code in range(int(low, 16), int(high or low, 16) + 1, int(step or "1")):
            yield chr(code), chr(code + int(distance, 16))


def changed(argument: str, letters: list[tuple[str, str]]) -> str:
    return f"TRANSLATE({argument}, '{''.join(old for old, _ in letters)}', '{''.join(new for _, new in letters)}')"


UPPER = [*_letters(_SMALL_WITH_GREAT), *_letters(_SMALL_ONLY)]
LOWER = [*((great, small) for small, great in _letters(_SMALL_WITH_GREAT)), *_letters(_GREAT_ONLY)]

ENTRIES: tuple[Entry, ...] = (
    entry("upper(VARCHAR)", VARCHAR, spark=changed("$1", UPPER),
          snowflake=of_function(changed("$1", UPPER), "translate")),
    entry("lower(VARCHAR)", VARCHAR, spark=changed("$1", LOWER),
          snowflake=of_function(changed("$1", LOWER), "translate")),
)  # fmt: skip
