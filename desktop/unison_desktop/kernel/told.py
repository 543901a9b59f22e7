"""What programs of PCs tell in sentences, in the language of this program and with the person's decimal sign."""

from __future__ import annotations

from unison_domain.stations.sentences import in_language

from unison_desktop.kernel.texts import spoken


def told(sentence: str) -> str:
    """A sentence of an agent; in English where nobody wrote it in that language."""
    return in_language(sentence, spoken())
