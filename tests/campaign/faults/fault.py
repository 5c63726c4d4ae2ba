"""What a fault is: a kind, something that it strikes, and how it is mended again."""

from __future__ import annotations

from random import Random
from typing import ClassVar

from tests.campaign.scene import Scene


class Fault:
    """One way in which things go wrong; `target` is what no other fault may strike meanwhile."""

    kind: ClassVar[str]
    weight: ClassVar[int]

    def __init__(self, target: str) -> None:
        self.target = target

    async def strike(self, scene: Scene, chance: Random) -> None:
        """Does it, and returns when it is mended; raises NotRecovered if it does not get mended."""
        raise NotImplementedError
