"""The page of stocktakes, its forms and its paper."""
