import ProcessSupport

/// SplitMix64: the choices of one run, which can be made again as far as a scheduler repeats itself.
struct SeededGenerator: RandomNumberGenerator {
  /// What it was started with, to be told when a test fails.
  let seed: UInt64
  private var state: UInt64

  /// Takes its seed from the environment variable `SOTTO_SEED`; without it every run is another one.
  init() {
    seed = Variable.number("SOTTO_SEED") ?? .random(in: .min ... .max)
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }

  /// A uniform duration below `limit`.
  mutating func duration(below limit: Duration) -> Duration {
    .microseconds(Int64.random(in: 0..<max(1, Int64(limit / .microseconds(1))), using: &self))
  }
}
