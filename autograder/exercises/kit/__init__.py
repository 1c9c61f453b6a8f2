"""What an author of exercises imports: cases, tolerances, gates, and wrong answers that many exercises have."""
