"""Max pooling, average pooling, strided convolution and none: what holds of what is said."""
