"""From a validated selection to a plan: a frozen tree of reads and writes that knows no tenant.

In: GraphQL fields, coerced variables, the catalog, the caller's role.  Out: plan.nodes.
Rejects: what the role may not do, and arguments that contradict each other.  Never: I/O, a clock, tenant ids, SQL text.
"""
