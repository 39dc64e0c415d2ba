"""What looks personal is told by its kind; answers, dates, weights and ids of brands are left alone.

Numbers are made up, or are the examples of the standards.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from ncsi.ingest.personal_data import personal_kind

PERSONAL = {
    "phone number": [
        "13800138000", "+8613800138000", "+86 138-0013-8000", "0086 13800138000", "138.0013.8000", "13800138000.0",
        "１３８００１３８０００", "张三 13800138000", "请打138 0013 8000谢谢", "010-62781234", "(010) 6278 1234",
        "0571-87951234", "01062781234", "+86 10 6278 1234", "010-62781234转802", "010-62781234-802", "+44 20 7946 0958",
        "+1 212-555-0123", "(212) 555-0123", "+852 2345 6789", "+81 3-1234-5678", "090-1234-5678", "0912-345-678",
        "0033 1 42 68 53 00",
    ],
    "ID-card number": [
        "11010519491231002X", "11010519491231002x", "身份证11010519491231002X", "110105491231002",
    ],
    "e-mail address": ["a.b@c.cn", "WHO@Example.COM", "写信到 li.si@example.com.cn 即可"],
    "unified credit code": ["91110000600037341L", "91330106673959654P"],
    "bank card": ["6222021234567890128", "4111 1111 1111 1111", "5500-0000-0000-0004", "371449635398431"],
    "IP address": ["192.168.1.17", "2001:db8::1f", "IP:10.0.0.255"],
    "passport number": ["E12345678", "G98765432", "EA1234567", "护照号:C01X00T47", "A123456(3)", "H12345678"],
    "WeChat or QQ account": ["wxid_abc123def456", "微信:zhang_san88", "WeChat ID: lisi_1990", "QQ:12345678",
                             "oDd6VuIXmYmXmYmXmYmXmYmXmYmX"],
    "vehicle plate": ["京A12345", "粤B·D12345", "沪AD12345", "浙A 8888警", "京A7Q3K9"],
    "postal address": [
        "南京东路300号", "人民路3号", "北京市海淀区中关村大街27号1101室", "幸福小区12栋3单元402室", "长安街十二号",
        "12 Baker Street", "Room 302, 15 Xueyuan Road",
    ],
}  # fmt: skip
HARMLESS = [
    "", "8", "10", "98", "-3", "8.0", "12345", "98765432", "20260301", "2026-03-01", "2026-03-01 12:30:00",
    "2026-03-01T04:30:05Z", "2026/3/1 8:05", "03/13/2026 1:05 PM", "2026年3月1日", "1:02:03", "1分20秒", "1h 2m 3s",
    "20260301123000", "1700000000", "1700000000000", "12345678901", "0.5", "1.3800138000", "0.4111111111111111",
    "4.111111111111111", "1e10", "1,000,000", "5000-10000", "10000-50000", "20000-30000", "100-200-3000", "2020-2024",
    "b1", "icbc", "brand_12", "CN-0001", "AB-123456", "W0017", "员工0017", "E123", "G1234", "ab12cd34ef56", "v1.2.3",
    "北京", "浙江省杭州市", "京津冀", "上海市浦东新区", "新疆维吾尔自治区", "中国银行人民路支行", "3号线", "1号店",
    "7天酒店", "第3组", "农村", "乡镇", "华东-江苏", "18-24岁", "本科及以上", "5000元以下", "@home", "很好,没有意见",
    "Strongly agree", "North East", "Main Street", "No. 1",
    "0138000000001", "r000000123", "QQ音乐", "微信支付", "WeChat Pay",
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "word"), [(kind, word) for kind, words in PERSONAL.items() for word in words]
)
def test_what_looks_personal_is_told_by_its_kind(kind, word):
    assert personal_kind(word) == kind


@pytest.mark.parametrize("word", HARMLESS)
def test_what_surveys_hold_is_left_alone(word):
    assert personal_kind(word) is None


@pytest.mark.parametrize(
    "word",
    ["110105194912310021", "91110000600037341M", "6222021234567890127", "4111111111111112", "+999 1234567"],
)
def test_a_wrong_check_digit_or_a_number_of_no_plan_is_no_identity(word):
    assert personal_kind(word) is None


def test_weights_and_seconds_of_a_whole_wave_are_left_alone():
    rng = np.random.default_rng(1)
    weights = [repr(float(one)) for one in rng.lognormal(size=20_000)]
    seconds = [str(int(one)) for one in rng.integers(30, 90_000, 5_000)]
    assert [one for one in (*weights, *seconds) if personal_kind(one)] == []


@pytest.mark.parametrize("kind", PERSONAL)
def test_a_region_that_looks_personal_is_other(make, write, kind):
    value = PERSONAL[kind][0]
    path = write(f'r1,b1,8,8,8,8,"{value}"', "r2,b1,7,8,8,8,north", header=make.HEADER + ",region")
    found = make.sifted(path)
    assert found.accepted["bank"]["region"].tolist() == ["other", "north"]
    assert value not in found.accepted["bank"].to_csv() + found.faults.to_csv()


def test_numbering_plans_are_not_imported_for_plain_answers():
    code = (
        "import sys; from ncsi.ingest.personal_data import personal_kind; "
        "[personal_kind(str(k)) for k in range(100)]; personal_kind('2026-03-01'); "
        "sys.exit('phonenumbers' in sys.modules or 'stdnum' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
