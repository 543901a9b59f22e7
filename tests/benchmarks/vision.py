"""Measuring by camera: parts of known size, seen obliquely through a lens, blurred and noisy, against what is measured.

`vision_parts.py` says what is rendered and who the peer is. In hard circumstances (`vision_hard.py`) a part may be
refused; what is measured must be as right as anywhere.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable

import numpy as np

from tests.benchmarks.report import result
from tests.benchmarks.vision_hard import FAR, HARD, hard_trials
from tests.benchmarks.vision_parts import (
    CHARUCO,
    CHESSBOARD,
    NEAR,
    Setup,
    Trial,
    angle,
    diameter,
    setup,
    width,
)
from tests.benchmarks.vision_presence import is_told

SEED = 20_261_121


def _rms(errors: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))


def rows(name: str, trials: list[Trial], *, is_told_right: bool = True) -> bool:
    """Error and coverage of one tool; where the board is told wrong nobody can do without the error, only state it."""
    ours = _rms([one.error for one in trials])
    peers = [one.peer for one in trials if one.peer is not None]
    share = 100 * sum(one.is_covered for one in trials) / len(trials)
    good = result(
        "vision", f"{name}: error", round(ours, 4), "pixel rms", peer="threshold by OpenCV" if peers else None,
        ratio=round(ours / _rms(peers), 3) if peers else None,
        reach="<= 0.1 pixel" if is_told_right else "as it is", ok=ours <= 0.1 or not is_told_right,
    )  # fmt: skip
    reach = f">= 95 % of {len(trials)} trials"
    return result("vision", f"{name}: uncertainty covers", round(share, 2), "%", reach=reach, ok=share >= 95) and good


def hard_rows(name: str, trials: list[Trial | None]) -> bool:
    """Error and coverage of what was measured, and how much was refused; all refused would be no measuring."""
    measured = [one for one in trials if one is not None]
    share = 100 * (1 - len(measured) / len(trials))
    reach = f"of {len(trials)} trials, not all"
    good = result("vision", f"{name}: refused", round(share, 2), "%", reach=reach, ok=bool(measured))
    return good and rows(name, measured, is_told_right=not HARD[name][1].board_within)


def main() -> int:
    """Print the rows; 1 when one falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    cameras, each = (2, 20) if arguments.quick else (10, 60)
    chance = np.random.default_rng(SEED)
    tools: dict[str, Callable[[Setup, np.random.Generator], Trial]] = {
        "edge distance": width,
        "diameter": diameter,
        "angle": angle,
    }
    trials: defaultdict[str, list[Trial]] = defaultdict(list)
    hard: defaultdict[str, list[Trial | None]] = defaultdict(list)
    told: list[bool] = []
    for number in range(cameras):
        camera = setup(chance, CHESSBOARD)
        for name, tool in tools.items():
            trials[name] += [tool(camera, chance) for _ in range(each)]
        told += [is_told(camera, chance) for _ in range(each)]
        if number % 2 == 0:
            camera = setup(chance, CHARUCO)
            trials["edge distance by ChArUco"] += [width(camera, chance) for _ in range(each)]
    for _ in range(cameras):
        seen_from = {away: setup(chance, CHESSBOARD, away) for away in (NEAR, FAR)}
        for name, (_, circumstances) in HARD.items():
            hard[name] += hard_trials(name, seen_from[circumstances.away], chance, each)
    reached = [rows(name, done) for name, done in trials.items()]
    reached += [hard_rows(name, done) for name, done in hard.items()]
    share = 100 * sum(told) / len(told)
    reach = f">= 99 % of {len(told)} trials"
    reached.append(result("vision", "presence: told right", round(share, 2), "%", reach=reach, ok=share >= 99))
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
