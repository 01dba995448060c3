"""What was read, for people, for JSON and for a table."""

from inkdigit.durable import json_line
from inkdigit.reading.records import (
    COLUMNS,
    form_columns,
    form_record,
    form_row,
    marked,
    number_record,
    page_record,
    table_rows,
    text_lines,
    written,
)
from inkdigit.types import Box, RuleOutcome, Separator
from tests.reading.handmade import number, page

COMMA, DOT = (Separator(sign, Box(1, 2, 3, 4), after) for sign, after in ((",", 4), (".", 1)))


def test_people_get_lines_with_two_spaces_between_numbers() -> None:
    read = page([number("12"), number("345")], [number("6")])
    assert list(text_lines(read)) == ["12  345", "6"]


def test_a_rejected_number_is_marked_with_its_reason() -> None:
    unsure = number("1234", shares=[0.99, 0.3, 0.99, 0.99], reason="unsure")
    assert list(text_lines(page([unsure]))) == ["1?34  rejected: unsure"]
    broken = number("99", reason="rule")
    beside = page([number("7"), unsure, broken])
    assert list(text_lines(beside)) == ["7  1?34  99  1?34 rejected: unsure  99 rejected: rule"]


def test_a_question_mark_stands_for_what_makes_a_number_unsure() -> None:
    assert marked(number("123", shares=[0.9, 0.8, 0.9], reason="unsure")) == "1?3"
    assert marked(number("123", shares=[0.5, 0.8, 0.2], reason="unsure")) == "?2?"
    assert marked(number("123", shares=[0.1, 0.8, 0.9], reason="rule")) == "123"
    assert marked(number("123", shares=[0.1, 0.8, 0.9])) == "123"


def test_what_a_rule_changed_is_said() -> None:
    rule = RuleOutcome(satisfied=True, changed=True)
    found = number("17", rule=rule)
    changed = type(found)(**{**vars(found), "alternatives": number("11").alternatives})
    assert list(text_lines(page([changed]))) == ["17  by its rule, it looks like 11"]


def test_separators_are_written_where_they_stand() -> None:
    assert written(number("123450", separators=(COMMA, DOT))) == "1.234,50"
    assert written(number("1", separators=(DOT,))) == "1."
    assert number("12", separators=(DOT,)).text == "12"


def test_json_is_as_it_was_promised() -> None:
    found = number("12", at=(5, 6), second="17", separators=(DOT,), shares=[0.75, 0.5])
    assert json_line(page_record(page([found]))) == (
        '{"number":1,"width":200,"height":120,"lines":[{"numbers":[{"text":"12","confidence":0.5,'
        '"box":[5,6,25,26],"rejected":false,"reason":null,"alternatives":[{"text":"12",'
        '"confidence":0.5},{"text":"17","confidence":0.25}],"separators":[{"text":".",'
        '"box":[1,2,3,4],"after":1}],"rule":null,"digits":[{"label":"1","confidence":0.75,'
        '"box":[5,6,15,26]},{"label":"2","confidence":0.5,"box":[15,6,25,26]}]}]}]}'
    )


def test_json_tells_the_outcome_of_a_rule() -> None:
    record = number_record(number("1", reason="rule", rule=RuleOutcome(False, False)))
    assert record["rule"] == {"satisfied": False, "changed": False}
    assert (record["rejected"], record["reason"]) == (True, "rule")


def test_a_table_has_a_row_for_every_number() -> None:
    first = page([number("12", second="17"), number("345")], [number("6", reason="unsure")])
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in table_rows("a.png", [first])]
    assert [(row["line"], row["position"], row["text"]) for row in rows] == [
        (1, 1, "12"),
        (1, 2, "345"),
        (2, 1, "6"),
    ]
    assert rows[0]["second"] == "17"
    assert [row["rejected"] for row in rows] == ["false", "false", "true"]
    assert (rows[1]["left"], rows[1]["bottom"]) == (0, 20)


def test_a_form_has_a_row_with_its_fields() -> None:
    read = page([number("12", reason="unsure")], [], [number("7")], place=3)
    names = ("age", "children", "paid")
    row = dict(zip(form_columns(names), form_row("a.pdf", read, names), strict=True))
    assert row == {
        "file": "a.pdf",
        "page": 3,
        "age": "12",
        "children": "",
        "paid": "7",
        "age_confidence": "0.999",
        "children_confidence": "",
        "paid_confidence": "0.999",
        "rejected": "age: unsure",
        "error": "",
    }


def test_a_form_in_json_has_its_fields_by_their_names() -> None:
    record = form_record(page([number("12")], []), ("age", "paid"))
    assert list(record) == ["number", "width", "height", "fields"]
    assert record["fields"] == {"age": number_record(number("12")), "paid": None}
