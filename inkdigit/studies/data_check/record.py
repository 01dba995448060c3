"""What a check found as lines of JSON: the findings, and the two files that training honours."""

from collections.abc import Iterator, Sequence
from typing import Any

from inkdigit.durable import json_line
from inkdigit.studies.data_check.finding import Finding, Material, Suspect, side_name

EXCLUDE, RELABEL, FINDINGS = "exclude.jsonl", "relabel.jsonl", "findings.jsonl"


def fix_lines(material: Material, findings: Sequence[Finding]) -> tuple[list[str], list[str]]:
    """Write what is proposed: the lines of the file to exclude by, and of that to relabel by.

    A picture stands in one of them, once; to exclude it goes before. What `data.exclude` and
    `data.relabel` said already is not repeated.
    """
    names, classes = material.names, material.class_names
    exclusions: dict[int, str] = {}
    relabellings: dict[int, str] = {}
    for finding in findings:
        for suspect in finding.suspects:
            why = finding.check + (f": {suspect.note}" if suspect.note else "")
            record = {"picture": names[suspect.row]}
            if suspect.exclude:
                exclusions.setdefault(suspect.row, json_line(record | {"why": why}) + "\n")
            elif suspect.label is not None:
                record |= {"label": classes[suspect.label], "why": why}
                relabellings.setdefault(suspect.row, json_line(record) + "\n")
    kept = [line for row, line in relabellings.items() if row not in exclusions]
    return list(exclusions.values()), kept


def records(material: Material, findings: Sequence[Finding]) -> Iterator[str]:
    """Write a line for each finding."""
    sides = material.side_of()
    for finding in findings:
        pictures = [
            _picture(material, suspect, int(sides[suspect.row])) for suspect in finding.suspects
        ]
        files = [{"file": name, "error": fault} for name, fault in finding.files]
        yield (
            json_line(
                {
                    "check": finding.check,
                    "severity": finding.severity,
                    "said": finding.said,
                    "mend": finding.mend,
                    "pictures": pictures,
                    "files": files,
                }
            )
            + "\n"
        )


def _picture(material: Material, suspect: Suspect, side: int) -> dict[str, Any]:
    names, classes = material.names, material.class_names
    return {
        "picture": names[suspect.row],
        "split": side_name(side),
        "label": classes[material.labels[suspect.row]],
        "note": suspect.note,
        "twin": None if suspect.twin is None else names[suspect.twin],
        "exclude": suspect.exclude,
        "relabel": None if suspect.label is None else classes[suspect.label],
    }
