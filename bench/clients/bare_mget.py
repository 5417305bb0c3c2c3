"""redis-py's `MGET` and nothing else, in a process of its own; see `told.py`.

bare_mget.py PORT
{"do": "measure", "batches": [["6b6579"]], "times": 50}    nanoseconds of `redis.Redis.mget`; keys in hexadecimal
"""

from __future__ import annotations

import sys

import redis
from told import do_as_told, nanoseconds


def main(port: int) -> None:
    client = redis.Redis(port=port)

    def measure(batches: list[list[str]], times: int) -> list[int]:
        return nanoseconds(client.mget, [[bytes.fromhex(key) for key in keys] for keys in batches], times)

    do_as_told({"measure": measure})


if __name__ == "__main__":
    main(int(sys.argv[1]))
