"""Damaged files: a refusal in plain words or a full account; no traceback, and no lost row."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import UnusableInput
from sim.fleet.tables import write_table_csv
from sim.inventories.account import write_report
from sim.inventories.importing import moved_to, read_inventory, refuse_empty
from tests.inventories.exports import DEVICE, PORTAL, WORKSTATION, csv_of, devices

HEALTH = {"ResourceID": "1", "OnboardingState": "1", "LastConnected": "3/2/2026 9:00:00 AM"}
WHOLE = {
    "cmdevice": devices(*({"ATPLastConnected": f"{n}/2/2026 9:00:00 AM"} for n in range(1, 9))),
    "portal": csv_of(*(PORTAL | {"Device Name": f"pc-{n}"} for n in range(8))),
    "health": csv_of(*(HEALTH | {"ResourceID": str(n)} for n in range(8))),
    "json": json.dumps({"value": [DEVICE | {"Name": f"PC-{n}"} for n in range(8)]}, indent=1),
    "table": "name,os\n" + "".join(f"A{n},server-2016\n" for n in range(8)),
}
NASTY = (
    "=1+1", "\x00", '"', "\n", "\r", ",", ";", "\t", "NULL", "\ufeff", "\u2028", "'=x", "}", "]",
    "-1", "\\ud800", "x" * 200_000, "9" * 5_000, "[" * 3_000, "3/31/2026", "#TYPE ",
)  # fmt: skip


def imported(folder, **contents):
    """Import files and hold the account to what it promises; None when they are refused."""
    folder.mkdir(exist_ok=True)
    paths = []
    for name, content in contents.items():
        path = folder / f"{name}.csv"
        path.write_bytes(content)
        paths.append(path)
    try:
        read = read_inventory(paths)
        assert read.read == read.joined + len(read.left_out)
        assert len({str(row["name"]).casefold() for row in read.table.rows}) == len(read.table.rows)
        write_report(read.left_out, folder / "report.out")
        refuse_empty(read)
        moved, _ = moved_to(read, date(2026, 3, 2))
        write_table_csv(moved.table, folder / "fleet.out")
    except UnusableInput as error:
        assert error.problems
        assert all(problem.what for problem in error.problems)
        return None
    return read


@st.composite
def damaged(draw, text):
    """Return a file's bytes with some cut, some put in, and perhaps two encodings."""
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        if draw(st.booleans()):
            text = text[:at] + draw(st.sampled_from(NASTY) | st.text(max_size=8)) + text[at:]
        else:
            text = text[:at] + text[at + draw(st.integers(1, 60)) :]
    data = text.encode(draw(st.sampled_from(["utf-8", "utf-16", "utf-16-le"])), "replace")
    if draw(st.booleans()):
        at = draw(st.integers(0, len(data)))
        more = draw(st.binary(max_size=6) | st.just("Köln,Büro\n".encode("latin-1")))
        data = data[:at] + more + data[at:]
    return data


@pytest.mark.parametrize("form", WHOLE)
@settings(max_examples=150)
@given(data=st.data())
def test_a_damaged_file_is_refused_or_accounted_for(form, data, tmp_path_factory):
    content = data.draw(damaged(WHOLE[form]))

    imported(tmp_path_factory.getbasetemp() / f"damaged-{form}", one=content)


@settings(max_examples=150)
@given(resources=damaged(WHOLE["cmdevice"]), health=damaged(WHOLE["health"]))
def test_damaged_files_are_joined_or_refused(resources, health, tmp_path_factory):
    imported(tmp_path_factory.getbasetemp() / "damaged", one=resources, two=health)


@settings(max_examples=100)
@given(content=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_anything_at_all_is_refused_or_accounted_for(content, tmp_path_factory):
    imported(tmp_path_factory.getbasetemp() / "anything", one=content)


lines = st.text(st.characters(exclude_characters="\r\n", exclude_categories=("Cs",)), max_size=60)


@settings(max_examples=200)
@given(noise=st.lists(st.tuples(st.integers(0, 8), lines), max_size=4))
def test_lines_that_are_put_in_take_no_other_row_with_them(noise, tmp_path_factory):
    """Unless quotation marks join them to it, every row that was whole is still placed."""
    text = WHOLE["cmdevice"].splitlines(keepends=True)
    for at, line in noise:
        text.insert(at + 1, f"{line.replace(chr(34), '')}\r\n")

    read = imported(tmp_path_factory.getbasetemp() / "noise", one="".join(text).encode())

    assert read is not None
    names = {row["name"] for row in read.table.rows}
    assert {f"PC-{n}" for n in range(1, 9)} <= names
    written = sum(1 for _, line in noise if line.replace('"', "").strip(", \t").strip())
    assert read.read - 8 <= written
    assert len(read.left_out) + len(names) == read.read


@settings(max_examples=100)
@given(cut=st.integers(0, len(WHOLE["cmdevice"])))
def test_of_a_file_that_was_cut_every_line_counts(cut, tmp_path_factory):
    text = WHOLE["cmdevice"][:cut]
    begun = [line for line in text.splitlines()[1:] if line]

    read = imported(tmp_path_factory.getbasetemp() / "cut", one=text.encode())

    if read is not None:
        assert read.read == len(begun)
        assert len(read.table.rows) in (len(begun), len(begun) - 1)


@settings(max_examples=100)
@given(cut=st.integers(0, len(WHOLE["json"])))
def test_of_a_list_that_was_cut_every_object_counts(cut, tmp_path_factory):
    text = WHOLE["json"][:cut]

    read = imported(tmp_path_factory.getbasetemp() / "cut-json", one=text.encode())

    if read is not None:
        assert len(read.table.rows) == text.count("}") - (cut == len(WHOLE["json"]))
        assert read.read >= text.count("{") - 1


@settings(max_examples=100)
@given(cells=st.dictionaries(
    st.sampled_from(["Name", "ResourceID", "DeviceOS", "DeviceOSBuild", "ATPLastConnected",
                     "ClientVersion", "ESUValue", "ClientState", "ATPOnboardingState", "IsClient"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.lists(st.integers(), max_size=2) | st.just({"a": {}}) | st.sampled_from(NASTY),
))  # fmt: skip
def test_any_value_of_a_member_is_read_or_passed_over(cells, tmp_path_factory):
    whole = {"Name": "PC-9", "DeviceOS": WORKSTATION, "DeviceOSBuild": "19045"}
    content = json.dumps([whole, DEVICE | cells]).encode()

    read = imported(tmp_path_factory.getbasetemp() / "members", one=content)

    assert read is not None
    assert read.read == 2
