"""Pictures made worse on purpose, by NumPy and Pillow alone, to see what a recognizer stands.

`mnist_c` has the fifteen corruptions of MNIST-C under their names; the other files hold what
they are made of. Whatever is drawn is a function of the seed, so the same pictures come again.
"""
