"""The schema of a park folder, exported: JSON Schema for machines, a page of tables for people."""

from __future__ import annotations

from typing import Any, cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from aidc_twin.park.schema import ORDERED, REQUIRED, TABLES, ParkHead
from aidc_twin.resources.columns import Column, columns_of
from aidc_twin.units.number import number_text
from aidc_twin.units.quantity import Quantity, When

DRAFT = "https://json-schema.org/draft/2020-12/schema"

INTRODUCTION = """\
# A park is a folder

<!-- made by aidc_twin.park.json_schema.schema_markdown(); do not edit -->

`park.toml` and one table per file beside it, as CSV (UTF-8, comma) or Parquet with the same columns. A table without a
file is empty; {required} must be there, and {ordered} unless there is a `sources`.
How real lines are described with these tables is shown in [mechanisms.md](mechanisms.md).
Files of other names are refused, except `README*`, `LICENSE*` and a `facts.csv` with facts of the park's own. Each
column may be headed by its name or by its Chinese name. Blank cells take the default.

Kinds of cells:

- **id**: letters, digits and `. _ - /`, without spaces. **text**: one line of up to 200 characters.
- **quantity**: a number (`5`, `1.5e6`), a fact (`fact:frame_fab_days`), or a distribution: `tri(low,mode,high)`,
  `uniform(low,high)`, `exp(mean)`, `erlang(k,mean)`, `gamma(shape,mean)`, `lognormal(mean,cv)`, `weibull(shape,mean)`,
  `normal(mean,sd)`, `discrete(v1,p1,v2,p2,…)` (values with probabilities that sum to 1), `empirical(x1,x2,…)`
  (samples, equally likely); each may be followed by `*factor`. In a CSV a distribution stands in quotes. Only times
  (durations, waits, intervals, repairs, lead times), arrival dates and phase openings are sampled; everything else
  counts with its nominal value: the constant, the mode of a triangle, otherwise the mean. A fact must be in the unit
  of its column or carry a factor.
- **when**: a date `2026-10-01`, `tri(earliest,likely,latest)` or a fact whose unit is `yyyymmdd`.
- **date**: `2026-10-01`, `2026/10/1` or `2026年10月1日`. **time**: `HH:MM`, up to `24:00`.
- **list**: ids separated by `;`.
"""

SCENARIOS = """\
## Scenarios

A scenario is a TOML file of patches, shipped by name or a user's own by path; scenarios stack in the order given.

```toml
title = "Twice the demand that has not begun"
note = "why"
goals = "shuang-qianyi"          # optional: the goal profile to use with it

[[patch]]
op = "scale"                     # set, scale, shift, add or remove
path = "orders.*.quantity_mw"    # table.key.column
value = 2
where = { started = "no" }       # optional: only rows with these values
```

- `path`: parts of a composite key are joined by `/` (`operations.it_box/test.duration`); `*` in a key stands for any
  text; `park.horizon_weeks` is a key of the head. A column of the key cannot be changed.
- `set` writes the value as a cell would hold it; `scale` multiplies numbers and quantities (whole numbers must stay
  whole); `shift` adds to numbers and constants, and days to dates; `add` appends `row = {column = "text", …}` to
  `path = "table"`; `remove` deletes the rows of `path = "table.key"`. Blank cells are neither scaled nor shifted.
- `where` compares columns with a value or with any of a list. On orders, `started` is `yes` for an order of which
  `state/operations` knows a step, else `no`.
- A patch that matches nothing, names something unknown or gives a park that does not pass its checks is refused. All
  that is wrong with scenarios and with the park is told at once.
"""

