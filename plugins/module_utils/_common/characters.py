# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Characters that nobody sees in a name, or that are no characters at all.

Sources: Unicode Standard, chapter 23 (controls, format characters, private use, noncharacters); 9.2 and 12.1
(joiners in Arabic and Indic scripts); Unicode Technical Standard 51 (joiners and tags in emoji).
"""

from __future__ import annotations

import unicodedata

REPLACEMENT = "\ufffd"
_JOINERS = "\u200c\u200d"
_JOINING = (
    (0x0600, 0x08FF),  # Arabic, Syriac, Thaana, N'Ko and their extensions
    (0x0900, 0x0DFF),  # the scripts of India and Sri Lanka
    (0x0F00, 0x109F),  # Tibetan, Myanmar
    (0x1780, 0x18AF),  # Khmer, Mongolian
    (0x1900, 0x1CFF),  # scripts of south-east Asia, Vedic extensions
    (0xA800, 0xABFF),
    (0xFB50, 0xFDFF),
    (0xFE70, 0xFEFC),
    (0x10A00, 0x11FFF),  # other scripts of the same families
    (0x1E900, 0x1E95F),
)
_WITHOUT_BLANKS = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))
"""Thai, Lao, Myanmar, Khmer."""
_VISIBLE_FORMATS = frozenset(
    chr(code) for code in (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD)
)
"""Format characters that are seen: signs around Arabic, Syriac and Kaithi numbers."""
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5")
"""Letters and signs that show nothing: fillers of Hangul, an empty Braille cell, two vowels of Khmer that nobody is
to use."""
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns the direction of writing around, so that a name looks like another one."""
_ALWAYS_STRANGE = _BLANK_LETTERS | {REPLACEMENT, "\ufffc"}
"""What Python takes for printable, and is nothing that a name has."""
_FLAG, _END_OF_TAG = "\U0001f3f4", "\U000e007f"


def strange_character(text: str) -> tuple[str, str] | None:
    """The first character that a name cannot have: a word for its kind, and the character as U+XXXX with its name.

    The words are ``replacement_characters``, ``control_characters`` and ``invisible_characters``. None if there is no
    such character.
    """
    if text.isprintable() and _ALWAYS_STRANGE.isdisjoint(text):
        return None
    for place, char in enumerate(text):
        kind = _kind(text, place, char)
        if kind:
            name = unicodedata.name(char, "")
            return kind, f"U+{ord(char):04X}{f' {name}' if name else ''}"
    return None


def _kind(text: str, place: int, char: str) -> str | None:
    if char == REPLACEMENT:
        return "replacement_characters"
    category = unicodedata.category(char)
    if category in ("Cc", "Cs", "Zl", "Zp") or char in _DIRECTIONS:
        return "control_characters"
    if category == "Cf":
        return None if _belongs(text, place, char) else "invisible_characters"
    if category == "Co" or char in _ALWAYS_STRANGE:
        return "invisible_characters"
    if category == "Cn" and not (0x20000 <= ord(char) < 0x3FFFE and ord(char) & 0xFFFF < 0xFFFE):
        # Rare ideographs are added with every version of Unicode, and Python may know an older one.
        return "invisible_characters"
    return None


def _belongs(text: str, place: int, char: str) -> bool:
    """Whether a format character is part of how something is written."""
    if char in _VISIBLE_FORMATS:
        return True
    before, after = text[:place], text[place + 1 :]
    if char in _JOINERS and before and after:
        if _is_joining(before[-1]):
            return True
        return char == "\u200d" and _is_pictograph(before.rstrip("\ufe0f")[-1:]) and _is_pictograph(after[0])
    if char == "\u200b" and before and after:
        # Between words that are written without blanks.
        return any(low <= ord(before[-1]) <= high for low, high in _WITHOUT_BLANKS)
    if char == "\u180e":
        return bool(before) and 0x1820 <= ord(before[-1]) <= 0x18AA
    if 0xE0020 <= ord(char) <= 0xE007F:
        return _FLAG in before and _END_OF_TAG in text[place:]
    # Controls of vertical and old scripts (Egyptian, Duployan, musical notation) are kept as they are.
    return 0x13430 <= ord(char) <= 0x1345F or 0x1BCA0 <= ord(char) <= 0x1BCA3


def _is_joining(char: str) -> bool:
    return any(low <= ord(char) <= high for low, high in _JOINING)


def _is_pictograph(char: str) -> bool:
    return bool(char) and (unicodedata.category(char) in ("So", "Sk") or 0x1F000 <= ord(char) < 0x1FB00)
