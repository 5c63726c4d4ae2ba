"""docs/fuzz.md, written by the run itself: page.md beside this, with the figures in it."""

from __future__ import annotations

import os
import platform
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import msgspec

from tests.campaign.report import commit, memory, table
from tests.fuzz.callers import WHO
from tests.fuzz.checks import ABROAD, CHECKS, LEAKS, Finding
from tests.fuzz.fuzz import Fuzz

PACKAGES = ("schemathesis", "hypothesis", "litestar", "msgspec")
FORM = frozenset({400, 413, 415, 422})
NOT_TO_WHOM = frozenset({401, 403})


class Run(msgspec.Struct):
    """What a run came to."""

    minutes: float
    seed: int
    cases: int
    rounds: int = 0
    seconds: float = 0.0
    sent: Counter[tuple[str, str, int]] = msgspec.field(default_factory=Counter)
    findings: dict[tuple[str, str, int], Finding] = msgspec.field(default_factory=dict)
    abroad: int = 0
    documented: dict[str, set[int]] = msgspec.field(default_factory=dict)

    def add(self, fuzz: Fuzz, abroad: int) -> None:
        """Counts a round; `abroad` are events of ours in the other organization."""
        self.rounds += 1
        self.sent += fuzz.sent
        self.findings = {**fuzz.findings, **self.findings}
        self.abroad += abroad
        self.documented = fuzz.documented


def report(run: Run) -> str:
    """The whole page."""
    page = Path(__file__).with_name("page.md").read_text(encoding="utf-8")
    return page.format(
        run=_run(run), findings=_findings(run), people=_people(run), operations=_operations(run)
    )


def _run(run: Run) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"{os.cpu_count()} cores, {memory()}, Linux {platform.release()}"
    operations = len(run.documented)
    return table(
        ("what", "value"),
        ("code", f"`{commit()}`"),
        ("command", f"`make fuzz MINUTES={run.minutes:g} SEED={run.seed}`"),
        ("took", f"{run.seconds / 60:.1f} minutes, {run.rounds} rounds"),
        ("machine", f"{machine}; other work may have shared it"),
        ("versions", f"Python {platform.python_version()}, {packages}"),
        ("operations", operations),
        ("requests that differ", f"at most {run.rounds * run.cases} for each operation"),
        ("requests sent", run.sent.total()),
    )


def _findings(run: Run) -> str:
    found = Counter(check for _, check, _ in run.findings)
    found[ABROAD] = run.abroad
    rows = table(("check", "findings"), *((name, found[name]) for name in (*CHECKS, LEAKS, ABROAD)))
    explained = "\n\n".join(map(str, run.findings.values()))
    return f"{rows}\n\n```\n{explained}\n```" if explained else rows


def _people(run: Run) -> str:
    rows = [(who, *_kinds(_of(run, who=who))) for who in WHO]
    return table(("who", "requests", *KINDS), *rows)


def _operations(run: Run) -> str:
    rows = []
    for label, documented in sorted(run.documented.items()):
        statuses = _of(run, label=label)
        unseen = ", ".join(map(str, sorted(documented - statuses.keys() - {500, 503})))
        rows.append((f"`{label}`", statuses.total() // len(WHO), *_kinds(statuses)[1:], unseen))
    return table(("operation", "requests", *KINDS, "not seen"), *rows)


KINDS = ("done", "refused by a rule", "for its form", "to who may not", "too busy")


def _kinds(statuses: Counter[int]) -> tuple[int, ...]:
    kinds = Counter[str]()
    for status, number in statuses.items():
        kinds[_kind(status)] += number
    return statuses.total(), *(kinds[kind] for kind in KINDS)


def _kind(status: int) -> str:
    if status in FORM:
        return "for its form"
    if status in NOT_TO_WHOM:
        return "to who may not"
    return {2: "done", 5: "too busy"}.get(status // 100, "refused by a rule")


def _of(run: Run, label: str = "", who: str = "") -> Counter[int]:
    statuses = Counter[int]()
    for (operation, caller, status), number in run.sent.items():
        if (not label or operation == label) and (not who or caller == who):
            statuses[status] += number
    return statuses
