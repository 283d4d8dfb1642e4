"""What CoreSafe costs, measured: ``python -m benchmarks [names...]`` prints one table (docs/performance.md explains it).

Nothing here is a test: a number beyond its limit is marked in the table, and the run ends well all the same, because a
busy machine proves nothing.
"""
