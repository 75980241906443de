"""`conformance explain`: what an upstream's error means, which setting cures it, and the proof."""
