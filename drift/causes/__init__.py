"""The cause of each difference: comparisons with several sides in, causes and evidence out."""
