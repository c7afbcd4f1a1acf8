"""The vault that the settings ask for.

In: settings.  Out: Vault.  Rejects: StartRefused for master keys that are none.
"""

from app.errors import StartRefused
from app.settings import Settings
from app.vault.data_keys import Vault
from app.vault.masters import MasterKeys


def vault_of(settings: Settings) -> Vault:
    """The vault of these settings. Without master keys it refuses to seal or to open anything. Raises StartRefused."""
    if settings.master_keys is None:
        return Vault()
    try:
        return Vault(MasterKeys.parse(settings.master_keys))
    except ValueError as exc:
        raise StartRefused(f"BULKHEAD_MASTER_KEYS: {exc}. `bulkhead keys new` prints one.") from exc
