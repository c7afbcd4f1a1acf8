"""Seals the secrets among the values of a statement, right before it is sent.

In: bound values, of which some are Secret or RowsWithSecrets, and the id of the row that they are of.
Out: values that may be sent.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.catalog.facts import Entity
from app.db.database import WriteTransaction
from app.plan.new_ids import new_id
from app.plan.nodes import NewRows
from app.plan.tree_values import PlantedTree, place_name
from app.plan.values import RowsWithSecrets, Secret, rows_json
from app.vault.data_keys import Vault
from app.vault.sealing import DataKey, Place


async def seal_values(
    vault: Vault, tx: WriteTransaction, entity: Entity, values: Sequence[Any], row_id: Any = None
) -> list[Any]:
    """The values of a statement that writes the row with that id, or many new rows. Raises Unavailable."""
    sealed: list[Any] = []
    for value in values:
        match value:
            case Secret():
                key = await vault.sealing_key(tx.context.principal.tenant, tx.row)
                sealed.append(_seal(value, key, tx, entity, row_id))
            case RowsWithSecrets(rows):
                sealed.append(rows_json(await seal_rows(vault, tx, entity, rows)))
            case _:
                sealed.append(value)
    return sealed


async def seal_rows(
    vault: Vault, tx: WriteTransaction, entity: Entity, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """New rows by column name. Each gets an id, unless it has one: its secrets are bound to it. Raises Unavailable."""
    made = [{**row, entity.key.name: row.get(entity.key.name) or new_id()} for row in rows]
    if any(isinstance(value, Secret) for row in made for value in row.values()):
        key = await vault.sealing_key(tx.context.principal.tenant, tx.row)
        for row in made:
            secrets = {n: v for n, v in row.items() if isinstance(v, Secret)}
            row.update((n, _seal(v, key, tx, entity, row[entity.key.name])) for n, v in secrets.items())
    return made


async def seal_tree(vault: Vault, tx: WriteTransaction, root: NewRows, tree: PlantedTree) -> PlantedTree:
    """A tree of new rows with their secrets sealed. Raises Unavailable."""
    sealed = {
        place_name(new): await seal_rows(vault, tx, new.entity, tree.rows[place_name(new)]) for new in root.everywhere()
    }
    return tree._replace(rows={**tree.rows, **sealed})


def _seal(secret: Secret, key: DataKey, tx: WriteTransaction, entity: Entity, row_id: Any) -> str:
    # An id may come as the caller wrote it.
    place = Place(tx.context.principal.tenant, entity.table, secret.column.name, UUID(str(row_id)))
    return key.seal(place, secret.text)
