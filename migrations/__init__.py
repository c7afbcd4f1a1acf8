"""Alembic's revisions. Each is a frozen `.sql` file beside a few lines of Python; none reads `sql/`."""
