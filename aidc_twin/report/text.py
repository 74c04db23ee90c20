"""The verdict and a comparison as plain text for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aidc_twin.errors import escape, shorten
from aidc_twin.report import wording
from aidc_twin.report.columns import cut, width
from aidc_twin.report.reading import GoalResult, Json, Run, items, objects, read_run, real, section, text, whole

COLUMNS = 80
_LABEL = 13
_BAR = 24


def verdict(summary: Json) -> str:
    """Give the verdict of a run in plain text: each goal, what binds, what it rests on, where the report is.

    Parameters
    ----------
    summary
        The JSON object of `aidc-twin run --json`; absent keys are passed over.
    """
    run = read_run(summary)
    lines = [*_opening(run)]
    for goal in run.goals:
        lines += ["", *_goal(goal, run)]
    if not run.goals:
        lines += ["", "No goal was evaluated in this run."]
    lines += ["", *_closing(run)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def compare_text(comparison: Json, base: str = "base", other: str = "other") -> str:
    """Give the difference of two runs in plain text.

    Parameters
    ----------
    comparison
        `inputs` (objects with `path`, `before`, `after`, or plain texts), `goals` (objects with `id`, and in yuan
        `base_mean`, `other_mean`, `difference`, `half_width_95`; also `variance_ratio`) and `waterfall` (objects with
        `step`, `yuan`); `limits` (objects with `name`, and by `base` and `other` an object with `used`, `weeks`,
        `weeks_full` and `worth`, or none).
    base, other
        Names of the runs.
    """
    lines = [*_wrap(f"Comparing {_name(base)} (base) with {_name(other)}"), "", "Inputs that differ"]
    lines += list(_input_lines(comparison)) or ["  none"]
    lines += ["", "Goals (simulated mean, difference with 95 % interval)"]
    lines += list(_goal_lines(comparison)) or ["  none in both runs"]
    steps = [(_name(text(step, "step")), whole(step.get("yuan")) or 0) for step in objects(comparison, "waterfall")]
    if steps:
        lines += ["", "Where the difference comes from", *_waterfall(steps)]
    if limits := objects(comparison, "limits"):
        lines += ["", "Limits that differ, and how full they are in the plans", *_limit_lines(limits)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _opening(run: Run) -> Iterator[str]:
    yield from _wrap(
        " · ".join(
            part for part in (_name(run.title) or "aidc-twin", f"run {_name(run.run)}" if run.run else "") if part
        )
    )
    facts = [f"scenarios: {' + '.join(_name(name) for name in run.scenarios) or 'none (base)'}"]
    if run.replications is not None:
        facts.append(f"{wording.count(run.replications)} replications")
    if run.seed:
        facts.append(f"seed {_name(run.seed)}")
    yield from _wrap(" · ".join(facts))
    if run.order_book:
        yield from _wrap(("SYNTHETIC ORDER BOOK: " if run.synthetic else "order book: ") + _name(run.order_book))


def _goal(goal: GoalResult, run: Run) -> Iterator[str]:
    yield from _wrap(f"{_name(wording.heading(goal))}: {wording.outcome(goal).upper()}")
    named = f"{_name(wording.ledger(goal))}; " if goal.title else ""
    yield from _wrap(f"{named}{_name(wording.basis(goal))}; {_name(wording.payload(goal))}", "  ")
    yield from _field("goal", wording.three_forms(goal.target) or wording.NOTHING)
    yield from _field("planned", wording.amount(goal.planned))
    if goal.mean is not None:
        interval = f" ± {wording.bare(goal.half_width)}" if goal.half_width is not None else ""
        yield from _field("simulated", f"{wording.bare(goal.mean)}{interval} 亿元 (mean, 95 % interval)")
    quantiles = " / ".join(wording.bare(value) for value in (goal.p10, goal.p50, goal.p90))
    yield from _field("P10/P50/P90", f"{quantiles} 亿元")
    chance = "; ".join(part for part in (wording.percent(goal.probability), wording.replications(goal, run)) if part)
    yield from _field("probability", chance)
    if where := wording.distance(goal):
        yield from _field("", where)


def _closing(run: Run) -> Iterator[str]:
    yield from _field("what binds", _name(wording.bottlenecks(run), 400), 0)
    if run.prices:
        yield from _field("one more", _name(wording.one_more(run), 400), 0)
    yield from _field("assumptions", wording.assumed(run), 0)
    violations = whole(run.certificate.get("violations"))
    rules = len(items(run.certificate, "checks"))
    if violations is not None:
        yield from _field(
            "certificate",
            f"{wording.count(violations)} violations" + (f" in {rules} checked rules" if rules else ""),
            0,
        )
    if message := text(run.loop, "message"):
        yield from _field("loop", _name(message, 400), 0)
    where = _name(run.report, 4000) if run.report else "report.html in the folder of the run"
    yield f"{'report':<{_LABEL}}{where}"  # never broken, so that it can be copied


def _input_lines(comparison: Json) -> Iterator[str]:
    for entry in items(comparison, "inputs"):
        if isinstance(entry, str):
            yield from _wrap(f"- {_name(entry, 200)}", "  ")
    for entry in objects(comparison, "inputs"):
        place = _name(text(entry, "path") or text(entry, "name"))
        yield from _wrap(
            f"- {place}: {_name(text(entry, 'before')) or '(none)'} -> {_name(text(entry, 'after')) or '(none)'}", "  "
        )


def _goal_lines(comparison: Json) -> Iterator[str]:
    for goal in objects(comparison, "goals"):
        base, other = whole(goal.get("base_mean")), whole(goal.get("other_mean"))
        difference, half = real(goal.get("difference")), real(goal.get("half_width_95"))
        if difference is None and base is not None and other is not None:
            difference = float(other - base)
        yield from _wrap(_name(text(goal, "id")), "  ")
        yield from _field("from", f"{wording.amount(base)} to {wording.amount(other)}", 4)
        shown = wording.signed(None if difference is None else round(difference))
        if half is not None and difference is not None:
            real_change = "different" if abs(difference) > half else "no difference that the replications can tell"
            shown += f" ± {wording.bare(round(half))} ({real_change})"
        yield from _field("difference", shown, 4)
        saved = real(goal.get("variance_ratio"))
        if saved is not None and saved >= 1.05:
            yield from _field("same draws", f"as sure as {saved:,.1f} times the replications without them", 4)


def _limit_lines(limits: Sequence[Json]) -> Iterator[str]:
    """How full each limit is in either plan, and whether either would be better with more of any of them."""
    worth = False
    for limit in limits:
        yield from _wrap(_name(text(limit, "name")), "  ")
        for side in ("base", "other"):
            use = section(limit, side)
            worth = worth or use.get("worth") is True
            yield from _field(side, _use(use), 4)
    if not worth:
        yield from _wrap("Neither plan would be better with more of any of them: nothing waits for them.", "  ")


def _use(use: Json) -> str:
    """How full a limit is, and whether more of it is worth anything."""
    weeks, full = whole(use.get("weeks")), whole(use.get("weeks_full"))
    if weeks is None or full is None:
        return "there is none"
    used = wording.percent(real(use.get("used")))
    more = "brings something" if use.get("worth") is True else "brings nothing"
    return f"{used} used at most in nine weeks of ten, full in {full} of {weeks}; more of it {more}"


def _waterfall(steps: list[tuple[str, int]]) -> Iterator[str]:
    """One bar per step, scaled to the largest step; `+` gains and `-` loses."""
    most = max(abs(yuan) for _, yuan in steps) or 1
    room = max(12, COLUMNS - _BAR - 20)
    for step, yuan in steps:
        name = cut(step, room - 2)
        bar = ("+" if yuan > 0 else "-") * max(1 if yuan else 0, round(_BAR * abs(yuan) / most))
        amount = wording.signed(yuan)
        yield f"  {name}{' ' * (room - 2 - width(name))}{' ' * max(1, 17 - width(amount))}{amount} {bar}"


def _field(label: str, content: str, indent: int = 2) -> Iterator[str]:
    start = " " * indent + f"{label:<{_LABEL}}"
    hanging = " " * len(start)
    lines = list(_wrap(content, hanging))
    yield start + lines[0].removeprefix(hanging)
    yield from lines[1:]


def _wrap(content: str, indent: str = "") -> Iterator[str]:
    """Break at spaces, and inside a word only where the word alone is too wide."""
    line = indent
    for word in content.split(" "):
        rest = word
        if line.strip() and width(line) + 1 + width(rest) > COLUMNS:
            yield line
            line = indent
        while width(indent) + width(rest) > COLUMNS:
            head = cut(rest, COLUMNS - width(indent), "")
            yield indent + head
            rest = rest[len(head) :]
        line += (" " if line.strip() else "") + rest
    yield line


def _name(shown: str, characters: int = 80) -> str:
    """Text from data: control characters would reach the terminal, so they are shown, not sent."""
    return escape(shorten(shown, characters))
