"""What people type as the address of their server."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtNetwork import QHostAddress

from unison_desktop.kernel.texts import _

DEFAULT_PORT = 8450
DEFAULT = f"http://127.0.0.1:{DEFAULT_PORT}"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class BadAddressError(ValueError):
    """A text that is no address of a server; says what one looks like."""


def server_address(typed: str) -> str:
    """The full address: without a scheme https, on this PC http; without scheme and port, port 8450.

    Raises:
        BadAddressError: it names no host, or another scheme.
    """
    text = typed.strip()
    url = QUrl(text if "://" in text else f"unison://{text}", QUrl.ParsingMode.StrictMode)
    if not url.isValid() or not url.host() or url.scheme() not in ("http", "https", "unison") or " " in text:
        example = _("{typed} is no address of a server. Write for example unison.example or http://127.0.0.1:8450.")
        raise BadAddressError(example.format(typed=f"“{typed}”"))
    if url.scheme() == "unison":
        url.setScheme("http" if url.host() in _LOOPBACK else "https")
        url.setPort(url.port(DEFAULT_PORT))
    return f"{url.scheme()}://{url.authority(QUrl.ComponentFormattingOption.FullyEncoded)}"


def is_only_here(address: str) -> bool:
    """Whether the address reaches the server from its own PC alone."""
    host = QUrl(address).host()
    return host in ("localhost", "0.0.0.0", "::") or QHostAddress(host).isLoopback()  # noqa: S104 - nothing is bound


def only_here_warning(link: str) -> str:
    """Why a link opens nothing for people elsewhere, and what to set; empty where it does."""
    if not is_only_here(link):
        return ""
    words = _(
        "People at other PCs can't open it: its address {host} is only the server's own PC. Set UNISON_PUBLIC_ADDRESS "
        "(public_address in unison.toml) to the address by which others reach the server, start it again and make "
        "another link."
    )
    return words.format(host=QUrl(link).host())
