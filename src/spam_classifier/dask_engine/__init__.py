"""The cluster of a run, and tables in partitions; knows no pipeline."""
