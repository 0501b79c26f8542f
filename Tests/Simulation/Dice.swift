import Ambient
import Synchronization

/// The stream of decisions of one run: everything random in a simulation is drawn from one seed, in one order.
///
/// SplitMix64 over the seed: statistics are all that is asked of it, keys come from elsewhere.
package final class Dice: PublicRandomness {
  private let state: Mutex<UInt64>

  package init(seed: UInt64) { state = Mutex(seed &* 0x9e37_79b9_7f4a_7c15 &+ 0x1234_5678_9abc_def1) }

  package func word() -> UInt64 {
    state.withLock { state in
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
      return mixed ^ (mixed >> 31)
    }
  }

  package func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: word() >> 24) } }

  /// A number from 0 to `count` − 1.
  package func roll(_ count: Int) -> Int { Int(word() % UInt64(count)) }

  /// True once in `count` times.
  package func oneIn(_ count: Int) -> Bool { roll(count) == 0 }

  /// One of them, nil if there is none.
  package func pick<Element>(_ elements: [Element]) -> Element? {
    elements.isEmpty ? nil : elements[roll(elements.count)]
  }
}
