"""Which codes came into sight: each counts once until it was gone for a while."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

from unison_station.cameras.code import Code, Key, fingerprint


@dataclass(slots=True)
class _Seen:
    """`gone_at`: when the first picture showed it no more; None while it is in sight."""

    code: Code
    reads: int = 0
    gone_at: float | None = None
    is_believed: bool = False
    is_told: bool = False

    @property
    def is_waiting(self) -> bool:
        """It is a code, and nobody took it yet."""
        return self.is_believed and not self.is_told


class Presence:
    """Pure: times come from outside, in seconds that only grow.

    A code with a checksum counts at its first sight; one without, or that is doubtful, after so many equal reads
    without another code of its symbology between them. It counts again when pictures showed it no more for
    `absent_seconds`; while none came, as a busy PC or a lost camera has it, it was not away.
    One without a checksum that is shorter than `least_length` is taken for stripes that look like a code, unless its
    bars are as printed, or somebody knows such a code.
    """

    def __init__(
        self,
        absent_seconds: float,
        confirmations: int,
        least_length: int,
        counted: Iterable[str] = (),
        knows: Callable[[Code], bool] = lambda _: False,
    ) -> None:
        """Begin.

        Args:
            knows: whether the station expects such a code, however short it is.
            counted: fingerprints of what was in sight and had counted when nobody looked any more.
        """
        self._absent = absent_seconds
        self._confirmations = confirmations
        self._least_length = least_length
        self._knows = knows
        self._seen: dict[Key, _Seen] = {}
        self._former: dict[str, float | None] = dict.fromkeys(counted)
        self._bound: list[frozenset[Key]] = []
        self._lost: list[Code] = []

    def see(self, codes: Iterable[Code], at: float, held: Container[Key] = ()) -> list[Code]:
        """Take what one picture shows; those that count now, in the same order, after them those taken back and held.

        Args:
            held: keys of codes that were not read, but whose place looks as it did when they were.
        """
        codes = list(codes)
        self._forget(at)
        self._recall(codes, at)
        shown = {code.key: code for code in codes if self.believes(code)}
        for key, seen in self._seen.items():
            if key in shown:
                continue
            if key in held:
                seen.gone_at = None
            elif seen.gone_at is None:
                seen.gone_at = at
            if any(other.key[0] == key[0] and not other.is_again for other in shown.values()):
                seen.reads = 0  # another one of its kind was read instead: reads in a row begin anew
        for code in shown.values():
            self._note(code)
        there = [self._seen[key] for key in [*shown, *(key for key in self._seen if key not in shown)]]
        counting = [seen for seen in there if seen.is_waiting and seen.gone_at is None]
        for seen in counting:
            seen.is_told = True
        return [seen.code for seen in counting]

    def believes(self, code: Code) -> bool:
        """It is none that is so short that stripes look like it."""
        is_long = code.has_checksum or len(code.text) >= self._least_length
        return is_long or code.is_printed or code.key in self._seen or self._knows(code)

    def is_unsure(self, code: Code) -> bool:
        """It is believed to be a code, but neither counted nor was confirmed."""
        seen = self._seen.get(code.key)
        return seen is not None and not (seen.is_told or seen.is_believed)

    def take_back(self, codes: Iterable[Code]) -> None:
        """These were not taken: they count again at the next sight, where they are still there."""
        keys = {code.key for code in codes}
        for key in keys & self._seen.keys():
            self._seen[key].is_told = False
        self._bound = [bound for bound in self._bound if not bound & keys]

    def bind(self, codes: Iterable[Code]) -> None:
        """These counted together: none of them is away while another one is in sight.

        What counted with one of them before, and is not among them, is away when it is out of sight.
        """
        keys = frozenset(code.key for code in codes)
        self._bound = [*(bound for bound in self._bound if not bound & keys), keys]

    def counted_with(self, codes: Iterable[Code]) -> list[Code]:
        """What counted together with these, without them."""
        keys = {code.key for code in codes}
        together = set[Key]().union(*(bound for bound in self._bound if bound & keys))
        return [seen.code for key, seen in self._seen.items() if key in together - keys]

    @property
    def in_sight(self) -> list[Code]:
        """Codes the last picture shows, read or held, those that counted and those that wait."""
        return [
            seen.code for seen in self._seen.values() if seen.gone_at is None and (seen.is_told or seen.is_believed)
        ]

    def lost(self) -> list[Code]:
        """Codes that were taken away before they were taken, once each; all of them when the last one is away."""
        if any(seen.is_waiting and seen.gone_at is not None for seen in self._seen.values()):
            return []
        lost, self._lost = self._lost, []
        return lost

    @property
    def counted(self) -> frozenset[str]:
        """Fingerprints of codes that would not count again at the next picture."""
        return frozenset(fingerprint(key) for key, seen in self._seen.items() if seen.is_told) | self._former.keys()

    def _note(self, code: Code) -> None:
        seen = self._seen.setdefault(code.key, _Seen(code))
        seen.code, seen.gone_at = code, None
        seen.reads += not code.is_again
        seen.is_believed = seen.is_believed or seen.reads >= code.reads_wanted(self._confirmations)

    def _recall(self, codes: Iterable[Code], at: float) -> None:
        """What counted before nobody looked any more is known again when it is read; the rest is out of sight."""
        for code in codes if self._former else ():
            if (known := fingerprint(code.key)) in self._former:
                del self._former[known]
                self._seen[code.key] = _Seen(code, is_told=True)
        self._former = {known: at if gone_at is None else gone_at for known, gone_at in self._former.items()}

    def _forget(self, at: float) -> None:
        self._former = {known: gone for known, gone in self._former.items() if gone is None or at - gone < self._absent}
        gone = {key for key, seen in self._seen.items() if self._is_gone(seen, at)}
        self._bound = [bound for bound in self._bound if not bound <= gone]
        gone = gone.difference(*self._bound)
        self._lost += [self._seen[key].code for key in gone if self._seen[key].is_waiting]
        self._seen = {key: seen for key, seen in self._seen.items() if key not in gone}

    def _is_gone(self, seen: _Seen, at: float) -> bool:
        return seen.gone_at is not None and at - seen.gone_at >= self._absent
