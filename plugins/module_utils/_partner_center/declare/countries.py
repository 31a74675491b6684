# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Country codes of ISO 3166-1 alpha-2 (officially assigned), which usage locations are made of."""

from __future__ import annotations

from ..._common.problem import Problem
from ..._common.text import shown

_MEANT = {
    "UK": "GB is the United Kingdom",
    "EL": "GR is Greece",
    "EN": "GB is the United Kingdom, US the United States",
    "EU": "it takes a country, such as DE or FR",
}
"""What people write instead of a code: abbreviations of daily life, a code of the European Union, languages."""
_BOOLEANS = ("FALSE", "TRUE")

COUNTRIES = frozenset(
    (
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS "
        "BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE "
        "EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM "
        "HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC "
        "LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA "
        "NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW "
        "SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO "
        "TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "
    ).split()
)


def country_problem(text: str) -> Problem | None:
    """Why a text is no usage location, as a sentence; None if it is one."""
    code = text.strip().upper()
    if code in COUNTRIES:
        return None
    said = f"{shown(text)} is not a country code of ISO 3166-1 alpha-2, such as US or DE"
    if code in _BOOLEANS:
        why = "YAML read it as a boolean. Put NO (Norway) in quotes"
        return Problem.about("usage_location", f"{said}: {why}.", "not_a_text")
    meant = f": {_MEANT[code]}" if code in _MEANT else ""
    return Problem.about("usage_location", f"{said}{meant}.", "not_a_country")
