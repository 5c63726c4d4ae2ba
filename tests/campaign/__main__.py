"""`make campaign`: runs one, writes docs/campaign.md, and ends with 1 if it found anything."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

import rich_click as click

from adapters import logs
from tests.campaign.campaign import Campaign, Options, campaign
from tests.campaign.report import report
from tests.campaign.site import Plan

PAGE = Path(__file__).resolve().parents[2] / "docs" / "campaign.md"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--minutes", type=click.FloatRange(0.1), default=30, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of all that is random.")
@click.option("--brokers", type=click.Choice(["1", "3"]), default="3", help="Servers of NATS.")
@click.option("--keep", is_flag=True, help="Leave its folder, with the logs of every process.")
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="Where to write.")
def main(minutes: float, seed: int, brokers: str, page: Path, *, keep: bool) -> None:
    """Kill everything again and again under load, and check that nothing is lost or doubled.

    The summary is written to docs/campaign.md. As root it also fills a disk of its own; with
    libfaketime installed it steps clocks. What a machine does not permit is said in the summary.
    """
    logs.configure("error", "campaign")
    home = Path(tempfile.mkdtemp(prefix="tallybook-campaign-"))
    home.chmod(0o711)
    options = Options(seed=seed, seconds=60 * minutes, plan=Plan(brokers=int(brokers)))
    click.echo(f"seed {seed}; the logs of every process are in {home}")
    wrong = asyncio.run(_run(home, options, page))
    if wrong:
        click.echo(f"{wrong}\nagain: make campaign MINUTES={minutes:g} SEED={seed}", err=True)
    elif not keep:
        shutil.rmtree(home)
    sys.exit(bool(wrong))


async def _run(home: Path, options: Options, page: Path) -> str:
    async with campaign(home, options, click.echo) as run:
        await run.run(lambda known: _write(page, known))
        return run.verdict.explain()


def _write(page: Path, known: Campaign) -> None:
    page.write_text(report(known), encoding="utf-8")


if __name__ == "__main__":
    main()
