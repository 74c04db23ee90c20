"""The independent bad files, each put into a copy of the tiny park: read, or refused with the defect named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park
from aidc_twin.park.schema import Order
from aidc_twin.resources.columns import columns_of

CASES = Path(__file__).parents[3] / "shared" / "cases" / "bad_files"
CATALOGUE = "bad_inputs.csv"
ORDERS_MORE = ("下单日期,目的地", "2026-10-08,nearby")
"""Columns that an order needs and the files do not have, and their cells."""

Problems = Callable[..., list[Problem]]


class Case(NamedTuple):
    """How a file enters the park, and what must be said about it (no code: it is read)."""

    put: Callable[[Path, bytes], None]
    code: str = ""
    file: str = ""
    line: int = 0
    column: str = ""
    fix: str = ""


def _orders(encoding: str = "utf-8", *, name_as_customer: bool = False) -> Callable[[Path, bytes], None]:
    """Complete the order columns in the file's own encoding; names that are not the defect become a product."""

    def put(park: Path, data: bytes) -> None:
        text = data.decode(encoding)
        for name in ("AI服务器", "SRV8"):
            text = text.replace(name, "kit")
        lines = text.rstrip("\n").split("\n")
        comma = "，" if "，" in lines[0] else ","
        headers, cells = (part.replace(",", comma) for part in ORDERS_MORE)
        if name_as_customer:
            lines[0], headers, cells = lines[0].replace("产品", "客户"), f"{headers},产品", f"{cells},kit"
        full = [f"{line}{comma}{cells if number else headers}" for number, line in enumerate(lines)]
        (park / "orders.csv").write_bytes(("\n".join(full) + "\n").encode(encoding))
        shutil.rmtree(park / "state")

    return put


def _as(name: str, *, instead: str = "") -> Callable[[Path, bytes], None]:
    """Put the bytes as they are under a name, in place of another file."""

    def put(park: Path, data: bytes) -> None:
        if instead:
            (park / instead).unlink()
        (park / name).write_bytes(data)

    return put


