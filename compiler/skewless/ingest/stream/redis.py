"""Redis Streams: a consumer group shares the messages, and a stream `NAME:dead` holds those that were put aside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from skewless.ground.errors import DriverMissing, StoreError
from skewless.ground.moments import moment_of
from skewless.ingest.stream.kind import DeadLetter, Lag, Message, StreamAddress
from skewless.ingest.stream.redis_errors import is_gone, stream_error
from skewless.stores.redis_address import RedisAddress, parse_address

IDLE_SECONDS = 60.0
"""How long a consumer may take over a message before others hold it for dead."""
_LONGEST_WAIT = 1.0
_COUNTED = 100_000
"""Where a server does not know how many messages wait, at most so many of them are counted."""
_BEGINNING, _NEW, _END = "0", ">", "0-0"
_PUT_ASIDE = """
if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', unpack(ARGV, 3))
return redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
"""
"""One step for the server: a message is put aside once, whatever breaks, and however often it is tried."""
_COUNT_AFTER = "return #redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])"
_T = TypeVar("_T")


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class RedisStream:
    """One consumer's view of a stream. One thread reads messages, and another one may acknowledge them."""

    def __init__(
        self,
        address: StreamAddress,
        consumer: str,
        *,
        tell: Callable[[str], None],
        idle: float = IDLE_SECONDS,
        now: Callable[[], dt.datetime] = _utc_now,
    ) -> None:
        """`tell` is given what the user should know although the work goes on. Connects when it is used."""
        self._name, self._group, self._consumer = address.name, address.group, consumer
        self._tell, self._idle, self._now = tell, idle, now
        place = parse_address(address.url, address.group)
        self.shown = f"the stream '{address.name}' in {place.shown}"
        self.rejected = 0
        self._timeout = place.timeout + _LONGEST_WAIT
        self._client = _client(place, self._timeout, self.shown)
        self._has_group = False
        self._history: str | None = _BEGINNING
        """After which message this consumer's own pending ones are read; None when there are no more."""
        self._held: set[str] = set()
        """What was read and is not acknowledged: not to be read again from the pending ones."""

    def read(self, count: int, seconds: float) -> Sequence[Message]:
        return self._received(lambda: self._read(count, seconds))

    def reclaim(self, count: int) -> Sequence[Message]:
        return self._received(lambda: self._reclaim(count))

    def acknowledge(self, messages: Sequence[Message]) -> None:
        if messages:
            self._asked(lambda: self._client.xack(self._name, self._group, *(one.id for one in messages)))
            self._held.difference_update(one.id for one in messages)

    def reject(self, letters: Sequence[DeadLetter]) -> None:
        for letter in letters:
            self._put_aside(letter)
            self.rejected += letter.rows

    def lag(self) -> Lag:
        return self._asked(self._lag)

    def close(self) -> None:
        """A consumer that has nothing left is forgotten: each process has a name of its own, and they would add up."""
        import redis

        with suppress(redis.RedisError):  # nothing depends on it
            consumers = self._client.xinfo_consumers(self._name, self._group)
            if any(one["name"].decode() == self._consumer and one["pending"] == 0 for one in consumers):
                self._client.xgroup_delconsumer(self._name, self._group, self._consumer)
        self._client.close()

    def _read(self, count: int, seconds: float) -> list[Message]:
        while self._history is not None:
            found = self._next(count, self._history, None)
            self._history = found[-1].id if found else None
            if fresh := self._kept(found):
                return fresh
        return self._kept(self._next(count, _NEW, max(int(min(seconds, _LONGEST_WAIT) * 1000), 1)))

    def _next(self, count: int, after: str, milliseconds: int | None) -> list[Message]:
        answer = self._client.xreadgroup(
            self._group, self._consumer, {self._name: after}, count=count, block=milliseconds
        )
        return _messages(answer[0][1]) if answer else []

    def _reclaim(self, count: int) -> list[Message]:
        found: list[Message] = []
        start, idle = _END, int(self._idle * 1000)
        while len(found) < count:
            answer = self._client.xautoclaim(
                self._name, self._group, self._consumer, idle, start, count=count - len(found)
            )
            found.extend(self._kept(_messages(answer[1])))
            start = answer[0].decode()
            if any(place is None for place, _ in answer[1]):
                self._history = _BEGINNING  # what was deleted has no name here before Redis 7, and has one there
            self._tell_lost(len(answer[2]) if len(answer) > 2 else 0)
            if start == _END:
                break
        return found

    def _kept(self, messages: list[Message]) -> list[Message]:
        """Those that are not in hand already. Of one that was deleted from the stream, only the delivery is left."""
        gone = [one.id for one in messages if not one.fields]
        if gone:
            self._client.xack(self._name, self._group, *gone)
            self._tell_lost(len(gone))
        fresh = [one for one in messages if one.fields and one.id not in self._held]
        self._held.update(one.id for one in fresh)
        return fresh

    def _tell_lost(self, count: int) -> None:
        if count:
            verb = "message was" if count == 1 else "messages were"
            self._tell(f"{self.shown}: {count} {verb} deleted from it after delivery and before the rows were written")

    def _put_aside(self, letter: DeadLetter) -> None:
        aside = f"{self._name}:dead"
        given = (self._name, aside, self._group, letter.message.id, *self._fields(letter))
        self._asked(lambda: self._client.eval(_PUT_ASIDE, 2, *given), where=f"{self.shown} or '{aside}' beside it")
        self._held.discard(letter.message.id)

    def _lag(self) -> Lag:
        import redis

        groups = {one["name"].decode(): one for one in self._client.xinfo_groups(self._name)}
        mine = groups.get(self._group)
        if mine is None:
            raise redis.ResponseError("NOGROUP")
        waiting, last = mine.get("lag"), mine["last-delivered-id"]
        if waiting is None:  # before Redis 7, and where messages in the middle were deleted
            waiting = self._client.eval(_COUNT_AFTER, 1, self._name, last, _COUNTED)
        elif waiting and not self._client.xrange(self._name, b"(" + last, "+", count=1):
            waiting = 0  # a server that has started again from its log takes what was read before it for unread
        return Lag(waiting=int(waiting), pending=int(mine["pending"]))

    def _fields(self, letter: DeadLetter) -> Iterator[bytes | str]:
        """The message's own fields, and what became of it under names that nobody else gives."""
        for field in letter.message.fields.items():
            yield from field
        yield from ("skewless:id", letter.message.id)
        yield from ("skewless:group", self._group)
        yield from ("skewless:reason", letter.reason)
        yield from ("skewless:time", self._now().isoformat(timespec="milliseconds"))

    def _received(self, ask: Callable[[], list[Message]]) -> list[Message]:
        import redis

        try:
            return self._asked(ask)
        except Exception as error:
            if isinstance(error.__cause__, redis.RedisError):
                # An answer that was lost on its way may have held messages, which are this consumer's by now.
                self._history = _BEGINNING
            raise

    def _asked(self, ask: Callable[[], _T], where: str | None = None) -> _T:
        """An answer of the server; the group is made when it is not there, at first or any more."""
        import redis

        try:
            if not self._has_group:
                self._make_group()
            try:
                return ask()
            except redis.ResponseError as error:
                if not is_gone(error):
                    raise
            self._tell(
                f"{self.shown} or its group '{self._group}' was deleted: the group reads from the beginning again"
            )
            self._make_group()
            return ask()
        except redis.RedisError as error:
            raise stream_error(error, where or self.shown, self._timeout) from error

    def _make_group(self) -> None:
        import redis

        try:
            self._client.xgroup_create(self._name, self._group, _BEGINNING, mkstream=True)
        except redis.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        self._has_group = True


