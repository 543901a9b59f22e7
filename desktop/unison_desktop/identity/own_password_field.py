"""The field in which one types one's own password again."""

from __future__ import annotations

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.fields import Field
from unison_desktop.identity.people.forms import PasswordEditor
from unison_desktop.kernel.texts import _


def own_password(desk: Desk, name: str = "password") -> Field:
    """The field; in a practice organization nobody has a password, and what is typed there is not looked at."""
    me = desk.session.me
    if me is not None and me.is_practice:
        help_ = _("Anything will do: in the practice organization nobody has a password.")
    else:
        help_ = _("Your own, which you sign in with.")
    return Field(name, _("Password"), PasswordEditor, help_)
