"""Questions with their right answers: made from an exercise and a seed, trusted side only."""
