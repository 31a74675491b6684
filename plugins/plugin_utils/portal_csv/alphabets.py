# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The letters beyond a to z that names of a language are written with.

Source: Unicode CLDR, exemplar characters (main and auxiliary).
"""

from __future__ import annotations

NASAL = "\ue000"
"""Stands for the õ of Portuguese, which is always followed by an e; that of Estonian is not."""

WESTERN = {
    "German": "äöüßéèà",
    "French": "àâæçéèêëîïôœùûüÿñ",
    "Spanish": "áéíóúüñçï",
    "Catalan": "àçèéíïòóúüñ",
    "Portuguese": f"áâãàçéêíóôúü{NASAL}",
    "Italian": "àèéìíîòóùú",
    "Dutch": "áâäçèéêëíîïñóôöúûüÿ",
    "Swedish, Finnish": "åäöéèáàüšžæø",
    "Danish, Norwegian, Faroese": "æøåéèêáíóúýòôüäöð",
    "Icelandic": "áðéíóúýþæö",
    "Irish": "áéíóú",
    "Scottish Gaelic": "àèìòùáéó",
    "Welsh": "âêîôûáàäëïöüéèòó",
    "Estonian": f"äöõüšž{NASAL}",
    "Albanian": "ëçâ",
    "Hawaiian, Filipino": "ñáéíóú",
}
"""Languages whose letters are all in Windows-1252."""

CENTRAL = {
    "Polish": "ąćęłńóśźż",
    "Czech": "áčďéěíňóřšťúůýž",
    "Slovak": "áäčďéíĺľňóôŕšťúýžěřů",
    "Hungarian": "áéíóöőúüű",
    "Croatian, Slovene": "čćđšž",
    "Romanian": "ăâîşţșț",
}
TURKISH = {"Turkish": "çğıİöşüâîû"}
BALTIC = {"Latvian": "āčēģīķļņōŗšūž", "Lithuanian": "ąčęėįšųūž"}
VIETNAMESE = f"àáâãèéêìíòóôõùúý{NASAL}"
"""Those of its letters that Windows-1252 has."""
