"""Every right has words in both languages, and no words are of a right that is none."""

from __future__ import annotations

import httpx
import pytest
from unison_domain.identity.languages import Written
from unison_domain.identity.right_words import right_named, right_words, rights_with_own_words, room_words
from unison_server.kernel.permissions import known_permissions


@pytest.mark.parametrize("language", Written)
def test_every_right_is_said_in_words(client: httpx.Client, language: Written) -> None:
    said = {permission: right_words(permission, language) for permission in known_permissions()}
    assert [permission for permission, words in said.items() if words == permission] == []
    doubled = [words for words in said.values() if list(said.values()).count(words) > 1]
    assert doubled == [], "who lacks one of two must know which"


@pytest.mark.parametrize("language", Written)
def test_every_room_of_rights_has_a_name(client: httpx.Client, language: Written) -> None:
    said = {room_words(permission, language) for permission in known_permissions()}
    rooms = {permission.partition(".")[0] for permission in known_permissions()}
    assert (len(said), said & rooms) == (len(rooms), set())


def test_words_are_of_rights_that_there_are(client: httpx.Client) -> None:
    assert rights_with_own_words() - known_permissions() == frozenset()


def test_the_code_stands_behind_the_words_and_alone_where_there_are_none() -> None:
    assert right_named("machines.machine.read") == "“see machines” (machines.machine.read)"
    assert right_named("machines.machine.read", Written.GERMAN) == "„Maschinen sehen“ (machines.machine.read)"
    assert right_named("of.later.version") == "of.later.version"
