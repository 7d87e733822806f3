"""The page of dreams: what the models could learn from."""
