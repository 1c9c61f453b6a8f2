"""The class and its students as pages and tables: pure functions of records."""
