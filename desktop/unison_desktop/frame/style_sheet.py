"""The little that Fusion with a palette does not give: quiet borders, room to breathe, one accent."""

from __future__ import annotations

from unison_desktop.frame.colours import Colours, Tone


def style_sheet(c: Colours, marks: dict[str, str]) -> str:
    """The application's style sheet. Widgets choose a look by the dynamic property `role`.

    `marks` are the files of the marks `tick`, `up` and `down`: style sheets take pictures only from files.
    """
    bad = c.tones[Tone.BAD]
    return f"""
QToolTip {{ background: {c.rail}; color: {c.rail_text}; border: 1px solid {c.edge}; padding: 5px 8px; }}
QLabel[role="muted"] {{ color: {c.muted}; }}
QFrame[role="card"] {{ background: {c.surface}; border: 1px solid {c.line}; border-radius: 8px; }}
QFrame[role="error"] {{ background: {bad.tint}; border: 1px solid {bad.fill}; border-radius: 6px; }}
QLabel[role="error"] {{ color: {bad.ink}; padding: 8px 10px; }}
QLabel[role="bad"] {{ color: {bad.ink}; }}
QFrame[role="notice"] {{ background: {c.tones[Tone.WARNING].tint}; border: 1px solid {c.tones[Tone.WARNING].fill};
    border-radius: 6px; }}
QFrame[role="notice"] QLabel {{ color: {c.tones[Tone.WARNING].ink}; background: transparent; border: none; }}
QFrame[role="error"] QLabel {{ color: {bad.ink}; background: transparent; border: none; }}
QLabel[role="keys"] {{ color: {c.muted}; background: {c.raised}; border-radius: 4px; padding: 2px 8px; }}
QLabel[role="code"] {{ background: {c.surface}; border: 1px solid {c.line}; border-radius: 6px; padding: 8px 10px; }}
QFrame[role="overlay"] {{ background: {c.surface}; border: 1px solid {c.edge}; border-radius: 10px; }}
QFrame[role="message"] {{ background: {c.surface}; border: 1px solid {c.edge}; border-radius: 8px; }}
QFrame[role="message"] QLabel {{ border: none; background: transparent; }}
QFrame[role="bar"] {{ background: {c.surface}; border: none; border-bottom: 1px solid {c.line}; }}

QFrame[role="rail"] {{ background: {c.rail}; border: none; }}
QLabel[role="rail"] {{ color: {c.rail_text}; }}
QLabel[role="rail-muted"] {{ color: {c.rail_muted}; }}
QPushButton[role="rail"] {{ background: transparent; color: {c.rail_muted}; border: 2px solid transparent;
    border-radius: 7px; padding: 8px 8px; text-align: left; min-height: 20px; }}
QPushButton[role="rail"]:hover {{ background: {c.rail_active}; color: {c.rail_text}; }}
QPushButton[role="rail"]:checked {{ background: {c.rail_active}; color: {c.rail_text}; font-weight: 600; }}
QPushButton[role="rail"]:disabled {{ background: transparent; border: 2px solid transparent; }}
QPushButton[role="rail"]:focus {{ border: 2px solid {c.rail_muted}; padding: 8px 8px; }}

QPushButton {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.edge}; border-radius: 6px;
    padding: 6px 14px; min-height: 18px; }}
QPushButton:hover {{ background: {c.raised}; }}
QPushButton:pressed {{ background: {c.selection}; }}
QPushButton:focus {{ border: 2px solid {c.accent}; padding: 5px 13px; }}
QPushButton:disabled {{ color: {c.edge}; border-color: {c.line}; background: {c.window}; }}
QPushButton[role="primary"] {{ background: {c.accent}; color: {c.on_accent};
    border: 1px solid {c.accent}; font-weight: 600; }}
QPushButton[role="primary"]:hover {{ background: {c.accent_hover}; }}
QPushButton[role="primary"]:focus {{ border: 2px solid {c.text}; }}
QPushButton[role="primary"]:disabled {{ background: {c.raised}; color: {c.edge};
    border-color: {c.line}; }}
QPushButton[role="link"] {{ background: transparent; border: 1px solid transparent; color: {c.accent};
    padding: 4px 6px; }}
QPushButton[role="link"]:hover {{ background: {c.raised}; }}
QPushButton[role="link"]:focus {{ border: 1px solid {c.accent}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 5px; }}
QToolButton:hover {{ background: {c.raised}; }}
QToolButton:focus {{ border: 1px solid {c.accent}; }}
QToolButton:checked {{ background: {c.selection}; }}
QToolButton::menu-indicator {{ image: none; }}

QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QDateEdit, QDateTimeEdit, QPlainTextEdit, QTextEdit {{
    background: {c.surface};
    color: {c.text}; placeholder-text-color: {c.muted};
    border: 1px solid {c.edge}; border-radius: 6px; padding: 5px 9px;
    selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QDateEdit:focus, QDateTimeEdit:focus,
QPlainTextEdit:focus,
QTextEdit:focus {{ border: 2px solid {c.accent}; padding: 4px 8px; }}
QLineEdit[invalid="true"], QComboBox[invalid="true"], QPlainTextEdit[invalid="true"] {{ border: 2px solid {bad.fill};
    padding: 4px 8px; }}
QComboBox {{ combobox-popup: 0; }} /* Fusion's own popup forgets our borders and cuts its last choice */
QComboBox::drop-down, QDateEdit::drop-down, QDateTimeEdit::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow, QDateEdit::down-arrow, QDateTimeEdit::down-arrow {{ image: url("{marks["down"]}"); width: 14px;
    height: 14px; }}
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{ border: none;
    width: 20px; }}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ image: url("{marks["up"]}"); width: 11px; height: 11px; }}
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{ image: url("{marks["down"]}"); width: 11px; height: 11px; }}
QComboBox QLineEdit, QComboBox QLineEdit:focus {{ border: none; padding: 0; margin: 0; background: transparent;
    min-height: 0; }} /* the frame is that of the box */
QComboBox QAbstractItemView {{ background: {c.surface}; border: 1px solid {c.edge}; border-radius: 0; padding: 4px; }}
QComboBox QAbstractItemView::item {{ min-height: 24px; padding: 0 6px; }}
QLineEdit:disabled {{ color: {c.edge}; placeholder-text-color: {c.muted}; background: {c.window}; }}
QLineEdit[role="palette"], QLineEdit[role="palette"]:focus {{ border: none; border-bottom: 1px solid {c.line};
    border-radius: 0; padding: 15px 20px; background: transparent; }}
QListView[role="palette"] {{ border: none; background: transparent; padding: 6px 0; }}
QPushButton[role="search"] {{ color: {c.muted}; background: {c.window}; border: 1px solid {c.line}; text-align: left;
    padding: 5px 12px; }}
QPushButton[role="search"]:hover {{ border-color: {c.edge}; }}
QPushButton[role="crumb"] {{ background: transparent; border: 1px solid transparent; color: {c.muted};
    padding: 4px 6px; }}
QPushButton[role="crumb"]:hover {{ color: {c.text}; background: {c.raised}; }}
QPushButton[role="crumb"]:focus {{ border: 1px solid {c.accent}; }}

QTreeView::item {{ padding: 4px 2px; }}
QTreeView::item:selected {{ background: {c.selection}; color: {c.text}; }}
QTreeView::item:disabled {{ color: {c.muted}; }} /* still read */
QTableView, QTreeView, QListView {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.line};
    border-radius: 8px; gridline-color: {c.line}; selection-background-color: {c.selection};
    selection-color: {c.text}; alternate-background-color: {c.window}; outline: none;
    placeholder-text-color: {c.muted}; }}
QTableView:focus, QTreeView:focus {{ border: 1px solid {c.accent}; }}
QTabBar::tab {{ background: transparent; color: {c.muted}; border: none; border-bottom: 2px solid transparent;
    padding: 5px 4px; margin-right: 14px; }}
QTabBar::tab:hover {{ color: {c.text}; }}
QTabBar::tab:selected {{ color: {c.text}; border-bottom: 2px solid {c.accent}; }}
QTabBar::tab:focus {{ color: {c.accent}; }}
QHeaderView {{ background: {c.surface}; border: none; border-top-left-radius: 8px; border-top-right-radius: 8px; }}
QHeaderView::section {{ background: transparent; color: {c.muted}; border: none;
    border-bottom: 1px solid {c.line}; padding: 7px 11px; }}
QHeaderView::section:hover {{ color: {c.text}; }}
QTableCornerButton::section {{ background: {c.surface}; border: none; }}

QTableView::item {{ padding: 0 8px; }}
QTableView::item:selected {{ background: {c.selection}; color: {c.text}; }}

QCheckBox, QRadioButton {{ spacing: 8px; }}
QCheckBox::indicator, QMenu::indicator {{ width: 16px; height: 16px; border: 1px solid {c.edge}; border-radius: 4px;
    background: {c.surface}; }}
QCheckBox::indicator:focus {{ border: 2px solid {c.accent}; }}
QCheckBox::indicator:checked, QMenu::indicator:checked {{ background: {c.accent}; border-color: {c.accent};
    image: url("{marks["tick"]}"); }}
QMenu::indicator {{ left: 6px; }}
QTreeView::indicator, QTableView::indicator, QListView::indicator {{ width: 14px; height: 14px;
    border: 1px solid {c.edge}; border-radius: 3px; background: {c.surface}; }}
QTreeView::indicator:indeterminate {{ background: {c.edge}; }}
QTreeView::indicator:checked, QTableView::indicator:checked, QListView::indicator:checked {{ background: {c.accent};
    border-color: {c.accent}; image: url("{marks["tick"]}"); }}
QTreeView::indicator:disabled, QTableView::indicator:disabled, QListView::indicator:disabled {{
    border-color: {c.line}; }}
QTreeView::indicator:checked:disabled, QTableView::indicator:checked:disabled,
QListView::indicator:checked:disabled {{ background: {c.edge}; border-color: {c.edge}; }}

QMenu {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.edge}; padding: 5px; }}
QMenu::item {{ padding: 6px 26px 6px 10px; border-radius: 5px; }}
QMenu::item:selected {{ background: {c.selection}; }}
QMenu::item:disabled {{ color: {c.edge}; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 5px 8px; }}
QMenu::icon {{ padding-left: 8px; }}

QScrollBar {{ background: transparent; border: none; }}
QScrollBar:vertical {{ width: 12px; }}
QScrollBar:horizontal {{ height: 12px; }}
QScrollBar::handle {{ background: {c.edge}; margin: 3px; border-radius: 3px; min-height: 32px; min-width: 32px; }}
QScrollBar::handle:hover {{ background: {c.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollArea {{ border: none; background: transparent; }}
QSplitter::handle {{ background: transparent; }}
QSplitter::handle:hover {{ background: {c.line}; }}
QProgressBar {{ background: {c.raised}; border: none; border-radius: 2px; max-height: 4px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 2px; }}
"""
