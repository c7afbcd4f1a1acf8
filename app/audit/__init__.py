"""The audit log's seals: how they are made, and how it shows when somebody rewrote what they cover.

In: a connection that may become the owner, or the gateway's own, and a key if there is one.  Out: seals; a report.
The database makes seals (sql/functions/seal_audit.sql); what verifies them here shares no code with it.
"""
