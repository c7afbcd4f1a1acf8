"""The vault: secrets are sealed before they reach the database, which never sees a key that opens them.

In: texts of columns that are declared `secret`.  Out: sealed texts, which open nowhere but in their place.
sealing.py is the cryptography, masters.py the master keys, data_keys.py the keys of tenants, rotation.py new ones.
"""
