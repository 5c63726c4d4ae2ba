"""Shards share organizations out, and the database does it in the same way."""

from __future__ import annotations

from uuid import UUID, uuid4

import asyncpg
import pytest

from projections.engine.shard import SIZES, Shard
from tests.conftest import Database


@pytest.mark.parametrize("of", SIZES)
async def test_every_organization_belongs_to_one_shard_and_the_database_knows_which(
    database: Database, of: int
) -> None:
    """Whatever its id; the shards of one split leave nothing out."""
    shards = [Shard(number, of) for number in range(1, of + 1)]
    ids = [uuid4() for _ in range(100)] + [UUID(int=0), UUID(int=2**128 - 1)]
    admin = await asyncpg.connect(database.app_url)
    told = await admin.fetch("SELECT read.shard(id, $2) FROM unnest($1::uuid[]) id", ids, of)
    await admin.close()
    for organization, (number,) in zip(ids, told, strict=True):
        assert [s.number for s in shards if s.covers(organization)] == [number]


@pytest.mark.parametrize("text", ["1/1", "2/2", "64/64", "7/8"])
def test_a_shard_is_written_as_its_number_of_all(text: str) -> None:
    """It is a setting."""
    assert str(Shard.parse(text)) == text


@pytest.mark.parametrize("text", ["", "1", "0/1", "2/1", "1/3", "1/128", "-1/2", "1/2/3", "²/2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    """The message says what is."""
    with pytest.raises(ValueError, match="k from 1 to N"):
        Shard.parse(text)
