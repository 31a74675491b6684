"""Names of people in many languages: none is refused, and each is recognized when it was read in a wrong encoding."""

from __future__ import annotations

import functools
import typing as t

import pytest
from faker import Faker

from ansible_collections.tenantops.partner_center.plugins.module_utils.common.encodings import doubly_encoded
from ansible_collections.tenantops.partner_center.plugins.module_utils.common.plausible import TextKind, text_problems

LOCALES = (
    "ar_SA az_AZ bg_BG bn_BD bs_BA cs_CZ da_DK de_DE el_GR en_GB es_ES et_EE fa_IR fi_FI fr_FR ga_IE gu_IN he_IL hi_IN hr_HR hu_HU hy_AM id_ID it_IT ja_JP "
    "ka_GE ko_KR lt_LT lv_LV mt_MT ne_NP nl_NL no_NO or_IN pl_PL pt_BR pt_PT ro_RO ru_RU sk_SK sl_SI sq_AL sv_SE ta_IN th_TH tr_TR tw_GH uk_UA vi_VN yo_NG "
    "zh_CN zh_TW zu_ZA"
).split()
LATIN = "az_AZ bs_BA cs_CZ da_DK de_DE es_ES et_EE fi_FI fr_FR hr_HR hu_HU is_IS it_IT lt_LT lv_LV pl_PL pt_BR ro_RO sk_SK sl_SI sv_SE tr_TR vi_VN yo_NG".split()
OTHER = "ar_SA bg_BG el_GR fa_IR he_IL hi_IN hy_AM ja_JP ka_GE ko_KR ru_RU ta_IN th_TH uk_UA zh_CN".split()
NAMES = 150
SURELY_RIGHT = (
    # What comes nearest to what is refused, and is somebody's name or a name of something.
    "JOÃO", "João", "MAÇÃ", "IRMÃ MARIA", "RENÉ’S OFFICE", "Strauß’ Büro", "KNÍŽÁK", "Milan Knížák", "TOMÁŠ", "BÉŽOVÁ", "NESTLÉ®", "NESCAFÉ™", "“CAFÉ”", "»Größe«", "PÅ SENG",
    "Siobhán O'Hara", "Siobhan O’Hara", "Anne–Marie", "Jean-Luc d’Alembert", "AT&T", "R&D", "Marks & Spencer; Logistics", "Café & Bar", "O&M; Team", "Who?", "FAQ?", "What now?",
    "C# Team", "Team #1", "#1 Support", "#wow!", "###", "== IT ==", "@Home Support", "- Reception -", "+Plus Support", "-A-Team", "A+", "E+ Team", "4E", "1E5", "Null", "None", "Nan", "True", "N/A",
    "می‌خواهم", "نام‌خانوادگی", "क्‍ष", "ශ්‍රී", "👩‍💻 Helpdesk", "葛󠄀城", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "Zoë", "Ñandú", "Þór Ægisson", "Ìbùkún", "Nguyễn Thị Ánh", "Łukasz Żółć", "Ștefan Țuțea", "Məmməd Əliyev",
    "СІРІ", "РІЗНИЦЯ", "Є. Їжакевич", "Ђорђе Љубичић", "ÎLE-DE-FRANCE", "GÎTE", "Ångström", "ÅŠA", "2026-01-01 Projekt", "Room 12:30", "Å", "Ä", "İsmail Ş.",
)
SURELY_WRONG = (
    "JoÃ£o", "JÃ¼rgen GroÃŸ", "MÃ¼ller", "Łukasz MÃ¼ller", "NICOLÃ’", "FranÃ§ois", "Oâ€™Hara", "Anneâ€“Marie", "È™tefan", "MÉ™mmÉ™d", "NguyÃªn", "Nguyá»…n", "Åukasz", "Å\u0081ukasz", "Ð˜Ð²Ð°Ð½", "ÐŸÑ‘Ñ‚Ñ€",
    "Î‘Î»Î­Î¾Î±Î½Î´ÏÎ¿Ï‚"[:20], "M├╝ller", "M√ºller", "MĂĽller", "å±±ç”°å¤ªéƒŽ", "ðŸ˜€ Helpdesk", "Ã\u0081ngel",
)


@functools.cache
def names(locale: str) -> tuple[str, ...]:
    fake = Faker(locale)
    fake.seed_instance(11)
    made = [fake.name() for _number in range(NAMES)]
    return tuple(dict.fromkeys([*made, *map(str.upper, made), *map(str.lower, made), *(name.replace("'", "’") for name in made)]))


@pytest.mark.parametrize("locale", LOCALES)
def test_no_name_is_refused(locale: str) -> None:
    assert [problem for name in names(locale) for problem in text_problems("display_name", name, TextKind.NAME)] == []


@pytest.mark.parametrize("text", SURELY_RIGHT)
def test_what_is_near_to_a_mistake_is_none(text: str) -> None:
    assert text_problems("display_name", text, TextKind.NAME) == []


@pytest.mark.parametrize("text", SURELY_WRONG)
def test_what_was_read_in_another_encoding(text: str) -> None:
    (problem,) = text_problems("display_name", text, TextKind.NAME)
    assert problem.reason in ("doubly_encoded", "control_characters")


def wrong(name: str, page: str) -> str:
    """The name as it looks when its UTF-8 is read in a code page."""
    return name.encode("utf-8").decode(page, errors="surrogateescape").encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")


def readings(locale: str, page: str) -> t.Iterator[tuple[str, str]]:
    for name in names(locale):
        data = name.encode("utf-8")
        try:
            read = "".join(bytes([byte]).decode(page) if byte >= 0x80 else chr(byte) for byte in data)
        except UnicodeDecodeError:  # a byte that the code page does not have shows by itself
            continue
        if read != name:
            yield name, read


@pytest.mark.parametrize("page", ["cp1252", "cp850", "cp437", "mac_roman", "cp1250"])
@pytest.mark.parametrize("locale", [locale for locale in LATIN if locale in LOCALES])
def test_letters_that_were_decoded_twice(locale: str, page: str) -> None:
    missed = [name for name, read in readings(locale, page) if not text_problems("display_name", read, TextKind.NAME)]
    total = sum(1 for _pair in readings(locale, page))
    assert len(missed) <= total * 0.03, (len(missed), total, missed[:10])


@pytest.mark.parametrize("locale", OTHER)
def test_scripts_that_were_decoded_twice(locale: str) -> None:
    pairs = list(readings(locale, "cp1252"))
    missed = [name for name, read in pairs if not text_problems("display_name", read, TextKind.NAME)]
    assert len(missed) <= len(pairs) * 0.03, (len(missed), len(pairs), missed[:10])


def test_what_was_meant_is_told() -> None:
    assert doubly_encoded("JÃ¼rgen GroÃŸ") == "Jürgen Groß" and doubly_encoded("Jürgen Groß") is None
