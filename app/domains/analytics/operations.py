"""What is done with analytics events, by name."""

from dataclasses import dataclass

from app.domains.analytics.tables import AnalyticsEvent
from app.repositories import New, Rows


@dataclass(frozen=True, slots=True)
class IngestedEvents:
    """What became of a batch of events."""

    count: int


async def ingest_analytics_events(rows: Rows, *, events: list[New[AnalyticsEvent]]) -> IngestedEvents:
    """Takes in a batch of events, all or none, in one statement."""
    return IngestedEvents(await rows.insert_many(AnalyticsEvent, events, at="events"))


OPERATIONS = (ingest_analytics_events,)
