"""Names of people in many languages: none is refused, and each is recognized when it was read in a wrong encoding."""

from __future__ import annotations

import functools
import re
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import plausible
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.encodings import doubly_encoded
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.plausible import (
    TextKind,
    leftovers,
    option_text_problems,
    text_problems,
)
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from .leftovers import LEFTOVERS

LOCALES = (
    "ar_SA az_AZ bg_BG bn_BD bs_BA cs_CZ da_DK de_DE el_GR en_GB es_ES et_EE fa_IR fi_FI fr_FR ga_IE gu_IN he_IL hi_IN "
    "hr_HR hu_HU hy_AM id_ID it_IT ja_JP ka_GE ko_KR lt_LT lv_LV mt_MT ne_NP nl_NL no_NO or_IN pl_PL pt_BR pt_PT ro_RO "
    "ru_RU sk_SK sl_SI sq_AL sv_SE ta_IN th_TH tr_TR tw_GH uk_UA vi_VN yo_NG zh_CN zh_TW zu_ZA"
).split()
LATIN = (
    "az_AZ bs_BA cs_CZ da_DK de_DE es_ES et_EE fi_FI fr_FR hr_HR hu_HU it_IT lt_LT lv_LV pl_PL pt_BR ro_RO sk_SK sl_SI "
    "sv_SE tr_TR vi_VN yo_NG"
).split()
OTHER = "ar_SA bg_BG el_GR fa_IR he_IL hi_IN hy_AM ja_JP ka_GE ko_KR ru_RU ta_IN th_TH uk_UA zh_CN".split()
NAMES = 150
SURELY_RIGHT = (
    # What comes nearest to what is refused, and is somebody's name or a name of something.
    "JOÃO",
    "João",
    "MAÇÃ",
    "IRMÃ MARIA",
    "RENÉ\u2019S OFFICE",
    "Strauß\u2019 Büro",
    "KNÍŽÁK",
    "Milan Knížák",
    "TOMÁŠ",
    "BÉŽOVÁ",
    "NESTLÉ®",
    "NESCAFÉ™",
    "\u201cCAFÉ\u201d",
    "»Größe«",
    "PÅ SENG",
    "Siobhán O'Hara",
    "Siobhan O\u2019Hara",
    "Anne–Marie",
    "Jean-Luc d\u2019Alembert",
    "AT&T",
    "R&D",
    "Marks & Spencer; Logistics",
    "Café & Bar",
    "O&M; Team",
    "Who?",
    "FAQ?",
    "What now?",
    "C# Team",
    "Team #1",
    "#1 Support",
    "#wow!",
    "Office #NV 2",
    "== IT ==",
    "@Home Support",
    "- Reception -",
    "+Plus Support",
    "-A-Team",
    "A+",
    "E+ Team",
    "4E",
    "1E5",
    "1E10",
    "Room 2E12",
    "2E12",
    "Null",
    "None",
    "Nan",
    "True",
    "N/A",
    "می‌خواهم",
    "نام‌خانوادگی",
    "क्‍ष",
    "ශ්‍රී",
    "👩‍💻 Helpdesk",
    "葛󠄀城",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "Zoë",
    "Ñandú",
    "Þór Ægisson",
    "Ìbùkún",
    "Nguyễn Thị Ánh",
    "Łukasz Żółć",
    "Ștefan Țuțea",
    "Məmməd Əliyev",
    "សុខ\u200bសាន្ត",
    "@Home(Berlin)",
    "=) Team",
    "👨🏽‍🔧 Werkstatt",
    "❤️‍🔥",
    "СІРІ",
    "РІЗНИЦЯ",
    "Є. Їжакевич",
    "Ђорђе Љубичић",
    "ÎLE-DE-FRANCE",
    "GÎTE",
    "Ångström",
    "2026-01-01 Projekt",
    "Room 12:30",
    "Å",
    "Ä",
    "İsmail Ş.",
)
SURELY_WRONG = (
    "JoÃ£o",
    "JÃ¼rgen GroÃŸ",
    "MÃ¼ller",
    "Łukasz MÃ¼ller",
    "NICOLÃ\u2019",
    "FranÃ§ois",
    "Oâ€™Hara",
    "Anneâ€\u201cMarie",
    "È™tefan",
    "MÉ™mmÉ™d",
    "NguyÃªn",
    "Nguyá»…n",
    "Å\u0081ukasz",
    "Ð˜Ð²Ð°Ð½",
    "ÐŸÑ\u2018Ñ‚Ñ€",
    "Î\u2018Î»Î­Î¾Î±Î½Î´",
    "M├╝ller",
    "M√ºller",
    "MĂĽller",
    "å±±ç\u201d°å¤ªéƒŽ",
    "ðŸ˜€ Helpdesk",
    "Ã\u0081ngel",
)


