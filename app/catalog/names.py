"""How names travel: `SyncJob` → `sync_jobs` in the database, `syncJob` and `syncJobs` in GraphQL."""

import re

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(name: str) -> str:
    """`SyncJob` → `sync_job`."""
    return _WORD_START.sub("_", name).lower()


def camel(name: str) -> str:
    """`sync_job` → `syncJob`; a trailing underscore, which only dodges a Python name, goes."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def screaming(name: str) -> str:
    """`userId` → `USER_ID`."""
    return snake(name).upper()


def lower_first(name: str) -> str:
    """`SyncJob` → `syncJob`."""
    return name[0].lower() + name[1:]


def plural(name: str) -> str:
    """`category` → `categories`, `address` → `addresses`, `job` → `jobs`; the rest is said by `__plural__`."""
    if name.endswith("y") and name[-2] not in "aeiou":
        return name[:-1] + "ies"
    if name.endswith(("s", "x", "ch", "sh")):
        return name + "es"
    return name + "s"
