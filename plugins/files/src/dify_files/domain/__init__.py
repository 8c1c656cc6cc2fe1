"""Rules about files: names, kinds, ranges. No I/O."""