def _bom(park: Path, data: bytes) -> None:
    """Give each line an operation, and make the parents known products."""
    header, *lines = data.decode().rstrip("\n").split("\n")
    rows = [f"{header},工序", *(f"{line},machine" for line in lines)]
    _append(park / "bom.csv", "")
    kept = (park / "bom.csv").read_text(encoding="utf-8").rstrip("\n").split("\n")[1:]
    rows += [",".join([*row.split(",")[:3], row.split(",")[4]]) for row in kept]
    (park / "bom.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    names = {cell for line in lines for cell in line.split(",")[:2]} - {"不存在的件"}
    _append(park / "products.csv", "".join(f"{name},component,,pump,pumpworks,,\n" for name in sorted(names)))


def _no_shifts(park: Path, data: bytes) -> None:
    """The file has the columns of a calendar and no row."""
    start, end = data.decode().strip().split(",")
    (park / "calendars.csv").write_text(f"日历,班次,{start}时间,{end}时间\n", encoding="utf-8")


def _head(park: Path, data: bytes) -> None:
    """Append the text of a definition to the head."""
    _append(park / "park.toml", data.decode())


def _marked_head(park: Path, data: bytes) -> None:
    """Put the byte-order mark of the file before the head."""
    mark = data[: data.index(b"name")]
    (park / "park.toml").write_bytes(mark + (park / "park.toml").read_bytes())


def _boolean_head(park: Path, data: bytes) -> None:
    """The value of the station where the head counts weeks."""
    _swap(park / "park.toml", "horizon_weeks = 66", f"horizon_weeks = {_value(data)}")


def _servers(park: Path, data: bytes) -> None:
    """The number of servers of the station as a capacity."""
    _swap(park / "capacity.csv", "test_rig,all,2", f"test_rig,all,{_value(data)}")


def _time(park: Path, data: bytes) -> None:
    """The time of the station as a duration."""
    _swap(park / "operations.csv", "frame,10,hour", f"frame,{_value(data)},hour")


def _misspelt(park: Path, data: bytes) -> None:
    """The key with a letter too many as a column with one."""
    assert b"serverss" in data
    _swap(park / "capacity.csv", "amount", "amountt")


def _value(data: bytes) -> str:
    return data.decode().rpartition("=")[2].strip()


def _append(path: Path, text: str) -> None:
    old = path.read_text(encoding="utf-8")
    path.write_text(old + text, encoding="utf-8")


def _swap(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _order_cell(code: str, column: str, fix: str = "", line: int = 2) -> Case:
    return Case(_orders(), code, "tiny/orders.csv", line, column, fix)


def _customer(code: str = "") -> Case:
    put = _orders(name_as_customer=True)
    return Case(put, code, "tiny/orders.csv", 2, "customer") if code else Case(put)


FILES: dict[str, Case] = {
    "orders_2digit_year.csv": _order_cell("two-digit-year", "due", "2026-12-01"),
    "orders_ambiguous_dates.csv": _order_cell("ambiguous-date", "due", "2026-12-01"),
    "orders_big5.csv": Case(_as("orders.csv"), "bad-encoding", "tiny/orders.csv", 1, "", "UTF-8"),
    "orders_cn_dates.csv": Case(_orders()),
    "orders_dup_id.csv": _order_cell("duplicate-id", "order", "lines 2 and 3", line=3),
    "orders_empty_0bytes.csv": Case(_as("orders.csv"), "empty-file", "tiny/orders.csv", 0, "", "export"),
    "orders_extra_column.csv": Case(_orders(), "unknown-column", "tiny/orders.csv", 1, "数最", ""),
    "orders_fullwidth_comma.csv": Case(_orders(), "wrong-separator", "tiny/orders.csv", 1, "", "commas"),
    "orders_gb18030_rare.csv": Case(_orders("gb18030"), "bad-encoding", "tiny/orders.csv", 2, "", "UTF-8"),
    "orders_gbk.csv": Case(_orders("gbk")),
    "orders_gbk_header_only_chinese.csv": Case(_orders("gbk")),
    "orders_name_fmt.csv": _customer(),
    "orders_name_formula.csv": _customer(),
    "orders_name_long.csv": _customer("too-long"),
    "orders_name_nul.csv": Case(_orders(), "nul-character", "tiny/orders.csv", 2, "", "delete"),
    "orders_name_rtl.csv": _customer("invisible-character"),
    "orders_name_script.csv": _customer(),
    "orders_name_svg.csv": _customer(),
    "orders_name_tab.csv": _customer("invisible-character"),
    "orders_name_url.csv": _customer(),
    "orders_name_zwsp.csv": _order_cell("invisible-character", "product", "delete"),
    "orders_ok_utf8.csv": Case(_orders()),
    "orders_qty_hash.csv": _order_cell("excel-error", "quantity_mw", "widen the column"),
    "orders_qty_huge.csv": _order_cell("too-large", "quantity_mw", "unit"),
    "orders_qty_inf.csv": _order_cell("infinite", "quantity_mw", "finite"),
    "orders_qty_na.csv": _order_cell("absent", "quantity_mw", "number"),
    "orders_qty_percent.csv": _order_cell("percent", "quantity_mw", "0.5"),
    "orders_qty_ref.csv": _order_cell("excel-error", "quantity_mw", "formula"),
    "orders_qty_under.csv": _order_cell("underscore", "quantity_mw", "1000"),
    "orders_thousands.csv": _order_cell("thousands-separator", "quantity_mw", "1200"),
    "orders_total_row.csv": _order_cell("total-row", "", "delete the row", line=3),
    "orders_utf8_bom.csv": Case(_orders("utf-8-sig")),
    "orders_year_9999.csv": _order_cell("year-out-of-range", "due", "year"),
    "bom_cycle.csv": Case(_bom, "bom-cycle", "tiny/bom.csv", 2, "item", "remove"),
    "bom_missing_part.csv": Case(_bom, "unknown-reference", "tiny/bom.csv", 2, "item", ""),
    "bom_zero_qty.csv": Case(_bom, "out-of-band", "tiny/bom.csv", 2, "quantity", "remove the line"),
    "bomb_10MiB_zeros.csv.gz": Case(_as("orders.csv"), "wrong-file-kind", "tiny/orders.csv", 0, "", "text"),
    "calendar_never_open.csv": Case(_no_shifts, "unknown-reference", "tiny/operations.csv", 2, "calendar", ""),
    "json_trailing.json": Case(_as("orders.json"), "unknown-file", "tiny/orders.json", 0, "", "orders.csv"),
    "toml_bom.toml": Case(_marked_head),
    "toml_bool_number.toml": Case(_boolean_head, "int-type", "tiny/park.toml", 5, "horizon_weeks", ""),
    "toml_deep.toml": Case(_head, "too-deep", "tiny/park.toml", 8, "", "flatten"),
    "toml_dup_key.toml": Case(_head, "duplicate-key", "tiny/park.toml", 9, "", "delete"),
    "toml_dup_table.toml": Case(_head, "duplicate-key", "tiny/park.toml", 9, "", "delete"),
    "toml_float_servers.toml": Case(_servers, "fractional-pieces", "tiny/capacity.csv", 6, "amount", "write 2 or 3"),
    "toml_huge.toml": Case(_servers, "too-much-capacity", "tiny/capacity.csv", 6, "amount", "unit"),
    "toml_include_traversal.toml": Case(_head, "unknown-key", "tiny/park.toml", 8, "include", ""),
    "toml_nan.toml": Case(_time, "nan", "tiny/operations.csv", 7, "duration", "plain number"),
    "toml_neg_time.toml": Case(_time, "negative-duration", "tiny/operations.csv", 7, "duration", "duration"),
    "toml_typo.toml": Case(_misspelt, "unknown-column", "tiny/capacity.csv", 1, "amountt", "amount"),
    "toml_zero_servers.toml": Case(_servers, "zero-capacity", "tiny/capacity.csv", 6, "amount", "box_it"),
    "truncated.parquet": Case(_as("orders.parquet", instead="orders.csv"), "corrupt-parquet", "tiny/orders.parquet"),
    "yaml_dup.yaml": Case(_as("orders.yaml"), "yaml", "tiny/orders.yaml", 0, "", "orders.csv"),
    "yaml_python_tag.yaml": Case(_as("park.yaml"), "yaml", "tiny/park.yaml", 0, "", "park.toml"),
}

NAMES = {alias: column.name for column in columns_of(Order) for alias in column.aliases}
"""Columns by their Chinese names: a problem may call a column as its file does."""

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the folder of independent cases is not here")


def test_every_file_has_its_case() -> None:
    """No bad file of the collection is passed over."""
    assert {path.name for path in CASES.iterdir()} - {CATALOGUE} == set(FILES)


@pytest.mark.parametrize("name", [name for name, case in FILES.items() if not case.code])
def test_files_that_are_read(tiny: Path, load: Callable[..., Park], name: str) -> None:
    """Files whose right response is to read them load, with their figures."""
    FILES[name].put(tiny, (CASES / name).read_bytes())
    park = load(tiny)
    if name.startswith("orders"):
        (order,) = park.orders
        assert (order.order, order.product, order.quantity_mw) == ("A-001", "kit", 120)
        assert order.due.isoformat() == "2026-12-01"


@pytest.mark.parametrize("name", [name for name, case in FILES.items() if case.code])
def test_files_that_are_refused(tiny: Path, problems_of: Problems, name: str) -> None:
    """The defect is named with place, what was found and the cure, beside a second one planted elsewhere."""
    case = FILES[name]
    case.put(tiny, (CASES / name).read_bytes())
    _append(tiny / "holidays.csv", "plant,2027-05-01,2027-04-01,reversed\n")
    problems = problems_of(tiny)
    alike = [found for found in problems if found.code == case.code]
    problem = next((found for found in alike if found.file == case.file), None)
    assert problem is not None, f"{case.code} is not among {[(found.file, found.code) for found in problems]}"
    assert (problem.line, NAMES.get(problem.column, problem.column)) == (case.line, case.column)
    assert problem.found
    assert problem.fix
    assert case.fix in problem.fix
    assert "holiday-reversed" in {found.code for found in problems} or "park.toml" in case.file
    assert "\n" not in str(problem)
    assert len(str(problem)) < 1000
