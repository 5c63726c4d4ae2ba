"""`make fuzz`: fuzzes for a while, writes docs/fuzz.md, and ends with 1 if it found anything."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

import rich_click as click

from adapters import embedded, logs
from api.migrate import migrate
from tests.fuzz.fuzz import Fuzz
from tests.fuzz.report import Run, report
from tests.system import running

PAGE = Path(__file__).resolve().parents[2] / "docs" / "fuzz.md"
CASES = 20


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--minutes", type=click.FloatRange(0.1), default=30, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of all that is generated.")
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="Where to write.")
def main(minutes: float, seed: int, page: Path) -> None:
    """Send requests made from the OpenAPI document as everybody, and check every answer.

    It goes in rounds over all operations, each in two fresh organizations, and ends with the round
    in which the time is over. The summary is written to docs/fuzz.md.
    """
    logs.configure("error", "fuzz")
    home = Path(tempfile.mkdtemp(prefix="tallybook-fuzz-"))
    home.chmod(0o711)
    with embedded.servers(home, embedded.postgres.SETTINGS) as servers:
        run = asyncio.run(_run(home, servers, minutes, seed))
    shutil.rmtree(home)
    page.write_text(report(run), encoding="utf-8")
    sys.exit(bool(run.findings or run.abroad))


async def _run(home: Path, servers: embedded.Servers, minutes: float, seed: int) -> Run:
    run, started = Run(minutes=minutes, seed=seed, cases=CASES), time.monotonic()
    await migrate(servers.admin_url)
    async with running(servers.database_url, servers.nats_url, home) as system:
        while run.seconds < 60 * minutes:
            fuzz = await Fuzz.of(system)
            for operation in fuzz.operations:
                await fuzz.explore(operation, CASES, seed + run.rounds)
            new = [found for key, found in fuzz.findings.items() if key not in run.findings]
            run.add(fuzz, len(await fuzz.grounds.changed_abroad()))
            run.seconds = time.monotonic() - started
            click.echo("\n".join(map(str, new)), nl=bool(new), err=True)
            click.echo(
                f"round {run.rounds}: {run.sent.total()} requests, {len(run.findings)} findings"
            )
    return run


if __name__ == "__main__":
    main()
