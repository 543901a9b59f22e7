"""Requests about settings: those of one's organization, and those of the server."""

from __future__ import annotations

from pydantic import BaseModel
from PySide6.QtCore import QObject
from unison_domain.identity.setting_contracts import SettingAnswer

from unison_desktop.kernel.client import ApiClient, Call


def settings(client: ApiClient, *, of_server: bool, owner: QObject) -> Call:
    """All of them; `done` brings a list of `SettingAnswer`."""
    return client.get_list(_path(of_server), item=SettingAnswer, owner=owner)


def set_setting(client: ApiClient, key: str, body: BaseModel, *, version: int, of_server: bool, owner: QObject) -> Call:
    """Set one; `done` brings the `SettingAnswer`."""
    path = f"{_path(of_server)}/{key}"
    return client.put(path, body, version=version, read=SettingAnswer, owner=owner)


def clear_setting(client: ApiClient, one: SettingAnswer, *, of_server: bool, owner: QObject) -> Call:
    """Set nothing there; `done` brings the `SettingAnswer`."""
    return client.delete(f"{_path(of_server)}/{one.key}", version=one.version, read=SettingAnswer, owner=owner)


def _path(of_server: bool) -> str:
    return "/server-settings" if of_server else "/settings"
