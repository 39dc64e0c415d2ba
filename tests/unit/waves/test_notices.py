"""What is due to be told of a wave, and the messages that chats take."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from ncsi.report.text import Pair
from ncsi.spec import Agency, FieldDates, Label, QuotaCell
from ncsi.waves.agencies import AgencyProgress
from ncsi.waves.board import Names
from ncsi.waves.messages import MOST_BYTES, messages, payload, signed_url, trial
from ncsi.waves.notices import (
    FailedRun,
    Notice,
    approval,
    failures,
    missing_deliveries,
    readiness,
    shortfalls,
    unreadable,
)
from ncsi.waves.progress import field_days, sector_progress
from ncsi.waves.register import Standing

FIELD = FieldDates(start=date(2026, 11, 2), end=date(2026, 11, 29))
NAMES = Names(
    sectors={"banks": Pair("银行", "Banks")},
    brands={("banks", one): Pair(f"{one}行", f"Bank {one}") for one in "ABCDE"},
    agencies={"jia": Agency(id="jia", label=Label(zh="甲公司", en="Agency A"))},
    values={},
    variables={},
    waves={},
)


def cell(target, brand=None, **of):
    return QuotaCell("banks", brand, None, tuple(of.items()), target)


def sector(quotas, last, a_day=1):
    """So many answers a day of each of five brands."""
    days = field_days(FIELD, last, last)
    rows = [(brand, "", day, "young") for day in days for brand in "ABCDE" for _ in range(a_day)]
    answers = pd.DataFrame(rows, columns=["brand", "agency", "day", "age"])
    return sector_progress("banks", answers, quotas, tuple("ABCDE"), days, FIELD)


QUOTAS = [cell(100, one) for one in "ABCD"] + [cell(10, "E")]


def test_a_sector_that_falls_behind_is_told_once_a_week_of_fieldwork():
    days = [FIELD.start + timedelta(days=k) for k in range(28)]
    told = {}
    for day in days:
        told |= {one.key: one for one in shortfalls("2026Q4", [sector(QUOTAS, day)], NAMES, FIELD, day)}
    assert list(told) == [f"2026Q4 pace-{week} banks" for week in range(4)]
    says = told["2026Q4 pace-1 banks"].says
    assert says.en == (
        "2026Q4, Banks: at today's pace 4 of 5 quotas will hardly be full in time; 344 answers are lacking in them. "
        "Most are lacking of Bank A (86), Bank B (86), Bank C (86) and 1 more."
    )
    assert "5个配额中有4个" in says.zh


def test_quotas_that_are_not_full_when_fieldwork_is_over_are_told_once():
    over = [FIELD.end + timedelta(days=k) for k in (1, 9)]
    told = [
        one for day in over for one in shortfalls("2026Q4", [sector(QUOTAS, FIELD.end)], NAMES, FIELD, day)
    ]
    assert {one.key for one in told} == {"2026Q4 quota banks"}
    assert "fieldwork is over and 4 of 5 quotas are not full; 288 answers are lacking." in told[0].says.en


def test_quotas_that_overlap_are_not_added_and_full_ones_not_told():
    by_age = [cell(200, None, age="young"), cell(50, None, age="old")]
    (told,) = shortfalls(
        "2026Q4", [sector([*QUOTAS, *by_age], FIELD.end)], NAMES, FIELD, FIELD.end + timedelta(days=1)
    )
    assert "6 of 7 quotas are not full; 288 answers" in told.says.en
    full = sector([cell(1, "A")], FIELD.end)
    assert not list(shortfalls("2026Q4", [full], NAMES, FIELD, FIELD.end + timedelta(days=1)))
    assert not list(shortfalls("2026Q4", [sector([], FIELD.end)], NAMES, FIELD, FIELD.end))


def test_a_file_that_is_owed_is_told_for_each_day_it_was_owed_by():
    late = AgencyProgress("jia", 3, 60, 58, None, {}, None, date(2026, 11, 10), date(2026, 11, 11))
    found = [
        late,
        replace(late, agency="yi"),
        replace(late, late=None),
        replace(late, late=date(2026, 11, 12)),
    ]
    told = list(missing_deliveries("2026Q4", found, NAMES))
    assert [one.key for one in told] == [
        "2026Q4 delivery jia 2026-11-11", "2026Q4 delivery yi 2026-11-11", "2026Q4 delivery jia 2026-11-12",
    ]  # fmt: skip
    assert told[0].says == Pair(
        "2026Q4：甲公司应于2026-11-11前交来的文件尚未收到。",
        "2026Q4: a file of Agency A was owed by 2026-11-11 and has not come.",
    )


def test_failures_of_a_day_job_and_error_are_one_and_name_sectors_only():
    day = date(2026, 11, 12)
    failed = [FailedRun("estimate", day, "EstimationFailed", one) for one in ("banks", "banks", "")]
    failed += [FailedRun("collect", day, "ConformError"), FailedRun("collect", day, "Killed")]
    told = list(failures("2026Q4", failed, NAMES.sectors))
    assert [one.key for one in told] == [
        "2026Q4 failure 2026-11-12 estimate EstimationFailed",
        "2026Q4 failure 2026-11-12 collect ConformError",
        "2026Q4 failure 2026-11-12 collect Killed",
    ]
    assert "estimation failed on 2026-11-12 (EstimationFailed), of Banks." in told[0].says.en
    assert "涉及银行" in told[0].says.zh


def test_a_wave_is_ready_where_it_is_closed_or_estimated_each_time_anew():
    sectors = [sector(QUOTAS, FIELD.end)]

    def keys(state, move):
        return [one.key for one in readiness("2026Q4", Standing(state, closed=True), move, sectors, NAMES)]

    assert keys("closed", 4) == ["2026Q4 closed 4"]
    assert keys("estimated", 5) != keys("estimated", 7)
    assert keys("fielding", 3) == keys("published", 8) == keys("approved", 6) == []
    (lacking,) = readiness("2026Q4", Standing("estimated"), 5, sectors, NAMES)
    assert lacking.says.en.startswith("2026Q4 is estimated, without Banks. Accepted: 140 answers")
    assert lacking.says.zh.startswith("2026Q4已完成估计（银行除外）。")
    whole = [replace(one, estimated=True) for one in sectors]
    (all_there,) = readiness("2026Q4", Standing("estimated"), 5, whole, NAMES)
    assert all_there.says.en.startswith("2026Q4 is estimated. Accepted: 140 answers")
    (ready,) = readiness("2026Q4", Standing("closed", closed=True), 4, sectors, NAMES)
    assert ready.says.en.endswith("Accepted: 140 answers; sectors: 1.")


def test_other_figures_of_a_draft_ask_again():
    asked = approval("2026Q4", "ab" * 32, 1, 2)
    assert asked.key != approval("2026Q4", "cd" * 32, 1, 2).key
    assert asked.key == approval("2026Q4", "ab" * 32, 2, 2).key
    assert asked.says.en == "2026Q4: the draft of the release lacks 1 of 2 approvals."
    assert unreadable("2026Q4", date(2026, 11, 12)).kind == "failure"


def notices(n, length):
    return [Notice("ready", f"20{k:02}", f"key {k}", Pair("满" * length, "x" * length)) for k in range(n)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_messages_hold_every_notice_once_and_are_no_longer_than_a_chat_takes(language):
    found = list(messages(notices(23, 100), language))
    assert [key for one in found for key in one.keys] == [f"key {k}" for k in range(23)]
    assert len(found) > 1
    for one in found:
        content = payload("wecom", one)["text"]["content"]
        assert len(content.encode()) <= 2_048
        assert len(one.text.encode()) <= MOST_BYTES
    assert list(messages([], language)) == []
    assert len({one.id for one in found}) == len(found)


def test_a_payload_is_what_each_service_takes():
    (one,) = messages([Notice("ready", "2026", "k", Pair("<甲&乙>", "<A&B>"))], "en")
    assert payload("slack", one) == {"text": "NCSI: 2026 (1)\n&lt;A&amp;B&gt;"}
    assert payload("wecom", one) == payload("dingtalk", one) == {
        "msgtype": "text", "text": {"content": "NCSI: 2026 (1)\n<A&B>"},
    }  # fmt: skip
    assert "mail" in trial("mail", "zh").text


def test_a_signature_is_that_of_dingtalk():
    """As `openssl dgst -sha256 -hmac SECtest` has it of the time, a line feed and the secret."""
    url = signed_url("https://oapi.dingtalk.com/robot/send?access_token=t", "SECtest", 1760000000000)
    assert url == (
        "https://oapi.dingtalk.com/robot/send?access_token=t&timestamp=1760000000000&sign=6IoghBKw49dqVHyzlGNfS7%2BDTE6hHTbyKMslbn3uzKI%3D"
    )
