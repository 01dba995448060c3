"""What a number must be to be right in its field, and the choice of what it is then.

A rule does not read: it chooses among the texts that the reader holds possible. What it says of
confidence is in `choose`.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module, invalidate_caches
from pathlib import Path

from inkdigit.errors import ConfigError, unknown
from inkdigit.reading.fields.pattern import MOST_DIGITS, matches, parse
from inkdigit.reading.fields.respell import Spelling, respell
from inkdigit.types import Alternative, Number, NumberReason, RuleOutcome

Check = Callable[[str], bool]  # a rule of one's own: the digits of a number → whether they may be

_RANGE = re.compile(rf"([0-9]{{1,{MOST_DIGITS}}})?\.\.([0-9]{{1,{MOST_DIGITS}}})?")
_HOOK = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*):([^\W\d]\w*)")


@dataclass(frozen=True)
class Rule:
    """What the digits of a number must be; all that is given must hold.

    Raises:
        ConfigError: the format is no pattern, or the range holds nothing.
    """

    format: str | None = None  # a pattern, see `reading.pattern`
    low: int | None = None  # of the digits as one whole number: 12,50 is 1250
    high: int | None = None  # included, as `low` is
    luhn: bool = False  # the last digit is the check digit of the others, as on cards
    check: Check | None = None

    def __post_init__(self) -> None:
        if self.format is not None:
            parse(self.format)
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ConfigError(
                f"range {self.low}..{self.high}: it holds nothing, expected the smaller one first."
            )

    def allows(self, text: str) -> bool:
        """Tell whether a number may have these digits; more than 64 it may never have."""
        if not text or len(text) > MOST_DIGITS:
            return False
        value = int(text)
        return (
            (self.format is None or matches(self.format, text))
            and (self.low is None or self.low <= value)
            and (self.high is None or value <= self.high)
            and (not self.luhn or passes_luhn(text))
            and (self.check is None or bool(self.check(text)))
        )


@dataclass(frozen=True)
class Choice:
    """What a rule makes of the texts that a number may be."""

    index: int  # of the text to give; 0, the best guess, where none satisfies the rule
    outcome: RuleOutcome
    confidence: float  # of that text


def rule_from(
    *,
    pattern: str | None = None,
    span: str | None = None,
    luhn: bool = False,
    hook: str | None = None,
) -> Rule | None:
    """Build a rule out of texts, as the command line and a form's file have them.

    Args:
        pattern: of the digits, see `reading.pattern`.
        span: `0..150`, `..150` or `10..`, both ends included.
        luhn: whether the last digit checks the others.
        hook: `module:function`, see `load_check`.

    Returns:
        None if nothing is asked for.

    Raises:
        ConfigError: one of them is not what it should be.
    """
    low, high = (None, None) if span is None else _ends(span)
    check = None if hook is None else load_check(hook)
    rule = Rule(pattern, low, high, luhn, check)
    return None if rule == Rule() else rule


def choose(alternatives: Sequence[Alternative], rule: Rule) -> Choice:
    """Choose the most probable text that satisfies the rule.

    That the number satisfies the rule is taken for granted, so the texts that do not are out of
    the question, and what they had falls to the others in proportion. The probability that no
    listed text has stays with texts that are not listed, as if they all satisfied the rule: the
    confidence is never above what it should be by that. Where no text satisfies the rule, the
    best guess and its confidence stay as they were.

    Args:
        alternatives: at least one, best first; their confidences add up to at most 1.
        rule: must hold.
    """
    allowed = [rule.allows(each.text) for each in alternatives]
    if True not in allowed:
        return Choice(0, RuleOutcome(satisfied=False, changed=False), alternatives[0].confidence)
    index = allowed.index(True)
    shares = [each.confidence for each in alternatives]
    in_question = sum(share for share, fine in zip(shares, allowed, strict=True) if fine)
    unlisted = max(0.0, 1.0 - sum(shares))
    confidence = shares[index] / (in_question + unlisted) if shares[index] else 0.0
    return Choice(index, RuleOutcome(satisfied=True, changed=index > 0), confidence)


def applied(
    number: Number, rule: Rule, spell: Callable[[Number, str], Spelling] = respell
) -> Number:
    """Give a number as its rule lets it be.

    Its text and confidence, digits and separators are those of the text that is chosen, its
    alternatives stay what they were: what the picture says. It is rejected for `rule` where none
    satisfies it, and for nothing else, so call this before you reject what is unsure.

    Args:
        number: as it was read.
        rule: must hold.
        spell: gives the digits and separators of one of the alternatives.
    """
    choice = choose(number.alternatives, rule)
    reason: NumberReason | None = None if choice.outcome.satisfied else "rule"
    judged = replace(
        number,
        confidence=choice.confidence,
        rejected=reason is not None,
        reason=reason,
        rule=choice.outcome,
    )
    text = number.alternatives[choice.index].text
    if text == number.text:
        return judged
    digits, separators = spell(number, text)
    return replace(judged, text=text, digits=digits, separators=separators)


def passes_luhn(text: str) -> bool:
    """Tell whether the last of at least two digits is the check digit of the others.

    Source: ISO/IEC 7812-1, annex B.
    """
    digits = [int(sign) for sign in reversed(text)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return len(digits) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def load_check(hook: str) -> Check:
    """Import a rule of the user's own: `module:function`, also from the current folder.

    This runs the module. The function gets a number's digits, such as "1234", and says whether
    they may be.

    Raises:
        ConfigError: there is no such module or function, or the module cannot be imported; and
            later, the function raises an error.
    """
    named = _HOOK.fullmatch(hook)
    if named is None:
        raise ConfigError(
            f"rule {hook!r}: expected module:function, for example my_rules:is_member_number."
        )
    module, name = named.groups()
    with _current_folder_first():
        try:
            found = vars(import_module(module))
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"rule {hook!r}: no module named {error.name!r}, expected one that is installed or "
                f"a file in this folder. Go to where it lies, or write it."
            ) from error
        except Exception as error:  # whatever a user's module raises
            raise ConfigError(f"rule {hook!r}: {module} {_raised(error)}. Mend it.") from error
    functions = [each for each, value in found.items() if callable(value) and each[0] != "_"]
    check = found.get(name)
    if not callable(check):
        raise ConfigError(f"rule {hook!r}: {unknown('function', name, functions)}")

    def guarded(text: str) -> bool:
        try:
            return bool(check(text))
        except Exception as error:  # whatever a user's function raises
            raise ConfigError(
                f"rule {hook!r}: for {text!r} it {_raised(error)}, expected True or False. Mend it."
            ) from error

    return guarded


def _ends(span: str) -> tuple[int | None, int | None]:
    found = _RANGE.fullmatch(span)
    if found is None or not any(found.groups()):
        raise ConfigError(f"range {span!r}: expected two whole numbers, as in 0..150, ..150, 10..")
    low, high = (int(end) if end else None for end in found.groups())
    return low, high


@contextmanager
def _current_folder_first() -> Iterator[None]:
    """Import as a script in this folder would, without leaving the folder on the path."""
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    invalidate_caches()  # the file may be younger than what Python knows of the folder
    try:
        yield
    finally:
        with suppress(ValueError):  # the module itself may have changed the path
            sys.path.remove(folder)


def _raised(error: Exception) -> str:
    return f"raises {type(error).__name__}: {' '.join(str(error).split())}"
