"""A file of any size from the server, written to disk as it comes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QIODevice, QObject, QSaveFile, Signal
from PySide6.QtNetwork import QNetworkReply, QNetworkRequest

from unison_desktop.kernel.client import ApiClient, Call, Query
from unison_desktop.kernel.errors import ApiError, Trouble
from unison_desktop.kernel.own_csv import ask_for_csv
from unison_desktop.kernel.texts import _

_SILENCE_MS = 120_000
"""So long the server may look for the first row, or the next ones, before it is given up."""
_AT_ONCE = 1 << 20
"""Bytes that wait in memory at most while the disk is slow."""
_OK = 200
_END_OF_ROW = b"\r\n"


class FileCall(Call):
    """A CSV file: it is there under its name when all of it came, and before that not at all.

    Signals:
        progressed: rows that were written, and how many there will be (0: nobody knows).
        done: the `Path`.
    """

    progressed = Signal(int, int)

    def __init__(self, client: ApiClient, path: str, query: Query, file: Path, owner: QObject) -> None:
        self._path = file
        self._file = QSaveFile(str(file))
        self._rows = -1  # the headings are none
        self._problem = "" if self._file.open(QIODevice.OpenModeFlag.WriteOnly) else self._file.errorString()
        request = client.request(path, query)
        request.setTransferTimeout(_SILENCE_MS)
        ask_for_csv(request)
        super().__init__(client, "GET", request, None, self._end, owner)

    def cancel(self) -> None:
        self._drop_file()
        super().cancel()

    def _send(self) -> QNetworkReply:
        reply = super()._send()
        reply.setReadBufferSize(_AT_ONCE)
        reply.readyRead.connect(self._take)
        return reply

    def _drop_reply(self) -> None:
        if self._reply is not None:
            self._reply.readyRead.disconnect(self._take)
        super()._drop_reply()

    def _take(self) -> None:
        reply = self._reply
        if reply is None or _status(reply) != _OK:
            return
        self._write(bytes(reply.readAll().data()))
        total = bytes(reply.rawHeader("X-Rows").data())
        self.progressed.emit(max(0, self._rows), int(total) if total.isdigit() else 0)
        if self._problem:
            self._drop_reply()
            self._fail(self._unwritten())

    def _write(self, content: bytes) -> None:
        self._rows += content.count(_END_OF_ROW)
        if not self._problem and self._file.write(content) != len(content):
            self._problem = self._file.errorString()

    def _end(self, rest: bytes) -> Path:
        self._write(rest)
        if not self._problem and not self._file.commit():
            self._problem = self._file.errorString()
        return self._path

    def _succeed(self, body: bytes) -> None:
        self._end(body)
        if self._problem:
            self._fail(self._unwritten())
            return
        self.deleteLater()
        self.done.emit(self._path)

    def _fail(self, error: ApiError) -> None:
        self._drop_file()
        super()._fail(error)

    def _drop_file(self) -> None:
        """Now, not when the last reference to the file goes."""
        if self._file.isOpen():
            self._file.cancelWriting()
            self._file.commit()  # removes what was written

    def _unwritten(self) -> ApiError:
        text = _("{path} could not be written: {reason}")
        return ApiError(Trouble.UNREADABLE, text.format(path=self._path, reason=self._problem))


def _status(reply: QNetworkReply) -> object:
    return reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
