// The same throws for the same seed.

export class Dice {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** From 0 up to 1. */
  throw() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count) {
    return Math.floor(this.throw() * count);
  }

  in(share) {
    return this.throw() < share;
  }

  one(list) {
    return list[this.below(list.length)];
  }
}
