"""Field rules: patterns, ranges, check digits and a rule of one's own choose among alternatives."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.errors import ConfigError
from inkdigit.reading.fields.pattern import MOST_DIGITS, matches
from inkdigit.reading.fields.respell import respell
from inkdigit.reading.fields.rules import Rule, applied, choose, passes_luhn, rule_from
from inkdigit.types import Alternative, Box, Digit, Number, RuleOutcome, Separator

DIGITS = st.text("0123456789", min_size=1, max_size=12)


def number(*texts: tuple[str, float]) -> Number:
    """A number of digits ten pixels wide, with its alternatives."""
    best, confidence = texts[0]
    digits = tuple(
        Digit(label, 0.9, Box(10 * k, 0, 10 * k + 10, 20), ((label, 0.9), ("7", 0.06)))
        for k, label in enumerate(best)
    )
    alternatives = tuple(Alternative(*each) for each in texts)
    box = Box(0, 0, 10 * len(best), 20)
    return Number(best, confidence, box, False, None, alternatives, (), digits)


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not"),
    [
        ("dddd", ["0000", "1984"], ["198", "19840"]),
        ("d{2,5}", ["12", "12345"], ["1", "123456"]),
        ("d{3}", ["123"], ["12", "1234"]),
        ("[0-2]d", ["00", "29"], ["30", "2"]),
        ("[0-1379]", ["0", "1", "3", "7", "9"], ["2", "8"]),
        ("20d?", ["20", "205"], ["21", "2055", "2"]),
        ("dd.dd.dddd", ["24112026"], ["241126"]),
        ("d/d, d - d", ["1234"], ["123"]),
        ("dddd|d{6}", ["1234", "123456"], ["12345"]),
        ("d?d?1", ["1", "11", "111", "231"], ["1111", "12"]),
    ],
)
def test_a_pattern_fits_what_it_describes_and_nothing_else(
    pattern: str, fits: list[str], does_not: list[str]
) -> None:
    assert [text for text in fits + does_not if matches(pattern, text)] == fits


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("ddx", "'x' as its character 3, expected d, a digit"),
        ("d{", "'{' as its character 2"),
        ("{2}", "'{' as its character 1"),
        ("d{2}{2}", "'{' as its character 5"),
        ("d*", r"'\*' as its character 2"),
        ("d{5,2}", r"'d\{5,2\}' in it"),
        ("d{0}", r"'d\{0\}' in it"),
        ("[9-0]", r"'\[9-0\]' in it, expected digits and rising spans"),
        ("[]", r"'\[\]' in it"),
        ("[a]", r"'\[a\]' in it"),
        ("", "it may stand for no digit at all"),
        ("d?", "it may stand for no digit at all"),
        ("dd|", "it may stand for no digit at all"),
        ("..", "it may stand for no digit at all"),
        ("d{65}", "more than 64 digits"),
        ("d{1,9999}", "more than 64 digits"),
        ("d{40}d{40}", "more than 64 digits"),
    ],
)
def test_what_is_no_pattern_is_told_with_the_place(pattern: str, found: str) -> None:
    with pytest.raises(ConfigError, match=f"^format .*: {found}"):
        rule_from(pattern=pattern)


def test_no_pattern_takes_long() -> None:
    hopeless = "d{0,9}" * 7 + "1"  # a backtracking matcher would try 10^7 ways
    assert not matches(hopeless, "0" * MOST_DIGITS)
    assert matches(hopeless, "0" * 63 + "1")


@pytest.mark.parametrize(
    ("span", "inside", "outside"),
    [
        ("0..150", ["0", "007", "150"], ["151", "1000"]),
        ("..9", ["0", "9"], ["10"]),
        ("10..", ["10", "99999999999999999999999"], ["9"]),
        ("7..7", ["7", "07"], ["6", "8"]),
    ],
)
def test_a_range_holds_its_ends(span: str, inside: list[str], outside: list[str]) -> None:
    rule = rule_from(span=span)
    assert rule is not None
    assert [text for text in inside + outside if rule.allows(text)] == inside


@pytest.mark.parametrize("span", ["", "..", "1-5", "-3..5", "1.5..2", "a..b", "1..2..3", "5..4"])
def test_what_is_no_range_is_told(span: str) -> None:
    with pytest.raises(ConfigError, match=r"^range .*expected"):
        rule_from(span=span)


@given(DIGITS)
def test_exactly_one_last_digit_passes_luhn(text: str) -> None:
    assert sum(passes_luhn(f"{text}{last}") for last in range(10)) == 1


def test_luhn_knows_the_standards_own_example() -> None:
    assert passes_luhn("79927398713")
    assert not passes_luhn("79927398710")
    assert not passes_luhn("0")  # checks nothing


def test_all_parts_of_a_rule_must_hold() -> None:
    rule = rule_from(pattern="d{2,11}", span="20..", luhn=True)
    assert rule is not None
    assert rule.allows("79927398713")
    assert not rule.allows("18")  # passes luhn, below the range
    assert not rule.allows("21")  # in the range, no luhn
    assert not rule.allows("0" * 100 + "18")
    assert not rule.allows("")


def test_nothing_asked_for_is_no_rule() -> None:
    assert rule_from() is None


def test_the_best_text_that_satisfies_is_chosen() -> None:
    found = number(("17", 0.6), ("177", 0.3), ("171", 0.08))
    choice = choose(found.alternatives, Rule("ddd"))
    assert (choice.index, choice.outcome) == (1, RuleOutcome(satisfied=True, changed=True))
    assert choice.confidence == pytest.approx(0.3 / 0.4)  # 0.3 + 0.08 + 0.02 not listed


def test_a_text_that_was_hardly_possible_stays_unsure() -> None:
    found = number(("17", 0.98), ("177", 0.001))
    choice = choose(found.alternatives, Rule("ddd"))
    assert choice.confidence == pytest.approx(0.001 / 0.02)


def test_where_nothing_satisfies_the_best_guess_stays_and_is_rejected() -> None:
    found = number(("17", 0.6), ("11", 0.3))
    judged = applied(found, Rule("ddd"))
    assert judged.rule == RuleOutcome(satisfied=False, changed=False)
    assert (judged.text, judged.confidence, judged.digits) == ("17", 0.6, found.digits)
    assert (judged.rejected, judged.reason) == (True, "rule")


def test_a_best_guess_that_satisfies_only_gains_confidence() -> None:
    found = number(("17", 0.6), ("177", 0.3))
    judged = applied(found, Rule("dd"))
    assert judged.rule == RuleOutcome(satisfied=True, changed=False)
    assert judged == replace(found, rule=judged.rule, confidence=judged.confidence)
    assert judged.confidence == pytest.approx(0.6 / 0.7)


@given(
    st.lists(st.tuples(DIGITS, st.floats(0, 1)), min_size=1, max_size=6, unique_by=lambda e: e[0])
)
def test_a_rule_never_gives_more_than_certainty_nor_takes_any_away(
    listed: list[tuple[str, float]],
) -> None:
    total = max(1.0, sum(share for _, share in listed))
    alternatives = [Alternative(text, share / total) for text, share in listed]
    choice = choose(alternatives, Rule("d{2,3}"))
    before = alternatives[choice.index].confidence
    assert before - 1e-9 <= choice.confidence <= 1 + 1e-9


def test_a_changed_digit_keeps_its_box_and_gets_what_the_picture_says_of_it() -> None:
    judged = applied(number(("12", 0.6), ("17", 0.3)), Rule("d7"))
    assert judged.text == "17"
    one, seven = judged.digits
    assert one.label == "1"
    assert (seven.label, seven.confidence, seven.box) == ("7", 0.06, Box(10, 0, 20, 20))
    assert seven.top == (("2", 0.9), ("7", 0.06))
    unlisted = applied(number(("12", 0.6), ("14", 0.3)), Rule("d4")).digits[1]
    assert unlisted.confidence == pytest.approx(0.04)


def test_one_digit_less_goes_and_one_more_shares_a_box() -> None:
    fewer, _ = respell(number(("1234", 1.0)), "134")
    assert [digit.box.left for digit in fewer] == [0, 20, 30]
    more, _ = respell(number(("1234", 1.0)), "12934")
    assert [digit.label for digit in more] == list("12934")
    assert [(d.box.left, d.box.right) for d in more[1:3]] == [(10, 15), (15, 20)]
    first, _ = respell(number(("34", 1.0)), "134")
    assert [(d.box.left, d.box.right) for d in first] == [(0, 5), (5, 10), (10, 20)]


def test_separators_stay_where_they_are() -> None:
    comma = Separator(",", Box(19, 15, 21, 22), 2)
    found = replace(number(("1234", 0.5), ("134", 0.3)), separators=(comma,))
    judged = applied(found, Rule("ddd"))
    assert judged.separators == (replace(comma, after=1),)
    assert judged.separators[0].box == comma.box


@given(DIGITS, st.text("0123456789", max_size=12))
def test_any_text_can_be_spelled(best: str, text: str) -> None:
    digits, _ = respell(number((best, 1.0)), text)
    assert "".join(digit.label for digit in digits) == text
    assert [digit.box.left for digit in digits] == sorted(digit.box.left for digit in digits)
    assert all(d.box.left < d.box.right and 0 <= d.confidence <= 1 for d in digits)


def test_a_number_without_known_digits_is_cut_into_equal_parts() -> None:
    digits, _ = respell(Number("", 0.0, Box(0, 0, 30, 9), False, None, (), (), ()), "123")
    assert [(d.box.left, d.box.right) for d in digits] == [(0, 10), (10, 20), (20, 30)]


def test_a_rule_of_ones_own_comes_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "member_rules.py").write_text("def is_even(text): return int(text) % 2 == 0\n")
    monkeypatch.chdir(tmp_path)
    rule = rule_from(hook="member_rules:is_even")
    assert rule is not None
    assert [text for text in ("12", "13") if rule.allows(text)] == ["12"]


def test_in_python_a_rule_is_any_function() -> None:
    assert Rule(check=str.isdigit).allows("12")


@pytest.mark.parametrize(
    ("hook", "found"),
    [
        ("mine", "expected module:function"),
        ("mine:", "expected module:function"),
        ("../mine:f", "expected module:function"),
        ("no_such_rules:f", "no module named 'no_such_rules'"),
        ("odd_rules:is_evne", "unknown function 'is_evne'. Did you mean 'is_even'"),
        ("odd_rules:LIMIT", "unknown function 'LIMIT'"),
        ("bad_rules:f", "bad_rules raises SyntaxError"),
        ("sad_rules:f", "sad_rules raises ZeroDivisionError"),
        ("needy_rules:f", "no module named 'no_such_need'"),
    ],
)
def test_a_rule_that_cannot_be_had_is_told_in_one_line(
    hook: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd_rules.py").write_text("LIMIT = 3\ndef is_even(text): return True\n")
    (tmp_path / "bad_rules.py").write_text("def f(:\n")
    (tmp_path / "sad_rules.py").write_text("1 / 0\n")
    (tmp_path / "needy_rules.py").write_text("import no_such_need\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"^rule '") as told:
        rule_from(hook=hook)
    assert found in str(told.value)
    assert "\n" not in str(told.value)


def test_a_rule_that_fails_on_a_number_is_told_with_the_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "frail_rules.py").write_text("def f(text): return 1 / 0\n")
    monkeypatch.chdir(tmp_path)
    rule = rule_from(hook="frail_rules:f")
    assert rule is not None
    with pytest.raises(ConfigError, match="for '12' it raises ZeroDivisionError"):
        rule.allows("12")
