"""What messages look like: plain text and HTML from the templates in `message_texts/`, two for each kind and language.

The first line of the plain one is the subject. A placeholder is `$name`; what stands in its place is escaped in HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from html import escape
from importlib import resources
from string import Template

from unison_domain.identity.languages import Written
from unison_domain.identity.message_contracts import MessageKind

_SUBJECT = "Subject: "


def write_letter(
    kind: MessageKind,
    parameters: Mapping[str, str],
    language: Written,
    *,
    sender: str,
    recipient: str,
    key: str,
    written_at: datetime,
) -> EmailMessage:
    """The message as it goes out.

    Args:
        parameters: by the names of placeholders. key: tells it from every other message, however often it is sent.
    """
    plain = {name: " ".join(value.split()) for name, value in parameters.items()}
    first, _, text = _template(f"{language}/{kind}.txt").substitute(plain).partition("\n")
    letter = EmailMessage()
    letter["Subject"] = first.removeprefix(_SUBJECT)
    letter["From"] = Address("Unison", addr_spec=sender)
    letter["To"] = Address(addr_spec=recipient)
    letter["Date"] = format_datetime(written_at)
    letter["Message-ID"] = f"<{key}@{sender.partition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text.lstrip("\n"))
    escaped = {name: escape(value) for name, value in plain.items()}
    letter.add_alternative(_template(f"{language}/{kind}.html").substitute(escaped), subtype="html")
    return letter


@cache
def _template(name: str) -> Template:
    return Template((resources.files("unison_server.identity") / "message_texts" / name).read_text("utf-8"))
