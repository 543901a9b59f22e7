"""Words and rules of Unison: contracts that cross the network and pure computation. No I/O, no clock."""
