"""What the computer tells of itself."""

from pathlib import Path

import pytest

from inkdigit import machine


def linux_lists(monkeypatch: pytest.MonkeyPatch, listing: str) -> None:
    """Let /proc/cpuinfo say so."""
    monkeypatch.setattr(Path, "is_file", lambda _path: True)
    monkeypatch.setattr(Path, "read_text", lambda *_arguments: listing)


def test_there_is_at_least_one_core_and_a_processor() -> None:
    assert machine.usable_cores() >= 1
    assert machine.processor()


def test_the_instruction_sets_that_matter_are_picked_from_linuxs_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listing = "model name\t: A processor\nflags\t\t: fpu sse2 avx2 amx_int8\n\nmodel name : other\n"
    linux_lists(monkeypatch, listing)
    assert machine.instruction_sets() == ("avx2", "amx_int8")
    assert machine.processor() == "A processor"


@pytest.mark.parametrize(
    ("vendor", "flags", "faster"),
    [
        ("AuthenticAMD", "avx2 avx512_bf16", True),
        ("AuthenticAMD", "avx2 avx512f", False),
        ("GenuineIntel", "avx512_bf16", False),
        ("GenuineIntel", "avx512_bf16 amx_bf16", True),
    ],
)
def test_bf16_is_faster_with_amx_and_on_amd(
    monkeypatch: pytest.MonkeyPatch, vendor: str, flags: str, faster: bool
) -> None:
    listing = f"vendor_id\t: {vendor}\nflags\t\t: {flags}\n\n"
    linux_lists(monkeypatch, listing)
    assert machine.bf16_is_faster() is faster


def test_a_system_without_that_list_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", lambda _path: False)
    assert machine.instruction_sets() == ()
    assert machine.processor()
