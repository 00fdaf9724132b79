"""Writers of `data/trials`: the arms, the prior learned from them, the report on those kept apart."""
