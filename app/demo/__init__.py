"""Demo data: three tenants of the same shape, the same at every run.

In: nothing.  Out: rows (data.py), written through the same paths as everybody's (load.py).
"""
