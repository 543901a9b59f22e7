"""All pages of the program, and what is told whatever page is open."""

from __future__ import annotations

from PySide6.QtCore import QObject

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page_entry import Counting, PageEntry, resolve
from unison_desktop.frame.place import Place
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.counted import Counted
from unison_desktop.kernel.texts import _

ENTRIES: tuple[PageEntry, ...] = (
    PageEntry(
        "machines",
        _("Machines"),
        "machines",
        "unison_desktop.machines.board:BoardPage",
        under="machines",
        records=("unison_desktop.machines.calls:machines", "unison_desktop.machines.records:record"),
        topics=("machines.machine.created", "machines.machine.updated", "machines.machine.deactivated"),
        needs="machines.machine.read",
    ),
    PageEntry(
        "machine",
        _("Machine"),
        "machine",
        "unison_desktop.machines.page:MachinePage",
        under="machines",
        needs="machines.machine.read",
    ),
    PageEntry(
        "downtime",
        _("Downtime"),
        "state-stopped",
        "unison_desktop.machines.downtime.page:DowntimePage",
        under="downtime",
        needs="machines.downtime.read",
        waiting=Counting(
            "unison_desktop.machines.downtime.calls:waiting",
            topics=("machines.downtime",),
            slow_topics=("machines.machine.state_changed",),
            says=Counted(_("1 stop waits for a reason"), _("{n} stops wait for a reason")),
        ),
    ),
    PageEntry(
        "downtime-totals",
        _("Downtime totals"),
        "clock",
        "unison_desktop.machines.downtime.totals_page:TotalsPage",
        under="downtime",
        needs="machines.downtime.read",
    ),
    PageEntry(
        "downtime-reasons",
        _("Downtime reasons"),
        "info",
        "unison_desktop.machines.downtime.reasons_page:ReasonsPage",
        under="downtime",
        needs="machines.downtime_reason.read",
    ),
    PageEntry(
        "measurements",
        _("Measurements"),
        "gauge",
        "unison_desktop.quality.page:MeasurementsPage",
        under="measurements",
        needs="quality.measurement.read",
    ),
    PageEntry(
        "measured-values",
        _("All measurements"),
        "gauge",
        "unison_desktop.quality.values_page:ValuesPage",
        under="measurements",
        needs="quality.measurement.read",
        is_way=True,
    ),
    PageEntry(
        "characteristics",
        _("Characteristics"),
        "gauge",
        "unison_desktop.quality.characteristics_page:CharacteristicsPage",
        under="measurements",
        needs="quality.characteristic.read",
    ),
    PageEntry(
        "scans",
        _("Scans"),
        "code",
        "unison_desktop.codes.page:ScansPage",
        under="scans",
        needs="codes.scan.read",
    ),
    PageEntry(
        "item-patterns",
        _("Item patterns"),
        "code",
        "unison_desktop.codes.patterns_page:PatternsPage",
        under="scans",
        needs="codes.pattern.read",
    ),
    PageEntry(
        "refused-values",
        _("Refused values"),
        "warning",
        "unison_desktop.stations.refused.page:RefusedValuesPage",
        under="scans",
        needs="stations.peripheral.read",
        is_way=True,
    ),
    PageEntry(
        "pictures",
        _("Pictures"),
        "picture",
        "unison_desktop.stations.pictures.page:PicturesPage",
        under="pictures",
        needs="stations.picture.read",
    ),
    PageEntry(
        "stations",
        _("Stations"),
        "stations",
        "unison_desktop.stations.page:StationsPage",
        under="stations",
        needs="stations.agent.read",
    ),
    PageEntry(
        "overrides",
        _("Overrides"),
        "warning",
        "unison_desktop.stations.overrides.page:OverridesPage",
        under="stations",
        needs="stations.override.read",
        is_way=True,
    ),
    PageEntry(
        "configuration",
        _("Configuration"),
        "device",
        "unison_desktop.stations.configuration.page:ConfigurationPage",
        under="configuration",
        needs="stations.tag.read",
    ),
    PageEntry(
        "peripherals",
        _("Instruments"),
        "scanner",
        "unison_desktop.stations.peripherals.page:PeripheralsPage",
        under="peripherals",
        needs="stations.peripheral.read",
    ),
    PageEntry(
        "equipment",
        _("Equipment"),
        "machine",
        "unison_desktop.machines.setup.page:SetupPage",
        under="equipment",
        needs="machines.machine.update",
    ),
    PageEntry(
        "places",
        _("Plants and stores"),
        "warehouse",
        "unison_desktop.sites.page:PlacesPage",
        under="places",
        needs="sites.plant.read",
    ),
    PageEntry(
        "people",
        _("People"),
        "user",
        "unison_desktop.identity.people.page:PeoplePage",
        under="people",
        needs="identity.user.read",
    ),
    PageEntry(
        "roles",
        _("Roles"),
        "user",
        "unison_desktop.identity.roles.page:RolesPage",
        under="people",
        needs="identity.role.read",
        is_way=True,
    ),
    PageEntry(
        "api-keys",
        _("API keys"),
        "key",
        "unison_desktop.identity.keys.page:KeysPage",
        under="people",
        needs="identity.api_key.read",
        is_way=True,
    ),
    PageEntry(
        "invitations",
        _("Invitations"),
        "mail",
        "unison_desktop.identity.invitations.page:InvitationsPage",
        under="people",
        needs="identity.invitation.read",
        is_way=True,
    ),
    PageEntry(
        "messages",
        _("Mails to people"),
        "mail",
        "unison_desktop.identity.messages.page:MessagesPage",
        under="people",
        needs="identity.message.read",
        is_way=True,
    ),
    PageEntry(
        "badges",
        _("Badges"),
        "badge",
        "unison_desktop.identity.badges.page:BadgesPage",
        under="people",
        needs="identity.badge.read",
        is_way=True,
    ),
    PageEntry(
        "sign-on",
        _("Signing on at stations"),
        "badge",
        "unison_desktop.stations.sign_on.page:SignOnPage",
        under="people",
        needs="identity.badge.read",
        is_way=True,
    ),
    PageEntry(
        "inbox",
        _("Inbox"),
        "bell",
        "unison_desktop.identity.inbox.page:InboxPage",
        under="",
    ),
    PageEntry(
        "preferences",
        _("Preferences"),
        "user",
        "unison_desktop.identity.preferences.page:PreferencesPage",
        under="",
    ),
    PageEntry(
        "my-sessions",
        _("My sessions"),
        "user",
        "unison_desktop.identity.people.own_sessions_page:OwnSessionsPage",
        under="people",
    ),
    PageEntry(
        "second-factor",
        _("Password, second factor and PIN"),
        "key",
        "unison_desktop.identity.second_factor.page:SecondFactorPage",
        under="people",
    ),
    PageEntry(
        "second-factors",
        _("Second factors"),
        "key",
        "unison_desktop.identity.second_factor.standings_page:StandingsPage",
        under="people",
        needs="identity.second_factor.review",
        is_way=True,
    ),
    PageEntry(
        "organizations",
        _("Organizations"),
        "machine",
        "unison_desktop.identity.organizations.page:OrganizationsPage",
        under="settings",
        needs="identity.organization.read",
    ),
    PageEntry(
        "practice",
        _("Practice organization"),
        "forward",
        "unison_desktop.identity.practice.page:PracticePage",
        under="settings",
    ),
    PageEntry(
        "settings",
        _("Settings"),
        "settings",
        "unison_desktop.identity.settings.page:SettingsPage",
        under="settings",
        needs="identity.setting.read",
    ),
    PageEntry(
        "audit",
        _("Audit log"),
        "history",
        "unison_desktop.identity.audit.page:AuditPage",
        under="audit",
        needs="identity.audit.read",
    ),
)

NOTICES = {
    "stations.agent.silent": "unison_desktop.stations.silence:tell",
    "stations.agent.heard_again": "unison_desktop.stations.silence:tell",
    "stations.agent.certificate_came_due": "unison_desktop.stations.expiry:tell",
}
"""What is told whatever page is open: topic → `module:function` with `(desk, change, owner)`."""

NO_ROLE = PageEntry(
    "no-role", _("Welcome"), "user", "unison_desktop.frame.no_role_page:NoRolePage", under="people", is_way=True
)
"""Stands for the rooms of somebody who may see none; nobody else is led there."""

BY_NAME = {entry.name: entry for entry in (*ENTRIES, NO_ROLE)}
HOME = Place("machines")


def tell_notice(desk: Desk, change: Change, owner: QObject) -> None:
    """Let the room tell what happened, where it is one of `NOTICES`."""
    if target := NOTICES.get(change.topic):
        resolve(target)(desk, change, owner)
