"""The services behind the SDK's protocols: keys, clocks, threads and storage around the pure rules."""
