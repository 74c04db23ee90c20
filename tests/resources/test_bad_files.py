"""The independent catalogue of bad files, read against small models; each gets the response the catalogue asks for."""

from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import BaseModel, Field

from aidc_twin.errors import Problem
from aidc_twin.resources import Id, TimeOfDay, read_json, read_table, read_toml, refuse_yaml

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "cases" / "bad_files"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the catalogue of bad files is not beside the repository")


def named(alias: str, default: object = ..., **constraints: float) -> object:
    """Field with a Chinese alias."""
    return Field(default, json_schema_extra={"aliases": [alias]}, **constraints)


class Order(BaseModel, frozen=True):
    """Order book of the catalogue."""

    __key__: ClassVar[tuple[str, ...]] = ("id",)
    id: Id = named("订单号")
    product: str = named("产品")
    quantity: int = named("数量", ge=1, le=10**6)
    due: date = named("交期")


class BomLine(BaseModel, frozen=True):
    """Bill of materials of the catalogue."""

    __key__: ClassVar[tuple[str, ...]] = ("parent", "child")
    parent: Id = named("父件")
    child: Id = named("子件")
    use: float = named("用量", gt=0)


class Shift(BaseModel, frozen=True):
    """Calendar of the catalogue."""

    start: TimeOfDay = named("开始")
    end: TimeOfDay = named("结束")


class Station(BaseModel, frozen=True):
    """Station of the catalogue."""

    servers: int = Field(1, ge=1, le=10**6)
    time: float = Field(1, gt=0)


class Definition(BaseModel, frozen=True):
    """Definition of the catalogue."""

    name: str = ""
    station: dict[str, Station] = {}


ACCEPTED = {
    "bom_cycle.csv",
    "bom_missing_part.csv",
    "orders_cn_dates.csv",
    "orders_gbk.csv",
    "orders_gbk_header_only_chinese.csv",
    "orders_name_fmt.csv",
    "orders_name_formula.csv",
    "orders_name_script.csv",
    "orders_name_svg.csv",
    "orders_name_url.csv",
    "orders_ok_utf8.csv",
    "orders_utf8_bom.csv",
    "toml_bom.toml",
}
"""Right at this level (a cycle or a missing part of a bill of materials is found when the park is checked)."""

REFUSED = {
    "bom_zero_qty.csv": "out-of-range",
    "bomb_10MiB_zeros.csv.gz": "wrong-file-kind",
    "calendar_never_open.csv": "no-rows",
    "json_trailing.json": "json-syntax",
    "orders_2digit_year.csv": "two-digit-year",
    "orders_ambiguous_dates.csv": "ambiguous-date",
    "orders_big5.csv": "bad-encoding",
    "orders_dup_id.csv": "duplicate-id",
    "orders_empty_0bytes.csv": "empty-file",
    "orders_extra_column.csv": "unknown-column",
    "orders_fullwidth_comma.csv": "wrong-separator",
    "orders_gb18030_rare.csv": "bad-encoding",
    "orders_name_long.csv": "too-long",
    "orders_name_nul.csv": "nul-character",
    "orders_name_rtl.csv": "invisible-character",
    "orders_name_tab.csv": "invisible-character",
    "orders_name_zwsp.csv": "invisible-character",
    "orders_qty_hash.csv": "excel-error",
    "orders_qty_huge.csv": "too-large",
    "orders_qty_inf.csv": "infinite",
    "orders_qty_na.csv": "absent",
    "orders_qty_percent.csv": "percent",
    "orders_qty_ref.csv": "excel-error",
    "orders_qty_under.csv": "underscore",
    "orders_thousands.csv": "thousands-separator",
    "orders_total_row.csv": "total-row",
    "orders_year_9999.csv": "year-out-of-range",
    "toml_bool_number.toml": "int-type",
    "toml_deep.toml": "too-deep",
    "toml_dup_key.toml": "duplicate-key",
    "toml_dup_table.toml": "duplicate-key",
    "toml_float_servers.toml": "int-type",
    "toml_huge.toml": "less-than-equal",
    "toml_include_traversal.toml": "unknown-key",
    "toml_nan.toml": "nan",
    "toml_neg_time.toml": "greater-than",
    "toml_typo.toml": "unknown-key",
    "toml_zero_servers.toml": "greater-than-equal",
    "truncated.parquet": "corrupt-parquet",
    "yaml_dup.yaml": "yaml",
    "yaml_python_tag.yaml": "yaml",
}


def response(path: Path) -> tuple[bool, list[Problem]]:
    """Whether anything was read from a file of the catalogue, and the problems."""
    problems: list[Problem] = []
    if path.suffix == ".toml":
        return read_toml(path, Definition, problems) is not None, problems
    if path.suffix == ".json":
        return read_json(path, problems) is not None, problems
    if path.suffix == ".yaml":
        return not refuse_yaml(path, problems), problems
    model = BomLine if path.name.startswith("bom_") else Shift if path.name.startswith("calendar") else Order
    return bool(read_table(path, model, problems, [])), problems


@pytest.mark.parametrize("name", sorted(ACCEPTED))
def test_accepted(name: str) -> None:
    """What only looks odd is read, without a problem."""
    assert response(FOLDER / name) == (True, [])


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused(name: str) -> None:
    """What is wrong is refused with one problem that has a file and a cure."""
    _, problems = response(FOLDER / name)
    assert [problem.code for problem in problems] == [REFUSED[name]]
    assert problems[0].file == f"bad_files/{name}"
    assert problems[0].fix


def test_the_catalogue_is_covered() -> None:
    """Every file of the catalogue has a response here."""
    assert {path.name for path in FOLDER.iterdir()} - {"bad_inputs.csv"} == ACCEPTED | REFUSED.keys()
