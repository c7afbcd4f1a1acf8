"""The tenancy domain. `tables.py` declares its entities, `operations.py` what is done with them by name."""
