"""The windows: what a person sees and does. All work for the database goes through ``tasks``, all words through ``words``."""
