"""Both languages of the pages: texts, dates, numbers and codes."""