def _client(place: RedisAddress, timeout: float, shown: str) -> Any:
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise DriverMissing("a stream in Redis", "redis") from error

    # Whether and when to try again is for who reads the stream to say.
    settings = {"socket_timeout": timeout, "socket_connect_timeout": place.connect_timeout, "protocol": 2}
    try:
        client = redis.Redis.from_url(place.url, retry=Retry(NoBackoff(), 0), **settings)
        client.connection_pool.make_connection()  # redis-py hands what it does not know of a URL to a connection
    except (ValueError, TypeError) as error:
        raise StoreError(
            f"{shown} cannot be connected to: {error}", help="look at the parameters of its URL"
        ) from error
    return client


def _messages(answer: Sequence[tuple[bytes | None, dict[bytes, bytes] | None]]) -> list[Message]:
    return [_message(place.decode(), fields or {}) for place, fields in answer if place is not None]


def _message(place: str, fields: dict[bytes, bytes]) -> Message:
    return Message(place, fields, arrival_of(place))


def arrival_of(place: str) -> dt.datetime | None:
    """When the server took a message: its id is the milliseconds, and a number within them. None if it is of an id that
    somebody made up, and no moment.

    The number counts as microseconds, so that of two messages of one millisecond the later one is known later.
    """
    milliseconds, _, number = place.partition("-")
    try:
        return moment_of(int(milliseconds) * 1000 + min(int(number or 0), 999))
    except OverflowError:
        return None
