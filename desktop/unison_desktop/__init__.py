"""The desktop of Unison."""

import os

# Before any model is made: looking for plugins, of which there are none, reads every installed package at each start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
