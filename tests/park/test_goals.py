"""Goal profiles: amounts in words, readings, and the shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from aidc_twin.errors import InputError
from aidc_twin.park import load_goals
from aidc_twin.park.shipped import names_of

YI_1000 = 10**11
SHIPPED = [
    "ladder",
    "shuang-qianyi",
    "shuang-qianyi-consigned",
    "shuang-qianyi-consolidated",
    "shuang-qianyi-incremental",
    "shuang-qianyi-phase-one-only",
    "thousand-billion-literal",
]
GOAL = '[[goal]]\nid = "a"\nledger = "industrial_output"\namount = "{}"\n'


def test_shipped_profiles_load() -> None:
    """Every shipped profile loads, with sources, readings and distinct ids."""
    assert set(SHIPPED) <= set(names_of("goals"))
    for name in names_of("goals"):
        profile = load_goals(name)
        assert profile.id == name
        assert profile.note
        assert all(goal.reading and goal.source for goal in profile.goals)
        assert set(profile.scenarios) <= set(names_of("scenarios"))


def test_the_announced_goals() -> None:
    """The default asks for 10¹¹ yuan in each of two ledgers in 2027, gross and owned."""
    profile = load_goals("shuang-qianyi")
    assert profile.announced
    assert [(goal.ledger, goal.amount_yuan) for goal in profile.goals] == [
        ("industrial_output", YI_1000),
        ("wholesale_trade", YI_1000),
    ]
    assert {(goal.year, goal.basis, goal.payload) for goal in profile.goals} == {(2027, "entity_gross", "owned")}


def test_the_variants_change_one_reading_each() -> None:
    """Consolidated, consigned, incremental and phase one differ from the default where their names say."""
    assert {goal.basis for goal in load_goals("shuang-qianyi-consolidated").goals} == {"consolidated"}
    assert {goal.payload for goal in load_goals("shuang-qianyi-consigned").goals} == {"consigned"}
    assert load_goals("shuang-qianyi-phase-one-only").scenarios == ("phase-one-only",)
    assert load_goals("shuang-qianyi-incremental").goals[1].increment_over_yuan == 0


def test_the_literal_reading_is_a_stress_case() -> None:
    """10¹² yuan is labelled as announced by nobody and brings the demand for it."""
    profile = load_goals("thousand-billion-literal")
    assert not profile.announced
    assert {goal.amount_yuan for goal in profile.goals} == {10**12}
    assert profile.scenarios == ("demand-times-ten",)


def test_the_ladder_climbs() -> None:
    """Seven steps per ledger, in multiples of 10¹¹ yuan."""
    goals = load_goals("ladder").goals
    steps = [goal.amount_yuan / YI_1000 for goal in goals if goal.ledger == "wholesale_trade"]
    assert steps == [0.5, 0.8, 1, 1.2, 2, 5, 10]
    assert len(goals) == 14


def test_an_increment_raises_the_target(tmp_path: Path) -> None:
    """An increment over a base asks the ledger for both together."""
    path = _profile(tmp_path, GOAL.format("千亿元") + 'increment_over = "200亿"\n')
    assert load_goals(path).goals[0].target_yuan == 120 * 10**9


@pytest.mark.parametrize(
    "amount", ["thousand billion yuan", "1000兆元", "1e11 USD", "双千亿元", "-1亿元", "0元", "nan"]
)
def test_doubtful_amounts_are_refused(tmp_path: Path, amount: str) -> None:
    """An amount with two readings, another currency or no sense is refused at its line."""
    with pytest.raises(InputError) as caught:
        load_goals(_profile(tmp_path, GOAL.format(amount)))
    (problem,) = caught.value.problems
    assert (problem.line, problem.column, problem.code) == (6, "goal[1].amount", "bad-amount")


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """A missing title does not hide a doubtful amount, nor the one the other."""
    path = tmp_path / "mine.toml"
    path.write_text("announced = false\n" + GOAL.format("1e11 USD") + 'increment_over = "-1"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_goals(path)
    assert [(problem.column, problem.code) for problem in caught.value.problems] == [
        ("title", "missing-key"),
        ("goal[1].amount", "bad-amount"),
        ("goal[1].increment_over", "bad-amount"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GOAL.format("千亿元") + "years = 2027\n", "unknown-key"),
        (GOAL.format("千亿元") + GOAL.format("千亿元"), "duplicate-id"),
        (GOAL.format("千亿元") + 'basis = "gross"\n', "literal-error"),
        ("", "missing-key"),
    ],
)
def test_malformed_profiles(tmp_path: Path, text: str, code: str) -> None:
    """Unknown keys, repeated ids, unknown choices and empty profiles are refused."""
    with pytest.raises(InputError) as caught:
        load_goals(_profile(tmp_path, text))
    assert code in {problem.code for problem in caught.value.problems}


def test_unknown_profile_names_the_nearest() -> None:
    """A misspelt profile gets a suggestion."""
    with pytest.raises(InputError) as caught:
        load_goals("shuang-qianyi-consolidate")
    assert "shuang-qianyi-consolidated" in caught.value.problems[0].fix


def _profile(folder: Path, goals: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(f'title = "Mine"\nannounced = false\n{goals}', encoding="utf-8")
    return path
