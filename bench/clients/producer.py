"""Sends rows of the streaming benchmark at a steady rate, in a process of its own; see `told.py`.

producer.py PORT
{"do": "send", "rate": 5000, "seconds": 30, "every": 0.05, "marker": -1, "users": 10000}
                            for each marker's row, nanoseconds of the monotonic clock just before it was sent
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
import time
from itertools import count

import redis
from told import do_as_told

_TICK = 0.01
"""Seconds from one pipeline of messages to the next."""


def row(number: int, user: int, now: dt.datetime) -> str:
    return json.dumps(
        {
            "event_id": number,
            "user_id": user,
            "ts": now.isoformat(),
            "f1": number / 7,
            "f2": number * 1.5,
            "loaded_at": now.isoformat(),
        }
    )


def main(port: int) -> None:
    client, numbers = redis.Redis(port=port), count(1_000_000_000)
    dice = random.Random(0)  # noqa: S311

    def send(rate: int, seconds: float, every: float, marker: int, users: int) -> list[int]:
        begun, marked = time.monotonic(), []
        for tick in range(round(seconds / _TICK)):
            time.sleep(max(begun + tick * _TICK - time.monotonic(), 0))
            pipeline = client.pipeline(transaction=False)
            now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
            own = [dice.randrange(users) for _ in range(round(rate * _TICK))]
            if tick % round(every / _TICK) == 0:
                own[-1] = marker
                marked.append(time.monotonic_ns())
            for user in own:
                pipeline.xadd("bench.events", {"data": row(next(numbers), user, now)})
            pipeline.execute()
        return marked

    do_as_told({"send": send})


if __name__ == "__main__":
    main(int(sys.argv[1]))
