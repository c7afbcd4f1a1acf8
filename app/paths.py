"""Where the files of a checkout are. The gateway runs from one: `sql/` and `migrations/` stand beside `app/`."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SQL_FOLDER = ROOT / "sql"
