-- Until the end of the transaction, no loops within loops: Postgres expects ten entries of a seal that lists 10,000, and
-- so took ten times as long for a log of 100,000.
set local enable_nestloop = off
