"""What notifications say, and how they reach people."""

from __future__ import annotations

from itertools import product

import pytest
from pydantic import ValidationError
from unison_domain.identity.languages import Written, written_for
from unison_domain.identity.notification_contracts import CALLS, Channel, NotificationKind, Priority
from unison_domain.identity.notification_words import PRIORITIES, channel_of, priority_of, words_of
from unison_domain.identity.preference_contracts import PreferencesAnswer, PreferencesReplace
from unison_domain.machines.calls import CallKind

KNOWN = [kind for kind in NotificationKind if kind is not NotificationKind.UNKNOWN]


def test_every_kind_has_a_priority_and_words_in_every_language() -> None:
    assert set(PRIORITIES) == set(KNOWN)
    for kind, language in product(KNOWN, Written):
        words = words_of(kind, {}, language)
        assert words.title
        assert words.message
        assert "{" not in words.title + words.message


def test_every_language_says_the_same() -> None:
    told = {
        name: f"<{name}>" for name in ("machine", "name", "plant", "called", "person", "note", "agent", "ends", "email")
    }
    for kind, language in product(KNOWN, Written):
        said, english = "".join(words_of(kind, told, language)), "".join(words_of(kind, told))
        assert {one for one in told.values() if one in said} == {one for one in told.values() if one in english}


def test_whom_a_machine_calls_is_said_in_the_language_of_who_is_told() -> None:
    for called in set(CallKind) - {CallKind.UNKNOWN}:
        title = words_of(NotificationKind.CALL_RAISED, {"machine": "M1", "called": called}, Written.GERMAN).title
        assert title.startswith("M1 ruft: ")
        assert called not in title


@pytest.mark.parametrize(
    ("preferred", "written"),
    [(None, "de"), ("fr", "de"), ("en", "en"), ("en-GB", "en"), ("de-AT", "de"), ("", "de")],
)
def test_who_prefers_no_language_that_is_written_gets_that_of_the_others(preferred: str | None, written: str) -> None:
    assert written_for(preferred, Written.GERMAN) == written


def test_words_name_the_thing_and_what_is_not_known_leaves_nothing_behind() -> None:
    said = {"machine": "M1", "name": "Mill {called}", "plant": "BER", "called": "maintenance"}
    words = words_of(NotificationKind.CALL_RAISED, said)
    assert words == ("M1 calls for maintenance", "Mill {called}, plant BER.")


def test_a_kind_of_a_later_version_is_told_as_it_came() -> None:
    assert NotificationKind("fire") is NotificationKind.UNKNOWN
    assert priority_of(NotificationKind.UNKNOWN) is Priority.UNKNOWN


def test_a_kind_goes_before_its_priority_and_nothing_said_is_the_inbox() -> None:
    kind = NotificationKind.AGENT_SILENT
    high = {Priority.HIGH: Channel.INBOX_AND_EMAIL}
    assert channel_of(kind, {}, {}) is Channel.INBOX
    assert channel_of(kind, {}, high) is Channel.INBOX_AND_EMAIL
    assert channel_of(kind, {kind: Channel.NONE}, high) is Channel.NONE
    assert channel_of(NotificationKind.CALL_RAISED, {kind: Channel.NONE}, high) is Channel.INBOX


def test_what_is_said_of_one_call_goes_before_what_is_said_of_all() -> None:
    said = {NotificationKind.CALL_RAISED: Channel.NONE, NotificationKind.CALL_MAINTENANCE: Channel.INBOX_AND_EMAIL}
    assert channel_of(NotificationKind.CALL_MAINTENANCE, said, {}) is Channel.INBOX_AND_EMAIL
    assert channel_of(NotificationKind.CALL_SETTER, said, {}) is Channel.NONE
    assert channel_of(NotificationKind.CALL_SETTER, {}, {Priority.URGENT: Channel.NONE}) is Channel.NONE
    assert {NotificationKind(f"call_{called}") for called in set(CallKind) - {CallKind.UNKNOWN}} == CALLS


@pytest.mark.parametrize(
    "bad",
    [
        {"theme": "pink"},
        {"theme": "unknown"},
        {"units": "imperial"},
        {"units": None},
        {"language": "German"},
        {"time_zone": "Europe/Atlantis"},
        {"by_kind": {"fire": "inbox"}},
        {"by_kind": {"call_raised": "pigeon"}},
        {"by_priority": {"unknown": "inbox"}},
        {"font": "large"},
    ],
)
def test_preferences_this_version_does_not_know_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PreferencesReplace.model_validate(bad)


def test_an_older_program_reads_preferences_of_a_newer_one() -> None:
    said = {"version": 3, "theme": "sepia", "units": "planck", "by_kind": {"fire": "pigeon", "call_raised": "none"}}
    read = PreferencesAnswer.model_validate({**said, "font": "large"})
    assert (read.theme, read.units) == ("unknown", "unknown")
    assert read.by_kind[NotificationKind.CALL_RAISED] is Channel.NONE
