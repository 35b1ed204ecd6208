"""From a CSV file to a summary."""

from __future__ import annotations

import csv
import math
from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import Any, Final

SAMPLE: Final = Path(__file__).parent / "samples" / "orders.csv"


def summarize_csv(path: str | None = None, delimiter: str = ",") -> dict[str, Any]:
    """Count the rows of a CSV file with a header, and describe each column. Without a path: of a sample.

    Raises ValueError if there is no header, or if a row has another number of fields.
    """
    source = Path(path) if path else SAMPLE
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter)
        header = next(rows, [])
        if not header:
            raise ValueError(f"{source} has no header")
        columns: list[list[str]] = [[] for _ in header]
        for row in filter(None, rows):
            if len(row) != len(header):
                raise ValueError(f"line {rows.line_num} has {len(row)} fields, the header {len(header)}")
            for column, cell in zip(columns, row, strict=True):
                column.append(cell.strip())
    described = {name: _describe(cells) for name, cells in zip(header, columns, strict=True)}
    return {"file": str(source), "rows": len(columns[0]), "columns": described}


def _describe(cells: list[str]) -> dict[str, Any]:
    filled = [cell for cell in cells if cell]
    facts: dict[str, Any] = {"empty": len(cells) - len(filled), "distinct": len(set(filled))}
    numbers = _numbers(filled)
    if numbers:
        return facts | {"min": min(numbers), "max": max(numbers), "mean": round(fmean(numbers), 4), "sum": sum(numbers)}
    return facts | {"most": Counter(filled).most_common(1)[0][0] if filled else None}


def _numbers(cells: list[str]) -> list[float]:
    """The cells as numbers, or nothing if one of them is none."""
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []
