"""The suite: it mirrors ``coresafe``, plus architecture, docs, concurrency, faults, migrations and e2e."""
