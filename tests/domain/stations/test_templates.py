"""Register maps that come with Unison."""

from __future__ import annotations

from uuid import UUID, uuid5

import pytest
from unison_domain.stations.configuration import DeviceConfiguration, TagConfiguration
from unison_domain.stations.read_plan import plan
from unison_domain.stations.templates import DeviceTemplate, template_of, templates

NOBODY = UUID(int=0)


def device(template: DeviceTemplate) -> DeviceConfiguration:
    """All that the template knows, as an agent would be told."""
    tags = tuple(
        TagConfiguration(**tag.settings.model_dump(), id=uuid5(NOBODY, tag.settings.name), device_id=NOBODY)
        for tag in template.tags
    )
    fields = {"id": NOBODY, "station_id": NOBODY, "name": template.code, "host": "meter", "tags": tags}
    return DeviceConfiguration.model_validate({**fields, **template.defaults})


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.code)
def test_every_value_is_read_by_few_requests(template: DeviceTemplate) -> None:
    asked = plan(device(template))
    assert asked.refusals == ()
    assert sum(len(block.spans) for block in asked.blocks) == len(template.tags)


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.code)
def test_names_tell_tags_apart_and_two_never_lie_over_each_other(template: DeviceTemplate) -> None:
    settings = [tag.settings for tag in template.tags]
    assert len({one.name for one in settings}) == len(settings)
    covered = [(one.table, one.address + n) for one in settings for n in range(one.registers)]
    assert len(set(covered)) == len(covered)
    assert any(tag.chosen for tag in template.tags)
    assert len(template.source) > 40, "the document, its version, and where in it"


def test_codes_are_found_and_unknown_ones_are_not() -> None:
    assert len({template.code for template in templates()}) == len(templates()) >= 10
    assert template_of("janitza-umg96rm") is not None
    assert template_of("none") is None


def test_no_request_to_a_pac3200_ends_within_a_value() -> None:
    template = template_of("siemens-pac3200")
    assert template is not None
    starts = {tag.settings.address for tag in template.tags}
    ends = {tag.settings.address + tag.settings.registers for tag in template.tags}
    for block in plan(device(template)).blocks:
        assert block.address in starts
        assert block.end in ends
