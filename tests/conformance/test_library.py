"""The eventsourcing library's own test cases for recorders, passed by our log.

None is skipped; the optional one for subscriptions is run too.
"""

from __future__ import annotations

from unittest import TestCase

import pytest
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    ProcessRecorderTestCase,
    TrackingRecorderTestCase,
)

from tests.conformance.recorder import Aggregates, Applications, Processes, Store, Trackings
from tests.conftest import Database


class OnOurLog(TestCase):
    """Gives each test a log of its own."""

    url: str

    @pytest.fixture(autouse=True)
    def _fresh(self, database: Database) -> None:
        self.url = database.app_url

    def store(self) -> Store:
        """The log of this test, closed when it ends."""
        store = Store(self.url)
        self.addCleanup(store.close)
        return store


class TestAggregateRecorder(OnOurLog, AggregateRecorderTestCase):
    """Streams: all or nothing, each version once, read between versions in both directions."""

    def create_recorder(self) -> Aggregates:
        """Ours."""
        return Aggregates(self.store())


class TestApplicationRecorder(OnOurLog, ApplicationRecorderTestCase[Applications]):
    """The log: contiguous ids, pages, topics, many writers and readers at once."""

    def create_recorder(self) -> Applications:
        """Ours."""
        return Applications(self.store())

    def test_insert_subscribe(self) -> None:
        """The library leaves this one to those who can follow their log."""
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(OnOurLog, TrackingRecorderTestCase):
    """Checkpoints never move back."""

    def create_recorder(self) -> Trackings:
        """Ours."""
        return Trackings(self.store())


class TestProcessRecorder(OnOurLog, ProcessRecorderTestCase):
    """Events and checkpoint together or not at all."""

    def create_recorder(self) -> Processes:
        """Ours."""
        return Processes(self.store())


class TestNonInterleavingNotificationIDs(OnOurLog, NonInterleavingNotificationIDsBaseCase):
    """Two appends of a thousand events at once do not interleave."""

    def create_recorder(self) -> Applications:
        """Ours."""
        return Applications(self.store())
