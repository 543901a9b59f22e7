"""One window per person and data folder: a second start raises the first and says where to go."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_ANSWER_MS = 1_000
_LONGEST = 4_096


class SingleInstance(QObject):
    """The door at which later starts knock.

    Signals:
        knocked: what the later start was asked to open, a place as text; may be empty.
    """

    knocked = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = f"unison-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def claim(self, place: str) -> bool:
        """Be the one instance; False if another runs, which is then told to come forward and open `place`."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if socket.waitForConnected(_ANSWER_MS):
            socket.write(place.encode()[:_LONGEST] + b"\n")
            socket.waitForBytesWritten(_ANSWER_MS)
            socket.disconnectFromServer()
            return False
        if not self._server.listen(self._name):
            QLocalServer.removeServer(self._name)  # left behind by a crash: nobody answered
            self._server.listen(self._name)
        return True

    def release(self) -> None:
        """Let others be it."""
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(self._on_ready)
            socket.disconnected.connect(socket.deleteLater)
            if socket.canReadLine():
                self._read(socket)

    def _on_ready(self) -> None:
        socket = self.sender()
        if isinstance(socket, QLocalSocket) and socket.canReadLine():
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        line = bytes(socket.readLine(_LONGEST).data())
        self.knocked.emit(line.decode("utf-8", "replace").strip())
