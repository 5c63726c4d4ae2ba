"""Places, products and pooled stock."""
