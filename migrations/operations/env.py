"""Alembic's door to the database `operations`."""

from unison_server.kernel.migrate import run_environment

run_environment()
