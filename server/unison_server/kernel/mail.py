"""Hands messages to a mail server by SMTP (RFC 5321), one at a time.

A message counts as handed over when the server has said 250 to its end. Where the line breaks before we hear that, it
may have been taken nevertheless: it is handed over again under the same Message-ID, by which mailboxes fold the two.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from unison_server.kernel.settings import Settings

PATIENCE_SECONDS = 20.0
"""For each step of the conversation."""
_MOST_SAID = 500


class NotSentError(Exception):
    """The message was not taken; the text is what the server, or the network, said.

    Attributes:
        is_final: it never will be, e.g. as the server knows no such mailbox.
    """

    def __init__(self, said: str, *, is_final: bool) -> None:
        super().__init__(said[:_MOST_SAID])
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where messages are handed over.

    Attributes:
        tls: `starttls`, `tls` or `none`. sender: address they come from.
    """

    host: str
    port: int
    tls: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, settings: Settings) -> MailServer | None:
        """That of the settings, or None where they name none."""
        if not settings.smtp_host:
            return None
        return cls(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_tls,
            settings.mail_from,
            settings.smtp_user,
            settings.smtp_password,
        )

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand one message over for one mailbox.

        Raises:
            NotSentError: it was not taken.
        """
        try:
            with self._connected() as line:
                line.send_message(message, self.sender, [recipient])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = error.recipients[recipient]
            raise NotSentError(_words(code, said), is_final=_is_final(code)) from None
        except smtplib.SMTPDataError as error:
            raise NotSentError(_words(error.smtp_code, error.smtp_error), is_final=_is_final(error.smtp_code)) from None
        except smtplib.SMTPResponseException as error:
            # Of us and not of the message: who looks after the server can mend it in the meantime.
            raise NotSentError(_words(error.smtp_code, error.smtp_error), is_final=False) from None
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            where = f"{self.host}:{self.port}"
            raise NotSentError(f"{where}: {error or type(error).__name__}", is_final=False) from None

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        trusted = ssl.create_default_context()
        if self.tls == "tls":
            line: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=PATIENCE_SECONDS, context=trusted)
        else:
            line = smtplib.SMTP(self.host, self.port, timeout=PATIENCE_SECONDS)
        try:
            if self.tls == "starttls":
                line.starttls(context=trusted)
            if self.user:
                line.login(self.user, self.password)
            yield line
            _say_goodbye(line)
        finally:
            line.close()


def _say_goodbye(line: smtplib.SMTP) -> None:
    """The message is taken: whatever becomes of the goodbye changes nothing."""
    try:
        line.quit()
    except (smtplib.SMTPException, OSError):
        return


def _is_final(code: int) -> bool:
    return code >= 500


def _words(code: int, said: bytes | str) -> str:
    return f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
