"""A custom handler that tells how it was loaded and where its settings arrived; sends nothing."""
