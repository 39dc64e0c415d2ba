"""Spec files that are broken as files: each gives one clear SpecError, never a silent guess."""

import os

import pytest

from ncsi.errors import SpecError
from ncsi.spec import load_instrument, schemas_root
from ncsi.spec.yaml_documents import MAX_BYTES, read_document

HEAD = b"spec: ncsi/instrument/1\n"
FAULTS = {
    "empty": (b"", "is not a mapping of keys to values"),
    "only a comment": (b"# nothing\n", "is not a mapping of keys to values"),
    "a list": (b"- a\n- b\n", "is not a mapping of keys to values"),
    "a bare text": (b"hello\n", "is not a mapping of keys to values"),
    "gb18030": ("label: 满意度\n".encode("gb18030"), "is not UTF-8 (byte 7). Save the file as UTF-8 text"),
    "utf-16": ("spec: x\n".encode("utf-16"), "is not UTF-8 (byte 0)"),
    "an xlsx": (b"PK\x03\x04\x14\x00\x06\x00", "is not valid YAML"),
    "NUL byte": (b"a: b\x00c\n", "is not valid YAML"),
    "escaped NUL": (b'a: "b\\0c"\n', "a (line 1): contains the control character U+0000. Remove it"),
    "escaped surrogate": (b'a: "\\ud800"\n', "a"),
    "syntax": (HEAD + b"id: [a, b\n", "is not valid YAML"),
    "tab indent": (b"a:\n\tb: 1\n", "line 2, column 1: is not valid YAML"),
    "two documents": (b"a: 1\n---\nb: 2\n", "is not valid YAML: but found another document"),
    "duplicate key": (
        b"a: 1\nb: 2\na: 3\n",
        "top level (line 3): the key 'a' is given twice, first on line 1. Keep one of them",
    ),
    "deep duplicate": (b"a:\n  - {b: 1, b: 2}\n", "a[0] (line 2): the key 'b' is given twice"),
    "alias": (b"a: &x [1]\nb: *x\n", "line 1: uses a YAML anchor or alias. Write the value out in full"),
    "alias bomb": (
        b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (k, k, k - 1, k - 1) for k in range(98, 118)),
        "uses a YAML anchor or alias",
    ),
    "merge": (b"a:\n  <<: {b: 1}\n", "a (line 2): a key is not plain text"),
    "a list as key": (b"? [a, b]\n: 1\n", "top level (line 1): a key is not plain text"),
    "python object": (b"a: !!python/object/apply:os.system ['true']\n", "is not valid YAML"),
    "nested without end": (b"a: " + b"[" * 100_000, "nested more than 32 levels deep. Check the brackets"),
    "endless digits": (b"a: " + b"9" * 5000 + b"\n", "is not valid YAML"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_broken_file(tmp_path, fault):
    content, message = FAULTS[fault]
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    with pytest.raises(SpecError) as caught:
        load_instrument(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert caught.value.exit_code == 2


def test_missing_file(tmp_path):
    with pytest.raises(SpecError, match="there is no such file"):
        load_instrument(tmp_path / "absent.yaml")


def test_folder_instead_of_file(tmp_path):
    with pytest.raises(SpecError, match="there is no such file"):
        load_instrument(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_named_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(SpecError, match="there is no such file"):
        load_instrument(tmp_path / "pipe.yaml")


def test_name_too_long_for_the_file_system():
    with pytest.raises(SpecError, match="cannot be opened"):
        load_instrument("a" * 5000 + ".yaml")


def test_oversized_file(tmp_path):
    path = tmp_path / "big.yaml"
    path.write_bytes(b"# " + b"x" * MAX_BYTES)
    with pytest.raises(SpecError, match=r"is 2,097,154 bytes, more than the 2,097,152"):
        load_instrument(path)


def test_byte_order_mark_is_no_fault(tmp_path):
    text = (schemas_root() / "instruments" / "ccsi.yaml").read_text(encoding="utf-8")
    path = tmp_path / "bom.yaml"
    path.write_text(text, encoding="utf-8-sig")
    assert load_instrument(path) == load_instrument("ccsi")


def test_windows_line_ends_are_no_fault(tmp_path):
    text = (schemas_root() / "instruments" / "ccsi.yaml").read_bytes()
    path = tmp_path / "crlf.yaml"
    path.write_bytes(text.replace(b"\n", b"\r\n"))
    assert load_instrument(path) == load_instrument("ccsi")


def test_brand_may_be_called_anything_printable(tmp_path):
    path = tmp_path / "text.yaml"
    path.write_text("a: '<script>alert(1)</script> =HYPERLINK(\"x\") #set 𠮷野家 😀'\n", encoding="utf-8")
    assert "𠮷野家" in read_document(path).data["a"]


@pytest.mark.parametrize("name", ["ccsl", "CCSI", "", "../ccsi", "no such", "ccsi\n"])
def test_unknown_instrument(name):
    with pytest.raises(SpecError) as caught:
        load_instrument(name)
    assert "there is no" in str(caught.value)


def test_unknown_instrument_names_the_nearest():
    with pytest.raises(SpecError, match=r"there is no instrument 'ccsl'\. Did you mean 'ccsi'\?"):
        load_instrument("ccsl")
    with pytest.raises(SpecError, match="The instruments are: acsi, ccsi, citizens, construction"):
        load_instrument("zzz")


def test_file_named_for_another_instrument(tmp_path):
    text = (schemas_root() / "instruments" / "ccsi.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match="the id is 'ccsi' but the file is named 'mine'"):
        load_instrument("mine", tmp_path)
    assert load_instrument(tmp_path / "mine.yaml").id == "ccsi"


def test_construct_that_no_path_reaches(tmp_path):
    text = (schemas_root() / "instruments" / "acsi.yaml").read_text(encoding="utf-8")
    path = tmp_path / "loose.yaml"
    kept = [line for line in text.splitlines() if "to: Loyalty" not in line]
    path.write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(
        SpecError, match=r"constructs\[5\]\.id \(line 100\): no path leads to or from 'Loyalty'"
    ):
        load_instrument(path)


def test_cycle_is_named(tmp_path):
    text = (schemas_root() / "instruments" / "acsi.yaml").read_text(encoding="utf-8")
    path = tmp_path / "cycle.yaml"
    path.write_text(
        text.replace("from: Complaint, to: Loyalty", "from: Complaint, to: Value"), encoding="utf-8"
    )
    with pytest.raises(SpecError) as caught:
        load_instrument(path)
    cycle = str(caught.value).split("cycle: ")[1].split(". ")[0].split(" -> ")
    assert set(cycle) == {"Value", "Satisfaction", "Complaint"}
    assert cycle[0] == cycle[-1]
    ring = "".join(f"{name}>" for name in cycle[:-1]) * 2
    assert "Value>Satisfaction>Complaint" in ring