STATES = """
## A state in a folder of its own

`state/` says what is so at the epoch. A state of a later day stands in a folder of its own, and is imported, checked
and kept by `aidc-twin state import DIR --at DAY`; `run`, `simulate`, `plan`, `schedule` and `branch` start from it with
`--state`. It holds at the beginning of its day, before anything of the first instant has happened.

- Files: `operations`, `stocks`, `purchase_orders`, `machines`, `posted` with the columns above, each as `.csv`, `.xlsx`
  (one sheet) or `.parquet`; or one workbook `state.xlsx` with a sheet for each. What is not there is empty: it does not
  come from the park's own `state/`. `orders`, `phases` and `accounts`, where they are there, take the place of the
  park's. In a workbook names must be text: a number has lost its leading zeros.
- `state.toml` may say the day and the park: `at = 2027-01-04`, `park = "my-park"`, `note = "…"`; `--at` comes before
  it, and without either the state is that of the epoch.
- The park becomes that of the day: the epoch moves there, the end of the horizon stays (in whole weeks), nothing warms
  up, and windows, transfers, `not_before` and ships without a first departure go on as they were. Scenarios patch the
  park as it is then. A park with `sources` or resources of kind `bucketed` has states of its epoch only.
- Amounts are those that are posted from the day on. What was posted for a goal in its year before can stand in
  `posted`, by the goal's name in the profile: the goal is then what remains of it, and left out where nothing does.

What a simulated future puts down (`aidc-twin state extract`) and reads again goes on with the same trace, but for what
no state says:

| not said | what happens instead |
|---|---|
| since when work waits | ties and the rule `fifo` go by the order of the book |
| on which machine a unit sits | the lowest free one |
| what an idle machine was set up for | its next changeover is free |
| that a step failed, and how often it was tried | it begins anew, and the material that it took is back in stock |
| how long a machine has run since its last repair | that is drawn anew; a repair under way ends at midnight |
| that work stands still until its machine is repaired | the wait counts as work left, up to the longest of the step |
| how many units have taught a step (`learning`) | it is learned anew |
| who is in one batch | each goes by itself; refused where they then hold more than there is |
| which way a unit took where ways divide, which unit was lost | refused |
| when exactly an uncertain delivery or phase comes | it is drawn anew from what is left of its range |
"""


def park_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the head and of a row of every table, with units and Chinese names."""
    tables = {name: {"type": "array", "items": _model_schema(model)} for name, model in TABLES.items()}
    return {
        "$schema": DRAFT,
        "$id": "https://aidc-twin.invalid/schema/park-1.json",
        "title": "Park folder",
        "description": "park.toml under `park`, the rows of each table under its file name without ending",
        "type": "object",
        "properties": {"park": _model_schema(ParkHead), **tables},
        "required": ["park", *REQUIRED],
        "anyOf": [{"required": [*ORDERED]}, {"required": ["sources"]}],
        "additionalProperties": False,
    }


def _model_schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    key = list(getattr(model, "__key__", ()))
    return {**schema, "key": key} if key else schema


def schema_markdown() -> str:
    """Page with every table and column: kind, unit, Chinese name, default and meaning."""
    required, ordered = (", ".join(f"`{name}`" for name in names) for names in (REQUIRED, ORDERED))
    parts = [INTRODUCTION.format(required=required, ordered=ordered), _section("park.toml", ParkHead)]
    parts += [_section(f"{name}.csv", model) for name, model in TABLES.items()]
    return "\n".join([*parts, SCENARIOS + STATES])


def _section(title: str, model: type[BaseModel]) -> str:
    key: tuple[str, ...] = getattr(model, "__key__", ())
    lines = [f"## {title}", "", (model.__doc__ or "").strip(), ""]
    if key:
        lines += [f"Key: {', '.join(f'`{name}`' for name in key)}.", ""]
    lines += ["| column | 中文 | kind | unit | default | meaning |", "|---|---|---|---|---|---|"]
    lines += [_row(column, model.model_fields[column.name]) for column in columns_of(model)]
    return "\n".join([*lines, ""])


def _row(column: Column, field: FieldInfo) -> str:
    extra = cast("dict[str, Any]", field.json_schema_extra) if isinstance(field.json_schema_extra, dict) else {}
    default = "required" if column.required else _shown(field.get_default(call_default_factory=True))
    cells = (
        f"`{column.name}`",
        ", ".join(column.aliases),
        _kind(column),
        str(extra.get("unit", "")),
        default,
        str(field.description or ""),
    )
    return f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |"


def _kind(column: Column) -> str:
    """Kind of cell with its choices or bounds."""
    if column.kind == "choice":
        return column.allowed.removeprefix("one of ").replace(", ", " · ")
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    return " ".join(
        (column.kind, ", ".join(f"{signs[word]} {number_text(limit)}" for word, limit in column.bounds))
    ).strip()


def _shown(default: object) -> str:
    if isinstance(default, Quantity | When):
        return default.text
    if isinstance(default, tuple) or default is None or default == "":
        return ""
    return number_text(default) if isinstance(default, float) else str(default)


if __name__ == "__main__":
    from pathlib import Path

    Path("docs/park-folder.md").write_text(schema_markdown(), encoding="utf-8", newline="\n")
