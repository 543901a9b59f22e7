"""The version of the agent, as its distribution says."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("unison-station")
except PackageNotFoundError:
    VERSION = "0+source"
