"""The page and its picture are made from whatever has been measured."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from app.catalog import build_catalog
from app.domains import DOMAINS
from bench.report import write_report
from bench.synthetic import MOST, import_package, write_package

MEASURED = {
    "p50_ms": 4.0, "p90_ms": 5.0, "p99_ms": 9.0, "max_ms": 20.0, "errors": 0, "body_bytes": 200.0, "app_cpu_us": 200.0,
    "postgres_cpu_us": 90.0, "foreign_cores": 0.0,
}  # fmt: skip


def run(contestant: str, number: int, requests_per_s: float) -> dict[str, Any]:
    """One measurement of Q1."""
    return {
        "contestant": contestant, "workload": "Q1", "round": number, "requests_per_s": requests_per_s, **MEASURED,
    }  # fmt: skip


def part(result: Any) -> dict[str, Any]:
    """A part as it is kept."""
    return {"machine": "a machine", "date": "2026-11-21", "commit": "abc1234", "result": result}


@pytest.fixture
def parts() -> dict[str, Any]:
    """Throughput in three rounds, of which the second was disturbed; and a series of growth."""
    rates = {"floor": (100.0, 50.0, 100.0), "bulkhead": (210.0, 90.0, 200.0)}
    runs = [run(name, number, rate) for name, of in rates.items() for number, rate in enumerate(of)]
    throughput = {"connections": 32, "rounds": 3, "seconds": 8.0, "runs": runs, "left_out": {"slow": "it is ill"}}
    series = [run("bulkhead", 0, 100.0) | {"x": x} for x in (10, 100)]
    return {
        "throughput": part(throughput),
        "growth": part({"rounds": 3, "seconds": 4.0, "series": {"tenants": series}}),
    }


def test_page_tells_medians_of_ratios_within_rounds(parts: dict[str, Any], tmp_path: Path) -> None:
    write_report(parts, tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text()
    assert "| Q1 | 100/s | 2.00 |" in text
    assert "_2026-11-21, commit abc1234._" in text
    assert "Left out: slow, since `it is ill`." in text
    assert "## Growth" in text
    assert "## Two workers" not in text


def test_picture_stands_beside_the_page(parts: dict[str, Any], tmp_path: Path) -> None:
    write_report(parts, tmp_path / "page.md")
    assert "(page.svg)" in (tmp_path / "page.md").read_text()
    words = [element.text for element in ElementTree.parse(tmp_path / "page.svg").iter() if element.text]  # noqa: S314
    assert {"Q1", "2.00", "Tenants (Q1)", "bulkhead"} <= set(words)


@pytest.mark.parametrize("entities", [1, 25, MOST])
def test_synthetic_domain_is_a_domain(entities: int, tmp_path: Path) -> None:
    write_package(tmp_path, entities)
    own = len(build_catalog(DOMAINS).entities)
    assert len(build_catalog((*DOMAINS, import_package(tmp_path))).entities) == own + entities
