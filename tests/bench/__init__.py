"""The ratios of `make bench`: the product beside its floor and beside its peers, both sides started and loaded in the same run."""
