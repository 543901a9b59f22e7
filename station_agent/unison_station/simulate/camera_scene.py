"""What a simulated camera looks at: a plate with a bore beside a printed code, from straight above, or a board.

Lengths are millimetres on the table, places pixels of the picture.
"""

from __future__ import annotations

WIDTH, HEIGHT = 1_280, 720
PIXELS_PER_MILLIMETRE = 10.0
PLATE = (60.0, 40.0)
"""Width and height of the part."""
BORE_PLACE = (460.0, 360.0)
"""Where the middle of its bore is."""
USUAL_BORE = 12.0
"""Diameter of the bore where nothing else is said."""
FOCAL = 1_000.0
"""Of the lens, in pixels, without distortion: so the camera is `FOCAL / PIXELS_PER_MILLIMETRE` above the table."""
BOARD_COLUMNS, BOARD_ROWS, BOARD_SQUARE = 10, 7, 7.0
"""Squares of the chessboard, and their side."""
