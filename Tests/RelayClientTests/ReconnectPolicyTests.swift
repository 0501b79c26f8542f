import Ambient
import RelayClient
import Testing

@Suite struct `Reconnecting` {
  /// Says the same byte for ever: 0x00 draws the least number, 0xff the greatest.
  private struct ConstantRandomness: PublicRandomness {
    let byte: UInt8
    func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }
  }

  @Test func `the bound doubles from 100 ms and stops at 15 s`() {
    var policy = ReconnectPolicy()
    var bounds: [Duration] = []
    for _ in 0..<10 {
      bounds.append(policy.bound)
      _ = policy.waitAfterFailure(randomness: ConstantRandomness(byte: 0))
    }
    let milliseconds = [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000]
    #expect(bounds == milliseconds.map { .milliseconds($0) })
  }

  @Test func `the jitter is full: from nothing to the bound`() {
    var least = ReconnectPolicy()
    var greatest = ReconnectPolicy()
    for _ in 0..<12 {
      let bound = least.bound
      #expect(least.waitAfterFailure(randomness: ConstantRandomness(byte: 0)) == .zero)
      #expect(greatest.waitAfterFailure(randomness: ConstantRandomness(byte: 0xff)) == bound)
    }
  }

  @Test func `success forgets the failures`() {
    var policy = ReconnectPolicy()
    for _ in 0..<200 { _ = policy.waitAfterFailure(randomness: ConstantRandomness(byte: 7)) }
    #expect(policy.bound == ReconnectPolicy.greatestBound)
    policy.succeeded()
    #expect(policy.bound == ReconnectPolicy.firstBound)
  }
}
