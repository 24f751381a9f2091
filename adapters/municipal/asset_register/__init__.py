"""Look parcels up in the register of municipal property."""
