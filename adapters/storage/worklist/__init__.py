"""Work of people: notices that wait for a person, claims of them, and saved searches."""
