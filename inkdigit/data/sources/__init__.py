"""Where labelled pictures come from: MNIST, the embedded sample, a folder."""
