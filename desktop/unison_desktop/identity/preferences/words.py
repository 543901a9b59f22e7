"""What preferences are called."""

from __future__ import annotations

from unison_domain.identity.notification_contracts import Channel, NotificationKind, Priority
from unison_domain.identity.preference_contracts import Theme
from unison_domain.kernel.units import UnitSystem

from unison_desktop.kernel.texts import _

THEMES = {
    Theme.SYSTEM: _("those of the system"),
    Theme.LIGHT: _("light"),
    Theme.DARK: _("dark"),
}
UNITS = {
    UnitSystem.AS_MEASURED: _("as measured"),
    UnitSystem.SI: _("metric"),
    UnitSystem.US_CUSTOMARY: _("US customary (inch, pound)"),
}
CHANNELS = {
    Channel.INBOX: _("in the inbox"),
    Channel.INBOX_AND_EMAIL: _("in the inbox and by mail"),
    Channel.NONE: _("not at all"),
}
PRIORITIES = {
    Priority.URGENT: _("Urgent"),
    Priority.HIGH: _("High"),
    Priority.NORMAL: _("Normal"),
    Priority.LOW: _("Low"),
}
"""The most pressing first."""
KINDS = {
    NotificationKind.CALL_RAISED: _("A machine calls"),
    NotificationKind.CALL_SETTER: _("A machine calls a setter"),
    NotificationKind.CALL_MAINTENANCE: _("A machine calls maintenance"),
    NotificationKind.CALL_QUALITY: _("A machine calls quality"),
    NotificationKind.CALL_LOGISTICS: _("A machine calls logistics"),
    NotificationKind.AGENT_SILENT: _("A PC is silent"),
    NotificationKind.AGENT_HEARD_AGAIN: _("A PC is heard again"),
    NotificationKind.AGENT_NEVER_HEARD: _("A new PC is never heard"),
    NotificationKind.AGENT_CONFLICTED: _("A PC is there twice"),
    NotificationKind.AGENT_CERTIFICATE_DUE: _("A PC's certificate ends"),
    NotificationKind.EVENTS_WAIT: _("Events of a PC wait for a decision"),
    NotificationKind.DEVICE_SILENT: _("A device does not answer"),
    NotificationKind.CERTIFICATE_DUE: _("The server's certificate ends"),
    NotificationKind.COUNTER_STRAYED: _("A counter strayed"),
    NotificationKind.CORRECTION_DONE: _("My correction is done"),
    NotificationKind.CORRECTION_FAILED: _("My correction failed"),
    NotificationKind.CORRECTION_CANCELLED: _("My correction was cancelled"),
    NotificationKind.INVITATION_ACCEPTED: _("An invitation was accepted"),
    NotificationKind.PASSWORD_ASKED: _("Somebody waits for a new password"),
    NotificationKind.SECOND_FACTOR_REMOVED: _("My second factor was removed"),
}
"""All a person can be told of."""
