"""The parts of the embedded PostgreSQL: programs, places, passwords, the files of its cluster, its process."""


class EmbeddedError(Exception):
    """The embedded PostgreSQL can't run; the text says why and what to do."""
