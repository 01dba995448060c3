"""The classes as such: how many pictures each has, what it is called, in which order they come."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from inkdigit.data.split import count_classes
from inkdigit.studies.data_check.finding import Finding, Material, counted

_UNEVEN = 3.0  # times as many pictures as the rarest class
_FEW = 20  # training pictures


def find_odd_classes(material: Material) -> list[Finding]:
    """Find uneven and tiny classes, names that are nearly the same, and numbers out of order."""
    return [*_balance(material), *_order(material.class_names), *_alike(material.class_names)]


def _balance(material: Material) -> Iterator[Finding]:
    names, counts = material.class_names, count_classes(material.source.train)
    rare, common = int(counts.argmin()), int(counts.argmax())
    if counts[common] >= _UNEVEN * max(counts[rare], 1):
        yield Finding(
            "class balance",
            "notice",
            f"Class {names[common]!r} has {counts[common]:,} training pictures, {names[rare]!r} "
            f"has {counts[rare]:,}.",
            "-s training.class_weights=balanced lets rare classes weigh more; better are more "
            "pictures of them.",
        )
    few = [name for name, count in zip(names, counts.tolist(), strict=True) if count < _FEW]
    if few:
        yield Finding(
            "few pictures",
            "notice",
            f"{counted(len(few), 'class', 'classes')} with fewer than {_FEW} training pictures: "
            f"{', '.join(few[:10])}{', …' if len(few) > 10 else ''}.",
            "Collect more of them, or nothing that is measured of them means much.",
        )


def _order(names: tuple[str, ...]) -> Iterator[Finding]:
    if not all(name.isdecimal() for name in names):
        return
    for name, after in pairwise(names):
        if int(name) > int(after):
            yield Finding(
                "class order",
                "notice",
                f"Classes come in the order of their names as text: {name!r} before {after!r}.",
                "What answers with positions, and not with names, will be misread. Zeros in front, "
                f"such as {after.zfill(max(map(len, names)))}, bring them into order.",
            )
            return


def _alike(names: tuple[str, ...]) -> Iterator[Finding]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        plain = "".join(name.casefold().replace("-", " ").replace("_", " ").split())
        groups[plain.lstrip("0") or "0"].append(name)
    for same in groups.values():
        if len(same) > 1:
            yield Finding(
                "class names",
                "problem",
                f"Classes that may be one: {', '.join(map(repr, same))}.",
                "If they are, move their pictures into one folder.",
            )
