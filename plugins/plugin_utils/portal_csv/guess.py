# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether a file that was read as Windows-1252 for want of anything better can have been that, and what else it may be.

A file in another code page is read without an error, and gives users other names. What gives that away: a sign inside
of a word, a capital in the middle of one, letters that no language has together, and letters that stand where they
stand in no name. A name that looks right in spite of all cannot be told from one that is.
"""

from __future__ import annotations

import re
import typing as t
import unicodedata
from dataclasses import dataclass

from .alphabets import BALTIC, CENTRAL, NASAL, TURKISH, VIETNAMESE, WESTERN

GUESS = "cp1252"
UNDEFINED = "\x81\x8d\x8f\x90\x9d"
"""What the bytes that Windows-1252 does not define are read as until the file is refused."""

_WORD = re.compile(r"[^ \t\r\n]+")
_SIGNS = "‚ƒ„…†‡ˆ‰‹•˜™›¡¢£¤¥¦§¨©¬¯°±²³µ¶¸¹»«¼½¾¿×÷¿®€´\xad"
_QUOTES = "\u201c\u201d"
_DASHES = "–—"
_LETTER = r"[^\W\d_]"
_PARTICLES = frozenset(
    "de del della der den des di da das dos do du d la las los le el al van von vom ter ten te bin ben bint y e i zu "
    "zur zum af av och und and et".split()
)
_VOWELS = frozenset("aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿœ")
# A capital inside of a word stands after one of these beginnings: of Scottish and Romance names, and before an Irish
# vowel.
_PREFIX = re.compile(
    r"(?:.*[-'\u2019\u2018´.])?(?:ma?c|de|di|da|do|du|dos|des|del|della|la|le|el|al|van|von|fitz|saint|ó|o|h|n|t|b|g|m|d)",
    re.IGNORECASE,
)

_ALL = {**WESTERN, **CENTRAL, **TURKISH, **BALTIC, "Vietnamese": VIETNAMESE}
_ENCODABLE = [
    frozenset(char for char in letters if char == NASAL or char.encode(GUESS, "ignore")) for letters in _ALL.values()
]

_WESTERN_ALPHABETS = tuple(WESTERN.values())
# In the order in which they are named where several would do.
CANDIDATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cp1250", tuple(CENTRAL.values())),
    ("cp1254", tuple(TURKISH.values())),
    ("cp1257", tuple(BALTIC.values())),
    ("mac_roman", _WESTERN_ALPHABETS),
    ("cp850", _WESTERN_ALPHABETS),
    ("cp437", _WESTERN_ALPHABETS),
    ("cp852", tuple(CENTRAL.values())),
    ("iso8859-2", tuple(CENTRAL.values())),
    ("iso8859-15", _WESTERN_ALPHABETS),
    ("cp857", tuple(TURKISH.values())),
    ("cp775", tuple(BALTIC.values())),
    ("mac_latin2", tuple(CENTRAL.values())),
)
# An ő or ű read as Windows-1252, where no Estonian, Portuguese or French name has it: after another vowel of the word,
# but before an e.
_HUNGARIAN = re.compile(r"[aeiouyöüáéíóúõ][a-z]*õ(?!e)|[zd]û[cst]")
_TELLING = {"cp1254": 2, "cp1257": 3}
"""How many different letters have to speak for a code page, where all others fit too; 4 for the rest."""
_RARE = frozenset({"cp852", "cp857", "cp775", "iso8859-2", "mac_latin2"})
# Of another script: every word is of it, or has nothing beyond ASCII.
_SCRIPTS = (
    ("cp1251", "CYRILLIC"),
    ("cp1253", "GREEK"),
    ("koi8-r", "CYRILLIC"),
    ("cp866", "CYRILLIC"),
    ("mac_cyrillic", "CYRILLIC"),
    ("cp737", "GREEK"),
    ("cp1255", "HEBREW"),
    ("cp1256", "ARABIC"),
    ("cp874", "THAI"),
    ("cp932", "CJK|HIRAGANA|KATAKANA"),
    ("cp949", "HANGUL"),
    ("gbk", "CJK"),
    ("big5", "CJK"),
)


@dataclass(frozen=True)
class Doubt:
    """What shows that the guess is wrong.

    :param position: the first such cell.
    :param count: how many there are.
    :param readings: (encoding, what it makes of that cell) of what is likelier.
    """

    position: int
    count: int
    readings: tuple[tuple[str, str], ...]


def doubt(cells: t.Sequence[str]) -> Doubt | None:
    """What shows that cells were not written in Windows-1252; None if nothing does.

    :param cells: as Windows-1252 reads them, with :data:`UNDEFINED` in the place of bytes that it does not define.
    """
    foreign = [position for position, cell in enumerate(cells) if not cell.isascii()]
    wrong = [
        place
        for place in foreign
        if any(_odd(word) for word in _WORD.findall(cells[place])) or _unbalanced(cells[place])
    ]
    texts = sorted({cells[position] for position in foreign})
    if not wrong:
        wrong = _elsewhere(cells, foreign, texts)
    if not wrong:
        return None
    first = cells[wrong[0]]
    readings: dict[str, str] = {}
    for encoding in _better(texts):
        reading = _reading(first, encoding)
        if reading and reading != first and reading not in readings.values() and len(readings) < 3:
            readings[encoding] = reading
    return Doubt(wrong[0], len(wrong), tuple(readings.items()))


def _elsewhere(cells: t.Sequence[str], foreign: t.Sequence[int], texts: t.Sequence[str]) -> list[int]:
    """The cells of a file whose letters are those of no one language of Western Europe, but of one elsewhere in its own
    code page."""
    if _one_language(texts, WESTERN.values()):
        return []
    for encoding, alphabets in CANDIDATES:
        if alphabets is _WESTERN_ALPHABETS:
            continue
        read = [_reading(text, encoding) for text in texts]
        if not all(text is not None and _clean(text) for text in read) or not _one_language(
            t.cast("list[str]", read), alphabets
        ):
            continue
        different = {char.lower() for text in read for char in text or "" if char.encode(GUESS, "ignore") == b""}
        # Two letters of an international list can be met with anywhere; but Turkish and Hungarian have few that differ.
        hungarian = any(_HUNGARIAN.search(text.lower()) for text in texts) and _one_language(
            t.cast("list[str]", read), [CENTRAL["Hungarian"]]
        )
        if len(different) >= _TELLING.get(encoding, 4) or hungarian:
            return [position for position in foreign if _reading(cells[position], encoding) != cells[position]]
    return []


def _unbalanced(cell: str) -> bool:
    """Half of a pair of quotes that touches a letter."""
    for left, right in ("«»", "‹›"):
        if cell.count(left) != cell.count(right):
            return True
    closing = [match.start() + 1 for match in re.finditer(r"[^\W\d_]\u201d", cell)]
    return any(not re.search("[\u201c\u201d„]", cell[:position]) for position in closing)


def _odd(word: str) -> bool:
    """Whether no name contains a word like this."""
    return not word.isascii() and (_signs(word) or _capital(word) or _letters(word) or _place(word))


def _signs(word: str) -> bool:
    """A sign that touches a letter where no name has one."""
    for position, char in enumerate(word):
        before, after = word[position - 1 : position], word[position + 1 : position + 2]
        if char in UNDEFINED:
            return True
        if not (before.isalpha() or after.isalpha()) and not (char in _SIGNS and after and after in _SIGNS):
            continue
        between = before.isalpha() and after.isalpha()
        if char in _SIGNS:
            if not _stands_well(word, position) and not (char == "´" and between and before.isascii()):
                return True
        elif char == "\xa0" and before.isalpha() and re.match(r"[^\W\d_A-ZÀ-ÖØ-Þ]", after):
            if re.findall(r"[^\W\d_]+", word[position:])[0] not in _PARTICLES:
                return True
        elif char in _QUOTES and between:
            return True
        elif char in _DASHES and after.islower() and before.isalpha():
            return True
        elif char in _DASHES and position == len(word) - 1 and before.islower():
            return True
        elif char == "\u2018" and between and before.lower() not in "og" and after.lower() not in _VOWELS:
            return True
        elif char == "·" and not (before.lower() == after.lower() == "l"):
            return True
        elif char in "ªº" and not (before and before.upper() == before) and before not in "aoº.":
            return True
    return False


def _stands_well(word: str, position: int) -> bool:
    """Whether a sign that touches a letter stands where names have it: after a product, or as a mark around a word."""
    char, before, after = word[position], word[:position], word[position + 1 :]
    if char in "®™©":
        return len(before) > 2 and before.isascii() and not after.strip(")].,;:!?")
    if char in "„¡¿":
        return not before.strip("([") and after[:1].isalpha()
    if char in "»«›‹":
        return not before.strip("([") or not after.strip(")].,;:!?")
    return False


def _capital(word: str) -> bool:
    """A capital beyond ASCII in the middle of a word that is not in capitals."""
    for position, char in enumerate(word):
        before, after = word[position - 1 : position] if position else "", word[position + 1 : position + 2]
        if char.isascii() or not char.isupper() or not before.isalpha():
            continue
        if before.isupper():
            # "BŽatrice": between a capital and a small letter. An sharp s stays small in capitals.
            if position == 1 and after.islower() and after != "ß":
                return True
        elif not _PREFIX.fullmatch(word[:position]) or not after.isalpha():
            return True
    return False


def _letters(word: str) -> bool:
    """Letters that no language has together, or so many beyond ASCII that it is another script."""
    if re.search(r"[^\W\x00-\x7f\d_]{3}", word):
        return True
    own = _own([word])
    return not any(own <= letters for letters in _ENCODABLE)


_PLACES = re.compile(
    # A thorn ends no word and stands before no consonant but r, j and v; an eth begins no word.
    rf"þ(?![aeiouyáéíóúýæörjv])|(?<!{_LETTER})ð"
    # A ć: æ after i, and at the end after any vowel.
    rf"|iæ|[aeouy]æ(?!{_LETTER})"
    # An ś: œ after a vowel, and as a first letter before those that it is never before.
    rf"|[aeiouyàáéèó]œ|(?<!{_LETTER})œ[lwzmnpkj]|œ[zê]|{_LETTER}{{2}}[bcdfgjklmnprstvwzhq]œ(?!{_LETTER})"
    # An ń: ñ before a consonant (but the Breton ñch) or at the end.
    r"|ñ(?!ch)(?![aeiouyáéíóúüàèò'\u2019])"
    # An ă: ã before anything but e, i, o or the end.
    r"|ã[a-df-hj-np-rt-z]|ãs(?=[a-z])"
    # An ř and an ě.
    r"|ø[áíéýó]|[áíéýó]ø|[aeiouy]ø[iíák]|ì[jlm]"
    rf"|ì[kcn](?!{_LETTER})"
    # A č: è before a vowel, after one that is not i, o, u or y, and at the end after i.
    rf"|è[aeiouyáéíóúýæ]|[eáíýóúéæ]è|aè(?![lt])|[ou]è[kcj]|iè(?!{_LETTER})|(?<!{_LETTER})è[aeiouáíìy]"
    # A ň.
    r"|ò[aeouáéíý]|[áéíóúýì]ò|aòk"
    # An ē: ç in the place of the first vowel.
    rf"|(?<!{_LETTER})[b-df-hj-np-tv-xz]+ç[b-df-hj-np-tv-xz]"
    # An ė: the ends of the names of Lithuanian women.
    rf"|(?:ien|ait|yt|iût)ë(?!{_LETTER})"
    # A sharp s of DOS.
    r"|(?:au|ei|ie)á(?!n)"
    # ÿ stands at the end or after a vowel.
    rf"|[b-df-hj-np-rtv-xz]ÿ(?={_LETTER})"
    # An ı: ý twice before l or d, and between those that no Icelandic or Czech name has around it.
    r"|ý.*ý[ld]|ý(?:lm|ld|lý|þ|ç|ð[ýa]|sý)|[kgp]ýn|þý|ðý"
)


def _place(word: str) -> bool:
    """Letters in a place where no name has them."""
    return bool(_PLACES.search(word.lower()))


def _own(texts: t.Iterable[str]) -> set[str]:
    """The letters beyond ASCII of some texts, in small; of Portuguese õ the form that it has, before an e."""
    return {
        char if char == "İ" else char.lower()
        for text in texts
        for char in re.sub("[õÕ](?=[eE])", NASAL, text)
        if not char.isascii() and (char.isalpha() or char == NASAL) and char not in "ªº"
    }


def _one_language(texts: t.Iterable[str], alphabets: t.Iterable[str]) -> bool:
    """Whether one alphabet has all letters of the texts."""
    own = _own(texts)
    return any(own <= set(letters) for letters in alphabets)


def _reading(cell: str, encoding: str) -> str | None:
    """What another encoding makes of the bytes of a cell; None if they are not text in it."""
    raw = b"".join(bytes([ord(char)]) if char in UNDEFINED else char.encode(GUESS) for char in cell)
    try:
        return raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _better(cells: t.Sequence[str]) -> t.Iterator[str]:
    """The encodings that make names of one language or script out of all cells, the likeliest first."""
    found: list[tuple[bool, int, str]] = []
    for encoding, alphabets in CANDIDATES:
        texts = [_reading(cell, encoding) for cell in cells]
        if all(text is not None and _clean(text) for text in texts):
            covering = [
                place for place, letters in enumerate(alphabets) if _one_language(t.cast("list[str]", texts), [letters])
            ]
            found += [(encoding in _RARE, covering[0], encoding)] if covering else []
    yield from (encoding for _rare, _place, encoding in sorted(found, key=lambda entry: entry[:2]))
    for encoding, script in _SCRIPTS:
        texts = [_reading(cell, encoding) for cell in cells]
        if all(text is not None and _of_script(text, script) for text in texts):
            yield encoding
            return  # those after it make letters of nearly anything


def _clean(text: str) -> bool:
    """Whether what is not ASCII in a text are letters or the signs of names, and capitals stand where they should."""
    letters = all(char.isascii() or char.isalpha() or char in "\u2019\u2018–—´·" for char in text)
    return letters and not any(_capital(word) for word in _WORD.findall(text))


def _of_script(text: str, script: str) -> bool:
    """Whether each word is ASCII, or all of the script, with a capital first where there are capitals."""
    names = tuple(script.split("|"))
    for word in re.split(r"[^\w]+", text):
        if word.isascii():
            continue
        if not all(unicodedata.name(char, "").startswith(names) for char in word):
            return False
        if word.lower() != word.upper() and not (word[0].isupper() and (len(word) == 1 or word[1:].islower())):
            return False
    return not any(unicodedata.category(char)[0] in "CS" for char in text)
