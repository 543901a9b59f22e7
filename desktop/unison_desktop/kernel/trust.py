"""Whether this is the server: an installation's own authority is compared once by a person, then trusted alone."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtNetwork import (
    QNetworkAccessManager,
    QNetworkReply,
    QNetworkRequest,
    QSsl,
    QSslCertificate,
    QSslConfiguration,
    QSslSocket,
)
from unison_domain.stations.enrolment_code import fingerprint

from unison_desktop.kernel.texts import _

AUTHORITY_PATH = "/api/v1/authority"
TIME_OUT_MS = 10_000


def fingerprint_of(authority: QSslCertificate) -> str:
    """As `unison tls status` prints it at the server, and enrolment codes carry it."""
    return fingerprint(bytes(authority.toDer().data()))


class KnownAuthorities:
    """Authorities that people compared and accepted on this PC: one PEM file per server.

    Without a folder they are forgotten with the program.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._read: dict[str, QSslCertificate | None] = {}

    def file_of(self, server: str) -> Path | None:
        """Where the server's is kept; deleting it has people compare anew."""
        return self._folder and self._folder / f"{quote(urlsplit(server).netloc, safe='')}.pem"

    def of(self, server: str) -> QSslCertificate | None:
        """The only authority trusted for the server; None: what the system trusts.

        A file that is damaged trusts nobody, which is told like any other doubt.
        """
        if server not in self._read:
            file = self.file_of(server)
            self._read[server] = QSslCertificate(file.read_bytes()) if file and file.exists() else None
        return self._read[server]

    def keep(self, server: str, authority: QSslCertificate) -> None:
        """Trust it for this server from now on, and nothing else."""
        self._read[server] = authority
        file = self.file_of(server)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_suffix(".new")
            fresh.write_bytes(bytes(authority.toPem().data()))
            fresh.replace(file)

    def secure(self, request: QNetworkRequest, server: str) -> None:
        """Have a request trust only what is known of its server."""
        authority = self.of(server)
        if authority is not None:
            configuration = QSslConfiguration.defaultConfiguration()
            configuration.setCaCertificates([authority])
            configuration.setProtocol(QSsl.SslProtocol.TlsV1_2OrLater)
            request.setSslConfiguration(configuration)


class TlsProbe(QObject):
    """Finds out whether a server that gave no answer over http speaks https, and sends it nothing.

    Signals:
        told: whether it does.
    """

    told = Signal(bool)

    def __init__(self, server: str, parent: QObject) -> None:
        super().__init__(parent)
        self._socket = QSslSocket(self)
        self._socket.setPeerVerifyMode(QSslSocket.PeerVerifyMode.VerifyNone)
        self._socket.encrypted.connect(self._on_encrypted)
        self._socket.errorOccurred.connect(self._on_nothing)
        self._patience = QTimer(self, singleShot=True, interval=TIME_OUT_MS)
        self._patience.timeout.connect(self._on_nothing)
        self._patience.start()
        url = QUrl(server)
        self._socket.connectToHostEncrypted(url.host(), url.port(80))

    def _on_encrypted(self) -> None:
        self._end(True)

    def _on_nothing(self) -> None:
        self._end(False)

    def _end(self, speaks: bool) -> None:
        self._patience.stop()
        self._socket.disconnect(self)
        self._socket.abort()
        self.deleteLater()
        self.told.emit(speaks)


class FirstContact(QObject):
    """Asks a server that is not trusted yet for its authority, and sends it nothing.

    Signals:
        found: the authority, a `QSslCertificate`, to be compared by a person.
        failed: why there is none, as a text.
    """

    found = Signal(object)
    failed = Signal(str)

    def __init__(self, server: str, parent: QObject) -> None:
        super().__init__(parent)
        self._server = server
        # A manager of its own: connections that trust anybody must never be used again for anything else.
        self._network = QNetworkAccessManager(self)
        request = QNetworkRequest(QUrl(f"{server}{AUTHORITY_PATH}"))
        request.setTransferTimeout(TIME_OUT_MS)
        configuration = QSslConfiguration.defaultConfiguration()
        configuration.setPeerVerifyMode(QSslSocket.PeerVerifyMode.VerifyNone)
        request.setSslConfiguration(configuration)
        self._reply = self._network.get(request)
        self._reply.finished.connect(self._finish)

    def _finish(self) -> None:
        self.deleteLater()
        certificates = QSslCertificate.fromData(self._reply.readAll())
        answered = self._reply.error() is QNetworkReply.NetworkError.NoError
        if answered and len(certificates) == 1 and not certificates[0].isNull():
            self.found.emit(certificates[0])
            return
        text = _(
            "The certificate of {server} is not trusted on this PC, and the server has no authority of its own to "
            "compare. Ask your administrator."
        )
        self.failed.emit(text.format(server=self._server))
