"""The report of a check: one self-contained HTML page with the pictures that were found."""

import base64
import io
import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from inkdigit.data.split import count_classes
from inkdigit.evaluation.page import render
from inkdigit.pictures.decode import as_picture
from inkdigit.studies.data_check.finding import Finding, Material, Suspect, side_name
from inkdigit.studies.data_check.record import EXCLUDE, RELABEL

REPORT = "report.html"
_SHOWN = 48  # pictures of one finding; the others are in findings.jsonl


def report_page(
    material: Material, findings: Sequence[Finding], folder: Path, seconds: float
) -> str:
    """Draw the page.

    Args:
        material: all pictures.
        findings: what was found in them, in the order of the page.
        folder: where the fixes are, for the commands that use them.
        seconds: that the check took.
    """
    source = material.source
    splits = (source.train, source.validation, source.test)
    counts = np.array([count_classes(split) for split in splits])
    sides = material.side_of()
    return render(
        "data_check.html.j2",
        {
            "title": f"{source.name} · check of the data",
            "source": source,
            "preparation": source.preparation,
            "seconds": seconds,
            "total": len(material.labels),
            "problems": [each for each in findings if each.severity == "problem"],
            "notices": [each for each in findings if each.severity == "notice"],
            "cards": {
                finding.check: [
                    _card(material, suspect, int(sides[suspect.row]))
                    for suspect in finding.suspects[:_SHOWN]
                ]
                for finding in findings
            },
            "classes": list(zip(source.class_names, counts.T.tolist(), strict=True)),
            "largest": int(counts.sum(axis=0).max()),
            "splits": splits,
            "command": shlex.join(
                [
                    *("inkdigit", "train", "--data", source.name),
                    *("--exclude", str(folder / EXCLUDE), "--relabel", str(folder / RELABEL)),
                ]
            ),
        },
    )


def _card(material: Material, suspect: Suspect, side: int) -> dict[str, object]:
    fix = "exclude" if suspect.exclude else None
    if suspect.label is not None:
        fix = f"relabel: {material.class_names[suspect.label]}"
    return {
        "name": material.names[suspect.row],
        "label": material.class_names[material.labels[suspect.row]],
        "side": side_name(side),
        "note": suspect.note,
        "picture": _png(material, suspect.row),
        "twin": None if suspect.twin is None else _png(material, suspect.twin),
        "fix": fix,
    }


def _png(material: Material, row: int) -> str:
    """Encode a picture losslessly as base64."""
    buffer = io.BytesIO()
    as_picture(np.asarray(material.images[row])).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")
