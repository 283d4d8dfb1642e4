"""The use cases: everything that can be done with CoreSafe, whichever door it comes through."""
