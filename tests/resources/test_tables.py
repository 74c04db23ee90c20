"""Tables: headers, rows and cells; every defect with its place, nothing silently taken."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import BaseModel, BeforeValidator, Field, model_validator

from aidc_twin.errors import Problem
from aidc_twin.resources import Id, Text, TimeOfDay, read_table, read_table_text
from aidc_twin.units.quantity import Quantity, When


class Order(BaseModel, frozen=True, extra="forbid"):
    """An order as in an order book."""

    __key__: ClassVar[tuple[str, ...]] = ("id",)
    id: Id = Field(json_schema_extra={"aliases": ["订单号"]})
    product: str = Field(json_schema_extra={"aliases": ["产品"]})
    quantity: int = Field(ge=1, le=10**6, json_schema_extra={"aliases": ["数量"], "unit": "pieces"})
    due: date = Field(json_schema_extra={"aliases": ["交期"]})


class Anything(BaseModel, frozen=True):
    """One field of every kind."""

    id: Id = "x"
    text: Text = ""
    count: int | None = Field(None, ge=0)
    share: Annotated[float, Field(ge=0, le=1)] = 0.5
    flag: bool = False
    day: date | None = None
    moment: datetime | None = None
    clock: TimeOfDay = 0
    hours: Quantity | None = Field(None, gt=0)
    opens: When | None = None
    kind: Literal["crew", "bay"] = "bay"
    after: tuple[str, ...] = ()
    money: Annotated[int, BeforeValidator(lambda text: int(str(text).removesuffix(" yuan")))] = 0

    @model_validator(mode="after")
    def _sane(self) -> "Anything":
        if self.count == 13:
            raise ValueError("thirteen is not allowed beside anything")
        return self


class Pair(BaseModel, frozen=True):
    """A row told apart by two fields, one of which has a default."""

    __key__: ClassVar[tuple[str, ...]] = ("name", "part")
    __allow_empty__: ClassVar[bool] = True
    name: Id
    part: Id = "all"


def read(text: str, model: type[BaseModel] = Order) -> tuple[list[tuple[int, BaseModel]], list[Problem], list[str]]:
    """Rows, problems and notices of a table given as text."""
    problems: list[Problem] = []
    notices: list[str] = []
    return read_table_text(text, model, problems, notices, "park/orders.csv"), problems, notices


def codes(text: str, model: type[BaseModel] = Order) -> list[str]:
    """Codes of the problems of a table."""
    return [problem.code for problem in read(text, model)[1]]


HEAD = "id,product,quantity,due\n"
ROW = "A-1,server,120,2026-12-01\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("head", [HEAD, "订单号,产品,数量,交期\n", " id ,产品,quantity,交期\n"])
def test_line_ends_and_aliases(head: str, end: str) -> None:
    """Any line ends and any mix of names and aliases read alike, with the line of each row."""
    rows, problems, _ = read((head + ROW + ROW.replace("A-1", "A-2")).replace("\n", end))
    assert problems == []
    assert [(line, row.model_dump()["id"]) for line, row in rows] == [(2, "A-1"), (3, "A-2")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD.replace(",", ";") + ROW.replace(",", ";"), "wrong-separator"),
        (HEAD.replace(",", "\t") + ROW.replace(",", "\t"), "wrong-separator"),
        ("订单号，产品，数量，交期\nA，B，1，2026-12-01\n", "wrong-separator"),
        (HEAD.replace("due", "due,due") + "A-1,s,1,2026-12-01,2026-12-01\n", "duplicate-column"),
        (HEAD.replace("due", "due,交期") + "A-1,s,1,2026-12-01,2026-12-01\n", "ambiguous-column"),
        (HEAD.replace("due", "due,") + "A-1,s,1,2026-12-01,\n", "unnamed-column"),
        ("A-1,server,120,2026-12-01\n", "no-header"),
        (HEAD, "no-rows"),
        ("\n\n", "empty-file"),
        (HEAD + 'A-1,"server,120,2026-12-01\n', "unclosed-quote"),
        (HEAD + 'A-1,"server" x,120,2026-12-01\n', "stray-quote"),
        (HEAD + "A-1,server,120\n", "row-width"),
        (HEAD + "A-1,server,1,200,2026-12-01\n", "row-width"),
        (HEAD + ROW + "合计,,120,\n", "total-row"),
        (HEAD + ROW + "Total：,,120,\n", "total-row"),
        (HEAD + "A-1,,120,2026-12-01\n", "blank"),
        (HEAD + f"A-1,{'x' * 201},120,2026-12-01\n", "too-long"),
        (HEAD + f"A-1,{'x' * 200_000},120,2026-12-01\n", "too-long"),
    ],
)
def test_structure(text: str, code: str) -> None:
    """Each way to break a table is one problem with a code and a cure."""
    _, problems, _ = read(text)
    assert [problem.code for problem in problems] == [code]
    assert problems[0].fix
    assert str(problems[0]).startswith("park/orders.csv")


def test_misspelt_column() -> None:
    """A misspelt column is unknown and its field is missing; each message points to the other."""
    _, problems, _ = read("id,product,quantty,due\n" + ROW)
    assert {problem.code for problem in problems} == {"unknown-column", "missing-column"}
    assert all("quant" in problem.fix for problem in problems)


def test_every_defect_is_collected() -> None:
    """Three bad cells in two rows are three problems, and the good row is returned."""
    rows, problems, _ = read(HEAD + "A-1,s,x,01/02/2027\n" + ROW.replace("A-1", "A-2") + "A-3,s,1.5,2026-12-01\n")
    assert [(p.line, p.column, p.code) for p in problems] == [
        (2, "quantity", "not-a-number"),
        (2, "due", "ambiguous-date"),
        (4, "quantity", "not-whole"),
    ]
    assert [line for line, _ in rows] == [3]


def test_messages_use_the_header_of_the_file() -> None:
    """A user with Chinese headers sees the Chinese header in the message."""
    _, problems, _ = read("订单号,产品,数量,交期\nA-1,s,0,2026-12-01\n")
    assert problems[0].column == "数量"
    assert "at least 1" in problems[0].allowed


def test_blank_rows_are_counted() -> None:
    """Blank rows are left out and a notice says how many."""
    rows, problems, notices = read(HEAD + ROW + "\n,,,\n  ,,,\n")
    assert (len(rows), problems) == (1, [])
    assert notices == ["park/orders.csv: 3 blank rows ignored"]


def test_duplicate_names_both_lines() -> None:
    """The same id twice is refused with both lines, even where another cell of the row is bad."""
    _, problems, _ = read(HEAD + ROW + ROW + ROW.replace("120", "x"))
    assert [problem.code for problem in problems] == ["duplicate-id", "not-a-number", "duplicate-id"]
    assert "lines 2 and 3" in problems[0].fix


def test_confusable_ids() -> None:
    """Ids that differ only in case are refused as confusable."""
    assert codes(HEAD + ROW + ROW.replace("A-1", "a-1")) == ["confusable-id"]


def test_key_of_two_fields() -> None:
    """A key may span fields, a default counts, and a model may allow an empty table."""
    assert codes("name,part\nA,x\nA,y\n", Pair) == []
    assert codes("name,part\nA,\nA,all\n", Pair) == ["duplicate-id"]
    assert codes("name,part\n", Pair) == []


CELLS = [
    ("id", "A-1", "A-1"),
    ("id", "服务器/2.1_x", "服务器/2.1_x"),
    ("text", " =HYPERLINK(1) ", "=HYPERLINK(1)"),
    ("text", "<script>{0.__class__}%s", "<script>{0.__class__}%s"),
    ("count", "12", 12),
    ("count", "", None),
    ("share", "1e-1", 0.1),
    ("flag", "TRUE", True),
    ("day", "2026年12月1日", date(2026, 12, 1)),
    ("moment", "2026-10-01 08:00", datetime(2026, 10, 1, 8)),
    ("moment", "2026-10-01", datetime(2026, 10, 1)),
    ("clock", "24:00", 1440),
    ("clock", "8:30", 510),
    ("hours", "exp(2)*3", Quantity("exponential", (2.0,), factor=3.0)),
    ("opens", "2026-10-01", When(date(2026, 10, 1), date(2026, 10, 1), date(2026, 10, 1))),
    ("kind", "crew", "crew"),
    ("after", "a; b", ("a", "b")),
    ("money", "5 yuan", 5),
    ("hours", "fact:x", Quantity("fact", (), "x", basis="fact")),
]


@pytest.mark.parametrize(("column", "cell", "value"), CELLS)
def test_cells(column: str, cell: str, value: object) -> None:
    """Each kind of cell reads into its type."""
    other = "flag,text" if column == "flag" else f"{column},flag"
    text = f'{other}\n"{cell}",{"x" if column == "flag" else "false"}\n'
    rows, problems, _ = read(text, Anything)
    assert problems == []
    assert getattr(rows[0][1], column) == value


BAD_CELLS = [
    ("id", "A 1", "bad-id"),
    ("id", " A", "bad-id"),
    ("id", "1.23E+19", "mangled-id"),
    ("id", "2-Jan", "mangled-id"),
    ("id", "../../x", "bad-id"),
    ("id", "Ａ1", "bad-id"),
    ("id", "x" * 65, "too-long"),
    ("id", "A\u200b1", "invisible-character"),
    ("text", "\t=1+1", "invisible-character"),
    ("text", "a\u202eb", "invisible-character"),
    ("text", "#REF!", "excel-error"),
    ("text", "a\nb", "invisible-character"),
    ("text", "a\ufffdb", "replacement-character"),
    ("count", "1.0", "not-whole"),
    ("count", "true", "not-a-number"),
    ("count", "1,200", "thousands-separator"),
    ("count", "１２", "wide-digits"),
    ("count", "٣", "wide-digits"),
    ("count", "1_000", "underscore"),
    ("count", "-1", "out-of-range"),
    ("count", "9" * 20, "too-large"),
    ("count", "1.2万", "chinese-unit"),
    ("count", "50%", "percent"),
    ("share", "1.01", "out-of-range"),
    ("share", "NaN", "nan"),
    ("share", "1e400", "too-large"),
    ("share", "N/A", "absent"),
    ("share", "NULL", "absent"),
    ("share", "-", "absent"),
    ("flag", "1", "not-boolean"),
    ("flag", "yes", "not-boolean"),
    ("day", "46357", "excel-serial"),
    ("day", "2027-02-30", "no-such-day"),
    ("moment", "2026-10-01T08:00Z", "offset-time"),
    ("moment", "2026-10-01 08:00+08:00", "offset-time"),
    ("moment", "2026-10-01 24:00", "bad-time"),
    ("clock", "24:01", "bad-time"),
    ("clock", "0.5", "bad-time"),
    ("hours", "tri(-1,2,3)", "out-of-range"),
    ("hours", "tri(3,2,1)", "not-a-number"),
    ("opens", "soon", "bad-date"),
    ("kind", "Bay", "unknown-choice"),
    ("after", "a,b", "wrong-list-separator"),
    ("after", "a;;b", "bad-id"),
    ("money", "x", "invalid-row"),
    ("count", "13", "invalid-row"),
]


@pytest.mark.parametrize(("column", "cell", "code"), BAD_CELLS)
def test_bad_cells(column: str, cell: str, code: str) -> None:
    """A wrong cell is refused by name, with line and a cure."""
    other = "flag,text" if column == "flag" else f"{column},flag"
    rows, problems, _ = read(f'{other}\n"{cell}",{"x" if column == "flag" else "false"}\n', Anything)
    expected = "blank" if code == "bad-id" and cell == "a;;b" else code
    assert (rows, [problem.code for problem in problems]) == ([], [expected])
    assert (problems[0].line, bool(problems[0].fix)) == (2, True)


@pytest.mark.parametrize(
    ("column", "cell", "fix"),
    [
        ("count", "1e3", "write 1000"),
        ("count", "-1e0", "write a whole number at least 0"),
        ("share", "50%", "write 0.5 if that is meant, in the column's unit"),
        ("share", "300%", "write a number at least 0 and at most 1"),
    ],
)
def test_a_cure_is_within_bounds(column: str, cell: str, fix: str) -> None:
    """What is proposed in place of a cell would not be refused itself."""
    _, problems, _ = read(f"{column},text\n{cell},x\n", Anything)
    assert [problem.fix for problem in problems] == [fix]


def test_many_problems_are_capped(tmp_path: Path) -> None:
    """A file with thousands of defects lists 2000 and counts the rest."""
    path = tmp_path / "orders.csv"
    path.write_text(HEAD + "A 1,s,1,2026-12-01\n" * 3000)
    problems: list[Problem] = []
    assert read_table(path, Order, problems, []) == []
    assert len(problems) == 2001
    assert problems[-1].found == "1000 more problems"
    assert problems[0].file == f"{tmp_path.name}/orders.csv"


def test_row_and_line_caps() -> None:
    """A table beyond its row cap and a line beyond a million characters end in one problem."""

    class Few(Pair):
        __max_rows__: ClassVar[int] = 2

    assert codes("name\nA\nB\nC\nD\n", Few) == ["too-many-rows"]
    assert codes("name\n" + "x," * 600_000 + "\n", Pair) == ["broken-row"]
    assert codes("name\n" + '"\n",' * 5_000 + "\n", Pair) == ["broken-row"]
