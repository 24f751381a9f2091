"""The console in a real browser: stories of each role's day, accessibility, pictures."""
