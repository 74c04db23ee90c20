"""A hundred scenarios on the shipped park, ten replications each, under one policy and the same seeds, ranked."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.conftest import Note
from bench.spent import command

SHARES, PRICES, RUNS = range(55, 105, 5), range(90, 110, 2), 10
FILE = """\
title = "Quota at {share} %, modules abroad at {price} %"

[[patch]]
op = "scale"
path = "materials.accelerator.weekly_quota"
value = {quota}

[[patch]]
op = "scale"
path = "bom.dc-export/*.value_yuan"
value = {dear}
"""


def test_hundred_scenarios(benchmark: Any, note: Note, tmp_path: Path) -> None:
    """Dearer modules are worth more at any quota, exactly; more quota is never worth less, whatever the prices."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    for share in SHARES:
        for price in PRICES:
            text = FILE.format(share=share, price=price, quota=share / 100, dear=price / 100)
            (folder / f"q{share:03}-p{price:03}.toml").write_text(text, encoding="utf-8")
    words = ("compare", "--rank", "-n", str(RUNS), "--json", "--scenarios")
    command([*words, "base,quota-halved"], tmp_path)  # compiles the twin where that has not been done
    spent = benchmark.pedantic(lambda: command([*words, "scenarios"], tmp_path), rounds=1)
    found = json.loads(spent.out)
    mean = {Path(row["scenario"]).stem: row["mean_yuan"] for row in found["scenarios"]}
    assert len(mean) == 100
    assert found["replications"] == RUNS
    for share in SHARES:
        line = [mean[f"q{share:03}-p{price:03}"] for price in PRICES]
        steps = [after - before for before, after in pairwise(line)]
        assert min(steps) > 0
        assert max(steps) - min(steps) < 1e-6 * line[0]
    for price in PRICES:
        line = [mean[f"q{share:03}-p{price:03}"] for share in SHARES]
        assert line == sorted(line)
    assert Path(found["scenarios"][0]["scenario"]).stem == "q100-p108"
    note("rank", "wuxi", spent.wall_s)
    note("rank, CPU", "wuxi", spent.cpu_s)
