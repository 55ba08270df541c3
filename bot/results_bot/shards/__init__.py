"""A large tree in shards: folders whose runs make sections of their own, one process for each."""
