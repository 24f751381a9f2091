"""The municipal edge: case databases that notices come from, and that their results go back to."""
