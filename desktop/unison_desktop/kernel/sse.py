"""The wire format of server-sent events (WHATWG HTML, 9.2.6), read from chunks as they arrive."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One event of a stream: its name (`message` if the server gave none), its data, and the last id seen with it."""

    name: str
    data: str
    id: str


class SseParser:
    """Turns chunks of bytes, cut anywhere, into events; comments (heartbeats) yield nothing."""

    def __init__(self) -> None:
        self._rest = b""
        self._name = ""
        self._data: list[str] = []
        self._id = ""

    def feed(self, chunk: bytes) -> list[SentEvent]:
        """The events completed by this chunk."""
        text = self._rest + chunk
        # A carriage return at the end may be half of a line end: wait for the next chunk.
        held = b"\r" if text.endswith(b"\r") else b""
        lines = text[: len(text) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop() + held
        return [event for line in lines if (event := self._take(line.decode("utf-8", "replace")))]

    def _take(self, line: str) -> SentEvent | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "event":
                self._name = value
            case "data":
                self._data.append(value)
            case "id" if "\x00" not in value:
                self._id = value
        return None

    def _dispatch(self) -> SentEvent | None:
        name, data = self._name, self._data
        self._name, self._data = "", []
        # An event without data is dispatched too when it has a name: `reset` needs no body.
        return SentEvent(name or "message", "\n".join(data), self._id) if data or name else None
