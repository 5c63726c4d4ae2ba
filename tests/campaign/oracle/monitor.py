"""What a monitor is told of an installation that is well but for poisoned streams."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from tests.campaign.site import until

SECONDS = 30.0


async def says(doors: Sequence[httpx.AsyncClient], parked: dict[str, int]) -> None:
    """Waits until every API says how many streams each projection gave up, and nothing else.

    Raises NotRecovered.
    """
    status = "degraded" if any(parked.values()) else "ok"

    async def said() -> bool:
        return all([await _says(door, status, parked) for door in doors])

    await until(said, f"the health of every API to be {status}", SECONDS)


async def _says(door: httpx.AsyncClient, status: str, parked: dict[str, int]) -> bool:
    ready = (await door.get("/health/ready")).json()
    told = {one["projection"]: one["parked"] for one in ready["projections"]}
    well = ready["store"] and ready["broker"] and ready["relay"] and not ready["relay"]["behind"]
    return bool(well and ready["status"] == status and told == parked)