@functools.cache
def names(locale: str) -> tuple[str, ...]:
    fake = Faker(locale)
    fake.seed_instance(11)
    made = [fake.name() for _number in range(NAMES)]
    return tuple(
        dict.fromkeys(
            [*made, *map(str.upper, made), *map(str.lower, made), *(name.replace("'", "\u2019") for name in made)]
        )
    )


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
@pytest.mark.parametrize("locale", LATIN)
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


@pytest.mark.parametrize(
    ("reason", "value"), [(reason, value) for reason, values in LEFTOVERS.items() for value in values], ids=repr
)
def test_what_cannot_be_meant(reason: str, value: t.Any) -> None:
    (problem,) = text_problems("display_name", value, TextKind.NAME)
    assert problem.reason == reason and problem.startswith("display_name ") and problem.endswith(".")


@pytest.mark.parametrize("kind", TextKind)
@pytest.mark.parametrize("value", ["<<Omit>>", "CANARY-<<Omit>>", ["CANARY"], {"CANARY": 1}])
def test_omit_and_structures_are_refused_everywhere(kind: TextKind, value: t.Any) -> None:
    (problem,) = text_problems("x", value, kind)
    assert problem.reason in ("omit_left_over", "not_a_text") and (
        "CANARY" not in problem or kind is not TextKind.SECRET
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (TextKind.SECRET, "=Abc#N/A&amp;?x+"),
        (TextKind.SECRET, "+A1-(x)Aa"),
        (TextKind.SECRET, "Gro?es&lt;Geheimnis"),
        (TextKind.SECRET, "########a"),
        (TextKind.WORD, "+442079460123"),
        (TextKind.WORD, "+1 (425) 555-0100"),
        (TextKind.WORD, "+A1/abcdefghijklmnopqr=="),
        (TextKind.WORD, "-1"),
        (TextKind.WORD, "*@contoso.example"),
        (TextKind.WORD, "Microsoft 365 E3 (no Teams)"),
        (TextKind.WORD, "?dmin@*"),
        (TextKind.PATH, "/srv/2026-01-01/=a&amp;b"),
        (TextKind.PATH, "~/#N/A"),
        (TextKind.LOOSE, 17),
        (TextKind.LOOSE, "2026-01-01"),
        (TextKind.ADDRESS, "a#EXT#@contoso.example"),
        (TextKind.ADDRESS, "MÃ¼ller@contoso.example"),
        (TextKind.ADDRESS, "=a@contoso.example"),
        (TextKind.WORD, None),
    ],
)
def test_what_other_kinds_of_texts_may_hold(kind: TextKind, value: t.Any) -> None:
    assert text_problems("x", value, kind) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    )
)
def test_nothing_breaks_the_judge_and_omit_is_found_at_any_depth(value: t.Any) -> None:
    for kind in TextKind:
        assert len(text_problems("x", value, kind)) <= 1
    assert leftovers("x", [{"a": value, "b": ["<<Omit>>"]}]) and leftovers("x", {"<<Omit>>": value})
    spec = {
        "x": {
            "type": "list",
            "elements": "dict",
            "options": {"y": {"type": "str"}, "z": {"type": "list", "elements": "str"}},
        }
    }
    option_text_problems({"x": value}, spec, {})
    (found,) = option_text_problems({"x": [{"y": "fine"}, {"y": "fine", "z": ["fine", "<<Omit>>"]}]}, spec, {})
    assert found.startswith("x[1].z[1] ")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20))
def test_the_short_way_misses_nothing(text: str) -> None:
    for kind in TextKind:
        with pytest.MonkeyPatch.context() as patch:
            short = text_problems("x", text, kind)
            patch.setattr(plausible, "_WORTH_A_LOOK", re.compile(""))
            assert text_problems("x", text, kind) == short
