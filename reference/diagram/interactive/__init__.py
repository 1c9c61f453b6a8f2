"""The page on which an LSTM is played with: its template, its scripts, its words, and a trained example."""
