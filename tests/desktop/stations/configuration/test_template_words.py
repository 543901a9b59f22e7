"""Every template that comes with Unison has its words in the desktop."""

from __future__ import annotations

import re

import pytest
from unison_desktop.stations.configuration import template_words
from unison_desktop.stations.configuration.template_words import note_of, tip_of, value_name
from unison_domain.stations.templates import DeviceTemplate, templates

CHANNEL = re.compile(r"D[IO]\d+")


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.code)
def test_all_its_words_are_known(template: DeviceTemplate) -> None:
    assert template.code in template_words._NOTES
    assert note_of(template) == template.note
    for tag in template.tags:
        plain = template_words._PHASE.sub("", tag.settings.name)
        assert plain in template_words._VALUES or CHANNEL.match(plain), plain
        assert value_name(tag.settings.name) == tag.settings.name, "English is as the template has it"
        assert tag.note is None or tag.note in template_words._TIPS
        assert tip_of(tag.note) == (tag.note or "")


def test_no_words_are_kept_of_templates_that_are_gone() -> None:
    assert set(template_words._NOTES) == {template.code for template in templates()}
