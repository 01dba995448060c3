"""From files of labelled pictures to splits, and from splits to augmented batches."""
