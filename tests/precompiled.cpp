// One empty source, because a precompiled header needs a target that compiles it.
