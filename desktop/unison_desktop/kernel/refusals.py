"""What the server refuses, in the person's language: by its code, because its sentences are English.

A sentence that names things and values is kept beside the translated one. English is said as the server says it.
"""

from __future__ import annotations

from collections.abc import Mapping

from unison_domain.kernel.contracts import FieldError, Problem

from unison_desktop.kernel.texts import ENGLISH, _, spoken

_WHOLE: Mapping[str, str] = {
    "badge_unknown": _("Nobody was given this badge."),
    "badge_lost": _("This badge was reported lost; hand it in."),
    "badge_revoked": _("This badge is not valid any more; hand it in."),
    "beyond_own_rights": _("You can't give or take what you may not do yourself."),
    "changed_since_preview": _("Something changed since the preview; look at a new one."),
    "common": _("This password is among the first that are guessed; choose another."),
    "key_reused": _("The same request was sent with other content; try again."),
    "last_administrator": _("This is the last active administrator: make somebody else one first."),
    "login_failed": _("Organization, user or password is wrong."),
    "mfa_set_up": _("An authenticator is set up already; remove it first."),
    "mfa_wrong": _("This is not the code your authenticator shows now; is its clock right?"),
    "no_neighbours": _("Only neighbours of one stop can become one."),
    "nothing_to_undo": _("Nothing was said of this stop that could be taken back."),
    "organization_inactive": _("This organization is not active; an administrator of the server can make it so again."),
    "password_wrong": _("This is not your password."),
    "person_needed": _("Only a person does this; sign in instead of using a key."),
    "pin_wrong": _("Name or PIN is wrong."),
    "second_factor_needed": _("Type the code your authenticator shows, or a recovery code."),
    "second_factor_wrong": _("This is neither the code your authenticator shows now nor an unused recovery code."),
    "session_ended": _("This session has ended; sign in again."),
    "state_unknown": _("Say a state that you know the machine is in."),
    "token_expired": _("The sign-in has run out; sign in again."),
    "token_invalid": _("The sign-in is not valid any more; sign in again."),
    "too_many": _("Too many tries; try again later."),
    "two_causes": _("The machine tells two causes; say which reason both have."),
    "two_scopes": _("Name a machine, or a type of machines, or neither; not both."),
    "version_clash": _("Somebody changed this meanwhile: look at it again."),
}
"""Where the code says it all."""

_BESIDE: Mapping[str, str] = {
    "agent_not_enrolled": _("No PC would carry this out; enrol one first."),
    "call_moved_on": _("The call went on meanwhile."),
    "csv_invalid": _("The file has mistakes."),
    "finer_than_resolution": _("The value is finer than the characteristic is measured."),
    "in_the_future": _("This lies in the future."),
    "in_use": _("This is in use still."),
    "inactive": _("This is no longer in use, or not active."),
    "invited": _("This e-mail was invited already."),
    "is_practice": _("This can't be done with a practice organization."),
    "machine_ran": _("The machine ran at that time."),
    "line_settings_disagree": _("All devices of a line are set alike."),
    "not_allowed": _("You may not do this."),
    "not_assigned": _("This place is not assigned to the person."),
    "not_found": _("This is not there, or you may not see it."),
    "not_unique": _("There is such a one already; choose another name or number."),
    "of_server": _("Only the server sets this."),
    "organization_wide": _("This holds in the whole organization, not in one plant."),
    "other_plant": _("This belongs to another plant."),
    "out_of_use": _("This is out of use: bring it back first."),
    "out_of_use_above": _("What it belongs to is out of use: bring that back first."),
    "out_of_range": _("The value is not within its limits."),
    "overlap": _("Somebody spoke of some of that time already."),
    "own_organization": _("You are signed in to this organization: somebody of another one can do this."),
    "past": _("This moment is past."),
    "place_keeps": _("You may change what belongs to this place, and take nothing of it out of use."),
    "place_read_only": _("You may see this place, and not change it."),
    "span_invalid": _("This is no stretch of time."),
    "taken": _("This is taken already; choose another."),
    "too_many_rows": _("Too much matches; narrow the filters."),
    "too_short": _("This is too short."),
    "unit_differs": _("The unit is another one."),
    "unit_in_use": _("The unit stays: values were measured in it."),
}
"""Where things or values are named."""

_FIELDS: Mapping[str, str] = {
    "common": _WHOLE["common"],
    "finer_than_resolution": _BESIDE["finer_than_resolution"],
    "invited": _BESIDE["invited"],
    "missing": _("This is needed."),
    "no_such": _("There is no such one; choose another."),
    "not_unique": _BESIDE["not_unique"],
    "past": _BESIDE["past"],
    "taken": _BESIDE["taken"],
    "too_short": _BESIDE["too_short"],
}
"""Beside a field, whose value is in sight."""

CODES = frozenset({*_WHOLE, *_BESIDE, *_FIELDS})
"""All that are said here."""


def in_own_language(problem: Problem) -> Problem:
    """The problem as its person reads it; what has no words here stays as the server says it."""
    if spoken() == ENGLISH:
        return problem
    said = _WHOLE.get(problem.code) or _with_detail(problem)
    return problem.model_copy(update={"detail": said, "errors": [_of_field(error) for error in problem.errors]})


def _with_detail(problem: Problem) -> str:
    begin = _BESIDE.get(problem.code)
    return (
        _("{refused} The server says: {detail}").format(refused=begin, detail=problem.detail)
        if begin
        else problem.detail
    )


def _of_field(error: FieldError) -> FieldError:
    return error.model_copy(update={"message": _FIELDS.get(error.code, error.message)})
