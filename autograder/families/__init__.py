"""What exercises of one family share: cases, tolerances and wrong answers. Trusted side only."""
